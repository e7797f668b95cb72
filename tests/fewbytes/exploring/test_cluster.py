"""A search on two machines goes on when one is lost in the middle: two of Ray's nodes on this machine, one killed."""

import time
from collections import Counter
from pathlib import Path

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


def both_are_working(begun: Path) -> None:
    """Each machine has begun a job, by its number."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if begun.exists() and len({line.split()[1] for line in begun.read_text().splitlines()}) == 2:
            return
        time.sleep(0.05)
    raise AssertionError("one of two machines does nothing")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's
def test_no_job_is_lost_with_a_machine_and_none_is_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "_system_config": SETTINGS})
    other = cluster.add_node(num_cpus=1)
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    try:
        with workers.started() as working:
            assert working.slots == 2
            for number in range(JOBS):
                working.start(Job(jobs.slowly, (number, str(begun))), number)
            both_are_working(begun)
            cluster.remove_node(other, allow_graceful=False)
            found = [working.next() for _ in range(JOBS)]
            assert working.slots == 1
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]
    assert Counter(key for key, _ in found) == Counter(range(JOBS))
    assert all(result == (key, None) for key, result in found)
    starts = Counter(int(line.split()[0]) for line in begun.read_text().splitlines())
    assert set(starts) == set(range(JOBS))
    assert max(starts.values()) == 2  # what the lost machine was at, was begun again
