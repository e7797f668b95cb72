"""A search with made-up jobs, by real workers: python -m tests.fewbytes.exploring.search JOURNAL"""

import sys
from pathlib import Path

from fewbytes.command import run
from fewbytes.exploring import candidates, explore, rungs, study, workers
from tests.fewbytes.exploring import jobs
from tests.fewbytes.exploring.test_explore import DATA, SEARCH, SETTINGS


def main() -> None:
    candidates.measure, rungs.fit = jobs.measure, jobs.fit
    with study.opened(Path(sys.argv[1]), SETTINGS, "") as found, workers.started() as working:
        explore.run(working, found, SETTINGS, DATA, candidates.limits(SEARCH.budget))


if __name__ == "__main__":
    run(main)
