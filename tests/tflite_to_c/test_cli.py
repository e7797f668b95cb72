"""The command line: what it writes, what it says, and how it fails."""

import json
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.conftest import ROOT
from tests.flatbuffer import Model
from tests.tflite_to_c.models import dense, pooled_network
from tests.tflite_to_c.recurrent import classifier
from tflite_to_c import cli, reader
from tflite_to_c.generator import generate
from tflite_to_c.options import SIZE, Options

KERAS = "tf.lite.TFLiteConverter.from_keras_model"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "Net-1.tflite"
    path.write_bytes(pooled_network())
    return path


def uncovered() -> bytes:
    """Two operators that are not covered, and one that reads what the first gives."""
    model = Model()
    source = model.tensor((1, 8), 0.1)
    first = model.operator("COS", [source], model.tensor((1, 8), 0.1))
    between = model.operator("RELU", [first], model.tensor((1, 8), 0.1))
    return model.finish(source, model.operator("SIN", [between], model.tensor((1, 8), 0.1)))


@pytest.mark.parametrize("word", [[], ["generate"]])
def test_c_is_written_under_the_models_name_or_another(
    word: list[str], model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*word, str(model), "-o", str(tmp_path / "new" / "src")]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path}/new/src/net_1.h and {tmp_path}/new/src/net_1.c: call net_1_")
    assert cli.main(["-o", str(tmp_path), "--name", "other", str(model)]) == 0
    assert "void other_run(" in (tmp_path / "other.h").read_text()
    assert sorted(path.name for path in (tmp_path / "new" / "src").iterdir()) == ["net_1.c", "net_1.h"]


