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

pytestmark = pytest.mark.slow


def command(journal: Path) -> list[str]:
    return [sys.executable, "-m", "tests.fewbytes.exploring.search", str(journal)]


def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    journal = tmp_path / "journal.log"
    reports = 0
    for wanted in (4, 9):
        search = subprocess.Popen(command(journal), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while reported(journal) < wanted and search.poll() is None:
            time.sleep(0.05)
        search.send_signal(signal.SIGKILL)
        search.wait()
        assert reports < (reports := reported(journal))
    done = subprocess.run(command(journal), cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    trials = study.load(journal)[0].trials
    assert [trial.number for trial in trials] == list(range(SEARCH.trials))
    assert all(trial.state.is_finished() for trial in trials)
    assert reported(journal) == sum(len(trial.intermediate_values) for trial in trials)  # none of them twice
    lines = [line for line in done.stderr.splitlines() if line.startswith("trial ")]
    assert 0 < len(lines) < SEARCH.trials
    assert not subprocess.run(command(journal), cwd=ROOT, capture_output=True, text=True, check=True).stderr


def test_one_that_is_asked_to_stop_says_so_in_a_line(tmp_path: Path) -> None:
    journal = tmp_path / "journal.log"
    search = subprocess.Popen(command(journal), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while reported(journal) < 1 and search.poll() is None:
        time.sleep(0.05)
    search.send_signal(signal.SIGTERM)
    output, errors = search.communicate(timeout=60)
    assert (search.returncode, output) == (130, "")
    *lines, last = errors.splitlines()
    assert last == "interrupted; run the same command again to resume here"
    assert all(line.startswith("trial ") for line in lines), errors


def reported(journal: Path) -> int:
    """Results of rungs in the journal."""
    return journal.read_text().count('"intermediate_value"') if journal.exists() else 0
