"""Ray does the jobs, whatever becomes of those who work on them. These tests start it on this machine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes.exploring import workers
from fewbytes.exploring.workers import Job, Workers
from tests.conftest import ROOT
from tests.fewbytes.exploring import jobs

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's


@pytest.fixture(scope="module")
def working() -> Iterator[Workers]:
    with workers.started() as found:
        yield found


def results(working: Workers, wanted: dict[str, Job]) -> dict[str, Any]:
    for key, job in wanted.items():
        working.start(job, key)
    return dict(working.next() for _ in wanted)


@pytest.mark.slow
def test_jobs_give_values_or_say_why_not(working: Workers, tmp_path: Path) -> None:
    shared = working.share(np.arange(5))
    found = results(
        working,
        {
            "double": Job(jobs.double, (4,)),
            "shared": Job(np.sum, (shared,)),
            "refused": Job(jobs.refuse, ("params.yaml: no",)),
            "killed once": Job(jobs.die_once, (str(tmp_path / "died"),)),
            "killed": Job(jobs.die, ()),
        },
    )
    assert found["double"] == (8, None)
    assert found["shared"] == (10, None)
    assert found["refused"] == (None, "params.yaml: no")
    assert found["killed once"] == (1, None)
    assert found["killed"].value is None
    assert found["killed"].failure
    assert "\n" not in found["killed"].failure


def test_a_cluster_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    script = (
        "from fewbytes.command import run\n"
        "from fewbytes.exploring import workers\n"
        "def main():\n    with workers.started(): pass\n"
        "run(main)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"error: Ray at 127.0.0.1:1: [^\n]+\n", done.stderr), done.stderr