def test_c_is_made_for_size_or_for_speed(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for goal in ("size", "speed"):
        assert cli.main([str(model), "-o", str(tmp_path / goal), "--optimize", goal]) == 0
        said[goal] = (next((tmp_path / goal).glob("*.c"))).read_text()
        assert cli.main(["inspect", str(model), "--optimize", goal]) == 0
        assert ("pairs" in capsys.readouterr().out) == (goal == "speed")
    assert "convolution_pairs" in said["speed"]
    assert "convolution_pairs" not in said["size"]
    with pytest.raises(SystemExit):
        cli.main([str(model), "--optimize", "fast"])
    assert "invalid choice: 'fast'" in capsys.readouterr().err


def test_ends_may_lie_in_the_networks_own_memory(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scratch = []
    for flags in ([], ["--in-place"]):
        assert cli.main([str(model), "-o", str(tmp_path), "--json", *flags]) == 0
        scratch.append(json.loads(capsys.readouterr().out)["scratch_bytes"])
    header = (tmp_path / "net_1.h").read_text()
    assert "extern int8_t *const net_1_input;" in header
    assert "void net_1_run(void);" in header
    ends = reader.read(model.read_bytes(), "it")
    assert scratch[0] < scratch[1] < scratch[0] + ends.input.size + ends.output.size


def test_a_network_that_keeps_no_input_has_none_in_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.tflite").write_bytes(classifier(7, [9], 6, 11))
    assert cli.main([str(tmp_path / "rows.tflite"), "-o", str(tmp_path), "--in-place"]) == 1
    said = "error: rows.tflite: takes its input a step at a time and keeps none of it, so that none is in place\n"
    assert capsys.readouterr().err == said
    assert not list(tmp_path.glob("rows.[ch]"))


def test_ram_is_bounded_by_slower_c_or_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scratch = {}
    for ram in (None, 272, 271):
        bound = [] if ram is None else ["--ram", str(ram)]
        code = cli.main(["inspect", str(model), "--json", "--optimize", "speed", *bound])
        out, err = capsys.readouterr()
        if code == 0:
            scratch[ram] = json.loads(out)["scratch_bytes"]
        else:
            assert (code, ram, out) == (1, 271, "")
            assert err == "error: net-1.tflite: takes 272 bytes of RAM at least, the stack not counted; --ram 271\n"
    assert scratch[272] < scratch[None]


def test_what_is_refused_says_what_would_take_less(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    large = ROOT / "frontier/models/900B-1.tflite"

    def refusal(*flags: str) -> str:
        assert cli.main([str(large), "-o", str(tmp_path), "--ram", "100", *flags]) == 1
        return capsys.readouterr().err

    takes, less = map(int, re.findall(r"(\d+) (?:bytes|with --in-place)", refusal().replace(",", "")))
    assert refusal("--in-place").startswith(f"error: 900B-1.tflite: takes {less:,} bytes of RAM at least")
    assert less < takes
    assert refusal("--row-input").endswith("--ram 100\n")


def test_json_for_scripts(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(model), "-o", str(tmp_path), "--json", "--optimize", "size"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert Path(written["code"]).exists()
    assert written["scratch_bytes"] == 156
    assert cli.main(["inspect", str(model), "--json", "--optimize", "size"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["covered"] is True
    assert [layer["flash_bytes"] for layer in found["layers"]] == [54 + 6 * 9, 960 + 10 * 9]
    assert sum(layer["flash_bytes"] for layer in found["layers"]) == found["constant_bytes"]


def test_inspect_shows_layers_and_what_they_take(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(model), "--optimize", "size"]) == 0
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert "0 CONV_2D, and 1 MAX_POOL_2D  4 x 4 x 6       54  dense       108" in shown
    assert "for size: 1,158 bytes of constants, 156 of scratch" in shown


def test_inspect_counts_what_the_c_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Layers with few weights a row and with many: the counts of both are of one type."""
    model, chance = Model(), np.random.default_rng(0)
    source = end = model.tensor((1, 600), 0.1)
    for inputs, units in ((600, 40), (40, 500)):
        weights = chance.integers(-127, 128, (units, inputs)).astype(np.int8)
        weights[chance.random(weights.shape) < 0.5] = 0
        end = dense(model, end, weights)
    path = tmp_path / "net.tflite"
    path.write_bytes(model.finish(source, end))
    assert cli.main(["inspect", str(path), "--optimize", "size", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    code = generate(path.read_bytes(), "net", "net", options=Options(SIZE)).code
    widths = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4}
    widths["COUNT"] = widths[re.search(r"typedef (\w+) COUNT;", code)[1]]  # type: ignore[index]
    arrays = re.findall(r"static const (\w+) \w+\[(\d+)\]", code)
    assert said["constant_bytes"] == sum(widths[type_] * int(count) for type_, count in arrays)


def test_a_network_of_two_inputs_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Model()
    sources = [model.tensor((1, 4), 0.1, 3) for _ in range(2)]
    whole = model.finish(sources[0], model.operator("ADD", sources, model.tensor((1, 4), 0.2, 1)))
    two = schema.ModelT.InitFromPackedBuf(whole, 0)
    two.subgraphs[0].inputs = sources
    builder = flatbuffers.Builder()
    builder.Finish(two.Pack(builder), b"TFL3")
    path = tmp_path / "net.tflite"
    path.write_bytes(bytes(builder.Output()))
    assert cli.main([str(path), "-o", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "error: net.tflite: the network has 2 inputs; 1 is covered\n"


def test_inspect_names_every_operator_that_is_not_covered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(uncovered())
    assert cli.main(["inspect", str(path)]) == cli.NOT_COVERED
    shown = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in shown[1:3]] == ["  layer 0, operator COS", "  layer 2, operator SIN"]
    assert cli.main([str(path), "-o", str(tmp_path)]) == 1
    assert "operator COS: tensor 'tensor_1': the operator is not covered; 1 more" in capsys.readouterr().err
    assert not (tmp_path / "net.h").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("net.keras", b"PK\x03\x04 and more", KERAS),
        ("net.h5", b"\x89HDF\r\n\x1a\n", KERAS),
        ("net.tflite", b"", "not a .tflite file"),
        ("net.tflite", pooled_network()[:900], "damaged .tflite file"),
        ("no\nname.tflite", None, "No such file"),
    ],
)
def test_what_is_no_model_ends_in_one_line(
    name: str, content: bytes | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for command in ([], ["inspect"]):
        assert cli.main([*command, str(tmp_path / name)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("error: ")
        assert said.err.count("\n") == 1
        assert message in said.err


def test_a_folder_is_no_model_and_a_file_no_folder(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([str(tmp_path)]) == 1
    assert cli.main([str(model), "-o", str(model)]) == 1
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.parametrize("arguments", [[], ["inspect"], ["net.tflite", "--nothing"]])
def test_wrong_usage_is_told_apart(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2


def test_what_chips_need_is_said_where_it_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch.object(cli, "find_spec", {"yaml": True}.get):
        assert cli.main(["measure", "net.tflite"]) == 1
    assert capsys.readouterr().err == "error: measure needs pip install 'tflite-to-c[chips]'\n"


def test_a_terminal_that_knows_ascii_only(tmp_path: Path) -> None:
    (tmp_path / "größe.tflite").write_bytes(pooled_network())
    command = [sys.executable, "-m", "tflite_to_c", "inspect", str(tmp_path / "größe.tflite")]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"gr\\xf6\\xdfe.tflite: covered")


def test_other_random_bytes_never_end_in_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(1)
    for number in range(50):
        path = tmp_path / f"{number}.tflite"
        path.write_bytes(b"\x1c\x00\x00\x00TFL3" + chance.bytes(int(chance.integers(0, 200))))
        assert cli.main(["inspect", str(path)]) == 1
        assert capsys.readouterr().err.count("\n") == 1
