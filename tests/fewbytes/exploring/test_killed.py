"""A search that is killed with -9, again and again, ends as one that was left alone: no trial lost, none twice."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fewbytes.exploring import study
from tests.conftest import ROOT
from tests.fewbytes.exploring.test_explore import SEARCH


@pytest.mark.slow
def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    journal = tmp_path / "journal.log"
    command = [sys.executable, "-m", "tests.fewbytes.exploring.search", str(journal)]
    reports = 0
    for wanted in (4, 9):
        search = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while reported(journal) < wanted and search.poll() is None:
            time.sleep(0.05)
        search.send_signal(signal.SIGKILL)
        search.wait()
        assert reports < (reports := reported(journal))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    trials = study.load(journal)[0].trials
    assert [trial.number for trial in trials] == list(range(SEARCH.trials))
    assert all(trial.state.is_finished() for trial in trials)
    assert reported(journal) == sum(len(trial.intermediate_values) for trial in trials)  # none of them twice
    lines = [line for line in done.stderr.splitlines() if line.startswith("trial ")]
    assert 0 < len(lines) < SEARCH.trials
    assert not subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr


def reported(journal: Path) -> int:
    """Results of rungs in the journal."""
    return journal.read_text().count('"intermediate_value"') if journal.exists() else 0
