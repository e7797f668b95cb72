"""Search for the most accurate network that keeps the budget, from where the last search stopped."""

import os

from fewbytes import frontier, frontier_params
from fewbytes.command import InputError, run
from fewbytes.compression import small
from fewbytes.data import dataset, digests
from fewbytes.data import spec as specs
from fewbytes.exploring import candidates, explore, study, workers


def main() -> None:
    settings = frontier_params.load()
    trials = os.environ.get("TRIALS")
    search = frontier_params.require_explore(settings.explore)
    if trials:
        if not trials.isdecimal() or not int(trials):
            raise InputError(f"TRIALS={trials}: a number of networks, in all, at least 1")
        search = search.model_copy(update={"trials": int(trials)})
        settings = settings.model_copy(update={"explore": search})
    bounds = candidates.limits(search.budget)  # an unknown board is refused before there is a journal
    spec = specs.load()
    data = small.Data(spec, dataset.load_raw("train", spec), dataset.load("validation", spec), None)
    with study.opened(frontier.JOURNAL, settings, digests.of_all()) as found, workers.started() as working:
        explore.run(working, found, settings, data, bounds)


if __name__ == "__main__":
    run(main)
