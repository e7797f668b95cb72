"""The search for networks as its users start it: under DVC, with real workers, networks trained and measured."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.pipeline.project import finish, make_project, run, start, succeed
from tests.tflite_to_c.chips.programs import emulates

pytestmark = [pytest.mark.slow, emulates]
EXPLORE = "frontier/explore/dvc.yaml:explore"
RUNGS = [{"images": share, "float_epochs": 1, "grid_epochs": 1} for share in (0.3, 1)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = make_project(tmp_path)
    yaml, path = YAML(), tmp_path / "frontier" / "params.yaml"
    settings: Any = yaml.load(path)
    settings["explore"] = {"budget": {"flash_bytes": 6_000}, "trials": 3, "rungs": RUNGS, "keep_one_of": 2}
    yaml.dump(settings, path)
    succeed(folder, "dvc", "repro", "prepare")
    return folder


@pytest.fixture
def heeding() -> Iterator[None]:
    """SIGINT stops what is started here, even where the tests themselves were started with it ignored, as by nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding")
def test_a_search_that_is_stopped_goes_on_and_tells_what_it_found(project: Path) -> None:
    journal = project / "frontier" / "explore" / "journal.log"
    search = start(project, "dvc", "repro", "--single-item", EXPLORE)
    while search.poll() is None and not (journal.exists() and b"intermediate_value" in journal.read_bytes()):
        time.sleep(0.2)
    os.killpg(search.pid, signal.SIGINT)  # as Ctrl-C in a terminal
    stopped = finish(search)
    assert stopped.code != 0
    assert "Traceback" not in stopped.output
    before = journal.read_bytes()
    done = succeed(project, "dvc", "repro", "--single-item", EXPLORE)
    assert journal.read_bytes().startswith(before)
    assert "Traceback" not in done.output
    succeed(project, "dvc", "repro", "--single-item", "frontier/explore/dvc.yaml:survey")
    found = json.loads((project / "frontier/explore/found.json").read_text())["study_1"]
    assert found["complete"] + found["left_early"] + found["failed"] == 3
    assert found["failed"] == 0
    assert found["complete"] >= 1
    assert found["best"]["flash_bytes"] <= 6_000
    assert "flash_bytes 6,000" in (project / "frontier/explore/report.md").read_text()


def test_wrong_wishes_are_one_line(project: Path) -> None:
    path = project / "frontier" / "params.yaml"
    text = path.read_text()
    for wish, said in (
        ("budget: {}", "explore.budget"),
        ("budget: {board: none}", "no board known as 'none'"),
        ("budget: {flash_bytes: 0}", "explore.budget.flash_bytes"),
    ):
        path.write_text(text.replace(text[text.index("  budget:") :].split("\n  trials")[0], f"  {wish}"))
        done = run(project, "dvc", "repro", "--single-item", EXPLORE)
        assert done.code != 0
        lines = [line for line in done.output.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, done.output
        assert said in lines[0]
        assert "Traceback" not in done.output
