"""The search, with jobs that take no time: what breaks the budget is not trained, and nothing is done twice."""

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optuna.trial import TrialState

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.compression import small
from fewbytes.exploring import candidates, explore, rungs, space, study
from fewbytes.exploring.trials import ACCURACY, WHY, Figures
from fewbytes.exploring.workers import Job, Result
from fewbytes.frontier_params import Budget, Explore, Params, Point, Rung
from tests.conftest import ROOT, make_digits, normalised
from tests.fewbytes.exploring.test_space import spec_of

RUNGS = [Rung(images=share, float_epochs=1, grid_epochs=1) for share in (0.2, 0.5, 1.0)]
SEARCH = Explore(budget=Budget(flash_bytes=350), trials=12, rungs=RUNGS, keep_one_of=3)
SPEC = spec_of("image", [28, 28])
DATA = small.Data(SPEC, make_digits(20, 1), normalised(make_digits(10, 2)), None)
SETTINGS = frontier_params.load(ROOT / "frontier/params.yaml").model_copy(update={"explore": SEARCH})


class Here:
    """Workers that do each job when its result is asked for. stop: after so many, as if the search were killed."""

    slots = 2

    def __init__(self, stop: int | None = None) -> None:
        self.jobs: list[tuple[Job, Any]] = []
        self.done: list[tuple[str, Any]] = []
        self._stop = stop

    def share(self, value: Any) -> Any:
        return value

    def start(self, job: Job, key: Any) -> None:
        self.jobs.append((job, key))

    def next(self) -> tuple[Any, Result]:
        if len(self.done) == self._stop:
            raise KeyboardInterrupt
        job, key = self.jobs.pop(0)
        self.done.append((job.function.__name__, key))
        try:
            return key, Result(job.function(*job.arguments))
        except InputError as error:
            return key, Result(None, str(error))


