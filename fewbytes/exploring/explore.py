"""The search: each trial is measured, then trained from rung to rung as long as it keeps up with the others."""

import logging
from collections.abc import Generator
from typing import Any, NamedTuple

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState
from tqdm import tqdm

from fewbytes import frontier
from fewbytes.command import InputError, one_line
from fewbytes.compression import small
from fewbytes.exploring import candidates, rungs, space, study
from fewbytes.exploring.candidates import Limits
from fewbytes.exploring.trials import ACCURACY, FIGURES, POINT, WHY, Figures, figures_of
from fewbytes.exploring.workers import Job, Result, Workers
from fewbytes.frontier_params import Explore, Params, Point, require_explore

MOST_IN_VAIN = 300  # networks beyond the budget, one after the other


class Outcome(NamedTuple):
    """value: what is maximised."""

    state: TrialState
    value: float | None = None


Course = Generator[Job, Result, Outcome]


def run(workers: Workers, found: optuna.Study, settings: Params, data: small.Data, bounds: Limits) -> None:
    """Until `trials` networks that keep the budget were trained, those of earlier runs among them.

    bounds: what the budget of `settings` comes to. Raises InputError where no network keeps it.
    """
    search = require_explore(settings.explore)
    shared = workers.share(data._replace(logits=None))
    waiting = study.interrupted(found)
    ended = len(study.ended(found))
    courses: dict[int, tuple[Trial, Course]] = {}

    def begin(trial: Trial) -> None:
        course = _course(trial, settings, data, bounds, shared)
        courses[trial.number] = trial, course
        _advance(workers, trial, course, None)

    with tqdm(total=search.trials, initial=min(ended, search.trials), unit="network", leave=False, disable=None) as bar:
        while ended < search.trials:
            while len(courses) < min(workers.slots, search.trials - ended):
                begin(waiting.pop() if waiting else found.ask())
            number, result = workers.next()
            trial, course = courses[number]
            outcome = _advance(workers, trial, course, result)
            if outcome is None:
                continue
            del courses[number]
            frozen = found.tell(trial, outcome.value, outcome.state)
            if study.beyond(frozen):
                in_vain = study.in_vain(found)
                bar.set_postfix_str(f"{in_vain} beyond the budget since")
                if in_vain >= MOST_IN_VAIN:
                    raise InputError(_nothing_fits(found))
                continue
            ended += 1
            bar.update()
            with tqdm.external_write_mode():
                logging.info("%s", line(frozen, study.best(found)))


def _nothing_fits(found: optuna.Study) -> str:
    near = min(-trial.values[0] for trial in found.get_trials(deepcopy=False) if study.beyond(trial))
    return (
        f"frontier/params.yaml: explore.budget: {MOST_IN_VAIN} networks one after the other were beyond it, "
        f"the nearest by {near:.0%}; a larger budget, or smaller networks in fewbytes/exploring/space.py"
    )


def _advance(workers: Workers, trial: Trial, course: Course, result: Result | None) -> Outcome | None:
    """Start the trial's next job; None, but for the outcome where there is no other."""
    try:
        job = next(course) if result is None else course.send(result)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    workers.start(job, trial.number)
    return None


def _course(trial: Trial, settings: Params, data: small.Data, bounds: Limits, shared: Any) -> Course:
    """The jobs of a trial, one after the other. One that was interrupted goes on after the last rung it reported."""
    search = require_explore(settings.explore)
    known = trial.user_attrs.get(POINT)  # of a trial that goes on: what its reports are of, whatever the space is now
    point = _proposed(trial, data) if known is None else Point(**known)
    trial.set_user_attr(POINT, point.model_dump(mode="json", exclude_defaults=True))
    measured = yield Job(candidates.measure, (point, data.spec, bounds))
    if measured.failure:
        return _refused(trial, measured)
    figures: Figures = measured.value
    trial.set_user_attr(FIGURES, figures._asdict())
    if figures.excess:
        return Outcome(TrialState.COMPLETE, -figures.excess)  # so that the sampler keeps away from there
    reported = _reported(trial)
    accuracy = 0.0
    for number, rung in enumerate(search.rungs):
        resource = search.keep_one_of**number
        if resource in reported:
            accuracy = reported[resource]
        else:
            fitted = yield Job(rungs.fit, (point, rung, settings, shared))
            if fitted.failure:
                return _refused(trial, fitted)
            accuracy = fitted.value
            trial.report(accuracy, resource)
        if number + 1 < len(search.rungs) and trial.should_prune():
            return Outcome(TrialState.PRUNED)
    trial.set_user_attr(ACCURACY, accuracy)
    return Outcome(TrialState.COMPLETE, _value(accuracy, figures, search))


def _proposed(trial: Trial, data: small.Data) -> Point:
    """Raises InputError where the study's trials chose among others than the space has now, which Optuna refuses."""
    try:
        return space.propose(trial, data.spec)
    except ValueError as error:
        if "dynamic value space" not in str(error):
            raise
        raise InputError(
            f"{frontier.JOURNAL}: its search for this budget began with other choices than fewbytes/exploring/space.py "
            f"has now; undo that, put the journal away, or search for another budget"
        ) from None


def _reported(trial: Trial) -> dict[int, float]:
    """By resource."""
    frozen = trial.study.get_trials(deepcopy=False)[trial.number]
    return dict(frozen.intermediate_values)


def _refused(trial: Trial, result: Result) -> Outcome:
    trial.set_user_attr(WHY, one_line(result.failure))
    return Outcome(TrialState.FAIL)


def _value(accuracy: float, figures: Figures, search: Explore) -> float:
    """Accuracy; or, once `reach` is, more for fewer bytes: of coded weights where they are bounded, else of flash."""
    if search.reach is None or accuracy < search.reach:
        return accuracy
    takes = figures.coded_bytes if search.budget.coded_bytes else figures.flash_bytes
    return search.reach + 1 / (1 + takes / 1024)


def line(trial: FrozenTrial, best: FrozenTrial | None) -> str:
    """What came of a trial, and what is the best."""
    figures = figures_of(trial)
    takes = "" if figures is None else f"{figures.flash_bytes:,} B of flash, {figures.ram_bytes:,} B of RAM"
    if trial.state == TrialState.FAIL:
        came = f"failed: {trial.user_attrs.get(WHY, '')}"
    elif trial.state == TrialState.PRUNED:
        came = f"{max(trial.intermediate_values.values()):.2%} after {len(trial.intermediate_values)} rungs, left"
    else:
        came = f"{trial.user_attrs[ACCURACY]:.2%}"
    top = "" if best is None else f"; best: trial {best.number}, {best.user_attrs[ACCURACY]:.2%}"
    return f"trial {trial.number}: {', '.join(filter(None, [came, takes]))}{top}"
