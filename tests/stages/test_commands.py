"""Stages as commands: what a user sees when something is wrong."""

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from fewbytes import command
from tests.conftest import ROOT

COMMANDS = {
    "download": "",
    "prepare": "",
    "train": "baseline",
    "prune": "",
    "quantize": "clustered",
    "cluster": "",
    "encode": "clustered",
    "scan": "",
    "search": "searched",
    "teach": "",
    "fit": "1500B 1",
    "rate": "1500B",
    "deploy": "1500B",
    "chart": "1500B",
    "verify": "",
    "predict": "",
    "distill": "",
    "convert": "baseline",
    "generate": "models/quantized.tflite -o models/c/quantized",
    "measure": "pruned models/pruned.h5 metrics/baseline.json",
    "probe": "quantized",
    "report": "",
    "emulate": "quantized",
    "benchmark": "",
    "summarize": "",
    "export": "quantized firmware/examples/digit",
    "gate": "",
}
PARAMETERS = (
    "download",
    "prepare",
    "train",
    "prune",
    "cluster",
    "scan",
    "search",
    "quantize",
    "distill",
    "emulate",
    "deploy",
    "benchmark",
    "gate",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project: its settings files and nothing else."""
    for name in ("params.yaml", "essay.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "frontier").mkdir()
    for name in ("params.yaml", "published.yaml"):
        (tmp_path / "frontier" / name).write_text((ROOT / "frontier" / name).read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stop(stage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a stage as its command does; it must fail with one line, which is returned, and leave nothing behind."""
    before = sorted(Path().rglob("*"))
    monkeypatch.setattr(sys, "argv", [stage, *COMMANDS[stage].split()])
    with pytest.raises(SystemExit) as stopped:
        command.run(import_module(f"stages.{stage}").main)
    assert stopped.value.code == 1
    assert sorted(Path().rglob("*")) == before
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("stage", PARAMETERS)
def test_one_wrong_parameter_stops_every_stage_that_reads_any(
    folder: Path, stage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    params = folder / "params.yaml"
    params.write_text(params.read_text().replace("temperature: 10", "temperature: 0"))
    error = stop(stage, monkeypatch, capsys)
    assert error == "error: params.yaml: distill.temperature = 0: input should be greater than or equal to 0.01\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("stage", [stage for stage in COMMANDS if stage not in ("download", "gate")])
def test_missing_inputs_stop_every_stage(
    stage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert re.search("not found|No such file", stop(stage, monkeypatch, capsys))
