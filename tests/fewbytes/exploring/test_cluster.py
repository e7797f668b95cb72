"""A search on two machines goes on when one is lost in the middle: two of Ray's nodes on this machine, one killed."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from ray.cluster_utils import Cluster

from fewbytes.exploring import workers
from fewbytes.exploring.workers import Job
from tests.fewbytes.exploring import jobs

JOBS = 8
SETTINGS = {  # so that a lost node is noticed within seconds
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 2,
}


class Begun(NamedTuple):
    job: int
    machine: int
    process: int


def begun(path: Path) -> list[Begun]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [Begun(*map(int, line.split())) for line in lines]


def wait_until(come: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not come():
        assert time.monotonic() < end, f"not within a minute: {what}"
        time.sleep(0.05)


def runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's
def test_no_job_is_lost_with_a_machine_and_none_is_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, released = tmp_path / "begun", tmp_path / "released"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "_system_config": SETTINGS})
    other = cluster.add_node(num_cpus=1)
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    try:
        with workers.started() as working:
            assert working.slots == 2
            for number in range(JOBS):
                working.start(Job(jobs.held, (number, str(path), str(released))), number)
            wait_until(lambda: len({each.machine for each in begun(path)}) == 2, "both machines work")
            at_work = {each.process for each in begun(path)}
            cluster.remove_node(other, allow_graceful=False)
            wait_until(lambda: not all(map(runs, at_work)), "what the lost machine was at ends with it")
            released.touch()
            found = [working.next() for _ in range(JOBS)]
            wait_until(lambda: working.slots == 1, "the cluster has noticed")
    finally:
        released.touch()
        cluster.shutdown()  # type: ignore[no-untyped-call]
    assert Counter(key for key, _ in found) == Counter(range(JOBS))
    assert all(result == (key, None) for key, result in found)
    starts = Counter(each.job for each in begun(path))
    assert set(starts) == set(range(JOBS))
    assert sorted(starts.values()) == [1] * (JOBS - 1) + [2]  # what the lost machine was at, was begun again