def weight(point: Point) -> int:
    return len(str(point.blocks))


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network takes as much as its description is long, and is as accurate as that and the rung have it."""

    def measure(point: Point, spec: Any, bounds: candidates.Limits) -> Figures:
        del spec
        takes, most = weight(point), bounds.flash_bytes or 1
        return Figures(takes, 10, 10, takes // 2, "made up", max(0.0, takes / most - 1))

    def fit(point: Point, rung: Rung, settings: Params, data: small.Data) -> float:
        del settings, data
        return 0.5 + 0.3 * rung.images * (weight(point) % 97) / 97

    monkeypatch.setattr(candidates, "measure", measure)
    monkeypatch.setattr(rungs, "fit", fit)


def search(path: Path, workers: Here, settings: Params = SETTINGS) -> list[Any]:
    assert settings.explore is not None
    with study.opened(path, settings, "") as found:
        explore.run(workers, found, settings, DATA, candidates.limits(settings.explore.budget))  # type: ignore[arg-type]
    return study.load(path)[-1].trials


def test_what_breaks_the_budget_is_never_trained(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    workers = Here()
    with caplog.at_level(logging.INFO):
        trials = search(tmp_path / "journal.log", workers)
    trained = {key for function, key in workers.done if function == "fit"}
    beyond = {trial.number for trial in trials if trial.values and trial.values[0] < 0}
    assert trained
    assert beyond
    assert not trained & beyond
    ended = [trial for trial in trials if trial.number not in beyond]
    assert len(ended) == SEARCH.trials
    counts = Counter(trial.state for trial in ended)
    assert counts[TrialState.PRUNED] > counts[TrialState.COMPLETE] > 0
    lines = [record.message for record in caplog.records if record.message.startswith("trial ")]
    assert len(lines) == SEARCH.trials
    assert all("B of flash" in line for line in lines)
    assert "best: trial" in lines[-1]


def test_those_that_go_on_are_the_better_ones(tmp_path: Path) -> None:
    trials = search(tmp_path / "journal.log", Here())
    first = {trial.number: trial.intermediate_values[1] for trial in trials if 1 in trial.intermediate_values}
    on = [value for number, value in first.items() if 3 in trials[number].intermediate_values]
    left = [value for number, value in first.items() if 3 not in trials[number].intermediate_values]
    assert np.mean(on) > np.mean(left)
    assert max(first.values()) in on


@pytest.mark.parametrize("stop", [1, 4, 9])
def test_an_interrupted_search_goes_on_and_repeats_no_rung(tmp_path: Path, stop: int) -> None:
    path, first, then = tmp_path / "journal.log", Here(stop), Here()
    with pytest.raises(KeyboardInterrupt):
        search(path, first)
    trials = search(path, then)
    assert all(trial.state.is_finished() for trial in trials)
    assert len([trial for trial in trials if not (trial.values and trial.values[0] < 0)]) == SEARCH.trials
    fits = Counter(key for function, key in first.done + then.done if function == "fit")
    for trial in trials:
        assert fits[trial.number] == len(trial.intermediate_values)
    assert [trial.number for trial in trials] == list(range(len(trials)))
    after = Here()
    assert search(path, after) == trials
    assert not after.done


def test_a_network_that_fails_is_told_why_and_the_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = rungs.fit

    def failing(point: Point, rung: Rung, settings: Params, data: small.Data) -> float:
        if weight(point) % 2:
            raise InputError("loss is not finite\nat all")
        return fit(point, rung, settings, data)

    monkeypatch.setattr(rungs, "fit", failing)
    trials = search(tmp_path / "journal.log", Here())
    failed = [trial for trial in trials if trial.state == TrialState.FAIL]
    assert 0 < len(failed) < SEARCH.trials
    assert {trial.user_attrs[WHY] for trial in failed} == {"loss is not finite at all"}


def test_a_budget_that_nothing_keeps_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "MOST_IN_VAIN", 20)
    none = SETTINGS.model_copy(update={"explore": SEARCH.model_copy(update={"budget": Budget(flash_bytes=10)})})
    with pytest.raises(InputError, match=r"^frontier/params.yaml: explore.budget: 20 networks .* the nearest by \d"):
        search(tmp_path / "journal.log", Here(), none)


def test_the_nearest_is_of_those_beyond_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search(tmp_path / "journal.log", Here())
    monkeypatch.setattr(explore, "MOST_IN_VAIN", 5)
    over = Figures(1_350, 10, 10, 10, "made up", 3.5)
    monkeypatch.setattr(candidates, "measure", lambda *_: over)
    more = SETTINGS.model_copy(update={"explore": SEARCH.model_copy(update={"trials": 20})})
    with pytest.raises(InputError, match=r"the nearest by [\d,]+%"):
        search(tmp_path / "journal.log", Here(), more)


def test_once_an_accuracy_is_reached_fewer_bytes_count(tmp_path: Path) -> None:
    reach = SEARCH.model_copy(update={"reach": 0.6, "trials": 30})
    trials = search(tmp_path / "journal.log", Here(), SETTINGS.model_copy(update={"explore": reach}))
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE and trial.values[0] > 0]
    reached = [trial for trial in complete if trial.user_attrs[ACCURACY] >= 0.6]
    assert len(reached) > 1
    by_value = sorted(reached, key=lambda trial: -trial.values[0])
    takes = [trial.user_attrs["figures"]["flash_bytes"] for trial in by_value]
    assert takes == sorted(takes)
    assert all(trial.values[0] < by_value[-1].values[0] for trial in complete if trial not in reached)


def test_a_study_of_another_space_is_refused_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.log"
    search(path, Here())
    before = [trial for trial in study.load(path)[0].trials if trial.state.is_finished()]
    monkeypatch.setattr(space, "HEADS", space.HEADS[:2])
    more = SETTINGS.model_copy(update={"explore": SEARCH.model_copy(update={"trials": SEARCH.trials + 3})})
    with pytest.raises(InputError, match=r"journal\.log: its search for this budget began with other choices than .*"):
        search(path, Here(), more)
    monkeypatch.undo()
    assert study.load(path)[0].trials[: len(before)] == before


def test_without_its_section_there_is_no_search() -> None:
    with pytest.raises(InputError, match=r"^frontier/params.yaml: explore is missing"):
        frontier_params.require_explore(None)
