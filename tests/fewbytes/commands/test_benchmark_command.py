"""A folder of models through every engine: figures, quoted ones beside them, the proof that outputs are the same."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from fewbytes.command import InputError
from fewbytes.commands import benchmark
from fewbytes.measuring import targets
from tests.conftest import ROOT
from tests.tflite_to_c.chips.programs import emulates
from tests.tflite_to_c.models import pooled_network, residual_network, runs_c

QUOTED = """
instructions: {source: those who counted}
cycles: {source: those who timed}
models:
  DIGEST:
    name: Pooled, small
    instructions: {Another engine: {instructions: 123456, flash_bytes: 7890}}
    cycles: {Silicon: 4.5}
"""


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, arguments)])
    benchmark.main()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    models = tmp_path / "models"
    models.mkdir()
    (models / "pooled.tflite").write_bytes(pooled_network())
    (models / "residual.tflite").write_bytes(residual_network())
    benchmark.FOLDER.mkdir(parents=True)
    benchmark.QUOTED.write_text(QUOTED.replace("DIGEST", hashlib.sha256(pooled_network()).hexdigest()))
    return models


@emulates
@runs_c
@pytest.mark.slow
def test_every_engine_and_what_is_quoted_stand_side_by_side(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, folder, "--inputs", 5, "--emulated", 2)
    found = json.loads((benchmark.FOLDER / "benchmark.json").read_text())["models"]
    assert list(found) == ["pooled.tflite", "residual.tflite"]
    for each in found.values():
        assert list(each["ours"]) == ["tiny", "size", "balanced", "speed", "balanced, in place", "balanced, row by row"]
        ram = {name: figures["cortex-m4"]["ram_bytes"] for name, figures in each["ours"].items()}
        assert ram["balanced, in place"] < ram["balanced"]
        for figures in each["ours"].values():
            assert (figures["inputs"], figures["unlike_inputs"]) == (5, 0)
            assert [figures[core]["unlike_inputs"] for core in targets.SHARES] == [0, 0, 0, 0]
        assert "bakenn" in each or "bakenn_refused" in each
    report = (benchmark.FOLDER / "README.md").read_text()
    ours = found["pooled.tflite"]["ours"]["speed"]["cortex-m4"]["instructions"]
    assert f"{ours:,} |" in report
    row = next(line for line in report.splitlines() if "Another engine (quoted)" in line)
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        *("Pooled, small", "Another engine (quoted)", "7,890", "–", "123,456"),
    ]
    assert any(" 4.5 |" in line for line in report.split("## On silicon")[1].splitlines())
    assert (benchmark.FOLDER / "instructions.png").stat().st_size > 5_000


def test_a_folder_without_models_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r": holds no \.tflite file$"):
        run(monkeypatch, tmp_path)


def test_the_committed_figures_are_what_the_tables_say() -> None:
    folder = ROOT / benchmark.FOLDER
    report, found = (folder / "README.md").read_text(), json.loads((folder / "benchmark.json").read_text())["models"]
    for each in found.values():
        assert each["sha256"] in report
        for figures in each["ours"].values():
            assert figures["unlike_inputs"] == 0
            assert f"{figures['cortex-m4']['instructions']:,}" in report
            assert all(figures[core]["unlike_inputs"] == 0 for core in targets.SHARES)
