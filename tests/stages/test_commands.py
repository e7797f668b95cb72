"""Stages and commands as a user starts them: what is seen when something is wrong."""

import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from fewbytes import command
from tests.conftest import ROOT
from tests.stages.commands import COMMANDS, SETTINGS, module_of

READ_PARAMS = {
    *(
        "download",
        "prepare",
        "train",
        "prune",
        "cluster",
        "scan",
        "search",
        "quantize",
        "distill",
        "repeat",
        "repeat_search",
    ),
    *("measure", "benchmark", "rate", "gate"),
}
READ_FRONTIER = {"teach", "fit", "chart", "verify", "explore"}
NO_INPUT = {"code", "bundle", "download", "gate", "tag_essay"}  # what they read is in Git

Stop = Callable[[str], str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project: its settings and nothing else."""
    for name in SETTINGS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stop(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Stop:
    """Runs a stage as its command does; it must fail with one line, which is returned, and leave nothing behind."""

    def call(name: str) -> str:
        before = sorted(folder.rglob("*"))
        monkeypatch.setattr(sys, "argv", [name, *COMMANDS[name].split()])
        with pytest.raises(SystemExit) as stopped:
            command.run(import_module(module_of(name)).main)
        assert stopped.value.code == 1
        assert sorted(folder.rglob("*")) == before
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        return error

    return call


def test_every_stage_is_started_here() -> None:
    stages = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert stages <= set(COMMANDS)
    sources = {name: (ROOT / f"{module_of(name).replace('.', '/')}.py").read_text() for name in COMMANDS}
    assert {name for name, source in sources.items() if re.search(r"\bparams\.load\(\)", source)} == READ_PARAMS


@pytest.mark.parametrize("name", sorted(READ_PARAMS))
def test_one_wrong_parameter_stops_every_stage_that_reads_any(folder: Path, stop: Stop, name: str) -> None:
    params = folder / "params.yaml"
    params.write_text(params.read_text().replace("temperature: 10", "temperature: 0"))
    error = stop(name)
    assert error == "error: params.yaml: distill.temperature = 0: input should be greater than or equal to 0.01\n"


@pytest.mark.parametrize("name", sorted(READ_FRONTIER))
def test_one_wrong_parameter_stops_the_frontier(folder: Path, stop: Stop, name: str) -> None:
    params = folder / "frontier" / "params.yaml"
    params.write_text(params.read_text().replace("temperature: 3", "temperature: 0"))
    assert stop(name).startswith("error: frontier/params.yaml: distill.temperature = 0: ")


def test_a_wrong_variant_stops_the_report(folder: Path, stop: Stop) -> None:
    variants = folder / "variants.yaml"
    variants.write_text(variants.read_text().replace("models/pruned.h5", "models/pruned.pt"))
    assert stop("report").startswith("error: variants.yaml: variants.pruned.zipped = 'models/pruned.pt': must look ")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in NO_INPUT])
def test_missing_inputs_stop_every_stage(stop: Stop, name: str) -> None:
    assert re.search("not found|No such file", stop(name))
