"""`measure`, `fit` and `boards` as a user calls them."""

import argparse
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.flatbuffer import Model
from tests.random_networks import network
from tests.tflite_to_c.chips.programs import emulates
from tests.tflite_to_c.models import dense
from tflite_to_c import reader
from tflite_to_c.chips import commands
from tflite_to_c.errors import InputError
from tflite_to_c.options import GOALS

UNLIKE = "unlike_tflm_inputs" if find_spec("tflite_micro") else "unlike_numpy_inputs"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny net.tflite"
    path.write_bytes(network(3))
    return path


def call(*words: object) -> int:
    parser = argparse.ArgumentParser()
    commands.add_commands(parser.add_subparsers(required=True))
    arguments = parser.parse_args(list(map(str, words)))
    code = arguments.run(arguments)
    assert isinstance(code, int)
    return code


@emulates
def test_measure_tells_figures_of_each_core(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("measure", model, "--core", "cortex-m4", "--core", "rv32ec", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["clang"], found["inputs"], found["counted"]) == ("Os", 3, 3)
    assert list(found["cores"]) == ["cortex-m4", "rv32ec"]
    assert list(found["cores"]["cortex-m4"]) == ["tiny", "size", "balanced", "speed"]
    for figures in found["cores"]["cortex-m4"].values():
        assert figures[UNLIKE] == 0
        assert figures["estimated_cycles"] > figures["instructions"] > 0
    assert "estimated_cycles" not in found["cores"]["rv32ec"]["size"]
    assert call("measure", model, "--core", "cortex-m4", "--clang", "O2", "--optimize", "speed") == 0
    table = capsys.readouterr().out
    assert "cortex-m4  speed" in table
    assert "size" not in table
    assert table.isascii()
    assert table.startswith("core ")
    assert "-O2, 3 random inputs, the mean of 3" in table


@emulates
def test_measure_takes_given_inputs(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bytes_ = reader.read(model.read_bytes(), "model").input.size
    np.save(tmp_path / "x.npy", np.zeros((12, bytes_), np.int8))
    assert call("measure", model, "--inputs", tmp_path / "x.npy", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["inputs"], found["counted"]) == (12, 10)
    for wrong, message in (
        (np.zeros((2, bytes_ + 1), np.int8), f"{bytes_ + 1} values an input; the model takes {bytes_}"),
        (np.zeros((2, bytes_), np.float32), "not one int8 array of inputs"),
        (np.zeros((0, bytes_), np.int8), "not one int8 array of inputs"),
        (np.array(None), "Object arrays cannot be loaded"),
    ):
        np.save(tmp_path / "x.npy", wrong)
        with pytest.raises(InputError, match=rf"x\.npy: {message}") as raised:
            call("measure", model, "--inputs", tmp_path / "x.npy")
        assert "\n" not in str(raised.value)
    (tmp_path / "x.npy").write_bytes(b"")
    with pytest.raises(InputError, match=r"x\.npy: "):
        call("measure", model, "--inputs", tmp_path / "x.npy")


@emulates
def test_fit_gives_a_verdict_and_an_exit_code(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("fit", model, "--board", "STM32L4R5ZI") == 0
    said = capsys.readouterr().out
    assert said.startswith("tiny net.tflite, for balanced, on STM32L4R5ZI (cortex-m4): FITS\n")
    assert "time, from estimated cycles at 120 MHz without wait states: " in said
    assert "energy, from estimated cycles (" in said
    assert call("fit", model, "--flash", "1", "--ram", "8K", "--json") == commands.DOES_NOT_FIT
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["board_ram_bytes"], found["optimize"]) == ("TOO BIG", 8192, "tiny")
    flash = found["flash_bytes"]
    assert call("fit", model, "--flash", flash, "--ram", "1M") == 0
    said = capsys.readouterr().out
    assert ": TIGHT\n" in said
    assert "leaves less than 20% of flash or RAM" in said


@emulates
def test_fit_takes_the_quickest_goal_that_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance, made = np.random.default_rng(4), Model()
    source = made.tensor((1, 200), 0.1)
    weights = chance.choice([-40, 0, 0, 0, 40], (64, 200)).astype(np.int8)
    path = tmp_path / "few.tflite"
    path.write_bytes(made.finish(source, dense(made, source, weights)))
    needs = {}
    for goal in GOALS:
        call("fit", path, "--flash", "1M", "--ram", "8K", "--json", "--optimize", goal)
        needs[goal] = json.loads(capsys.readouterr().out)["flash_bytes"]
    assert needs["tiny"] < needs["size"] < needs["balanced"]
    for goal in ("balanced", "size", "tiny"):
        assert call("fit", path, "--flash", needs[goal], "--ram", "8K") == 0
        assert f"few.tflite, for {goal}, on" in capsys.readouterr().out
    assert call("fit", path, "--flash", needs["size"], "--ram", "8K", "--optimize", "balanced") == commands.DOES_NOT_FIT


@emulates
def test_fit_takes_a_users_own_board(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = "{core: cortex-m33, flash_kb: 1024, ram_kb: 512, clock_mhz: 8, source: made up}"
    (tmp_path / "mine.yaml").write_text(f"boards: {{mine: {row}}}")
    assert call("fit", model, "--board", "mine", "--file", tmp_path / "mine.yaml") == 0
    said = capsys.readouterr().out
    assert "mine (cortex-m33): FITS" in said
    assert "cycles" not in said  # there are none for this core


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give --board NAME, or both --flash and --ram"),
        (["--flash", "1K"], "give --board NAME, or both --flash and --ram"),
        (["--board", "RP2040", "--ram", "1K"], "leave out --flash, --ram and --core"),
        (["--board", "Z80"], "Z80: no board known by that name; `boards` lists"),
        (["--flash", "much", "--ram", "1K"], "--flash much: not a size; give bytes, or 64K, or 1M"),
        (["--flash", "1K", "--ram", "0"], "--ram 0: not a size"),
    ],
)
def test_a_request_that_makes_no_sense_is_named(model: Path, words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call("fit", model, *words)


@emulates
def test_a_model_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.tflite: No such file"):
        call("measure", tmp_path / "none.tflite")
    (tmp_path / "bad.tflite").write_bytes(b"no model")
    with pytest.raises(InputError, match=r"bad\.tflite"):
        call("fit", tmp_path / "bad.tflite", "--board", "RP2040")


def test_boards_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("boards") == 0
    said = capsys.readouterr().out
    assert said.isascii()
    assert "nRF52832       cortex-m4           512      64   64  nRF52832 product specification, xxAA\n" in said
    (tmp_path / "mine.yaml").write_text(
        "boards: {mine: {core: rv32ec, flash_kb: 1, ram_kb: 1, clock_mhz: 8, source: me}}"
    )
    assert call("boards", "--file", tmp_path / "mine.yaml", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["mine"]["flash_bytes"] == 1024
    assert found["STM32L4R5ZI"]["picojoules_a_cycle"]["high"] == 365
