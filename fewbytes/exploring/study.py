"""What the search has found so far, on disk: Optuna's journal, which outlives an interruption of any kind.

A study is known by its budget and by what else its accuracies hang on; all of them share a journal. One process at a
time writes it.
"""

import fcntl
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState

from fewbytes.command import InputError, one_line
from fewbytes.exploring.comparable import compared_on
from fewbytes.exploring.trials import require_whole
from fewbytes.frontier_params import Explore, Params, require_explore

STARTUP_TRIALS = 16  # at random, before the sampler proposes what is like the best
OPEN = TrialState.RUNNING
COMPARED_ON = "compared_on"


class Found(NamedTuple):
    """asked: explore of frontier/params.yaml. compared_on: as the function has it."""

    asked: dict[str, Any]
    compared_on: str
    trials: list[FrozenTrial]


class _Unlocked(JournalFileOpenLock):
    """The journal is locked as a whole, by `opened`, with a lock that no killed process leaves behind."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


@contextmanager
def opened(path: Path, settings: Params, data: str) -> Iterator[optuna.Study]:
    """The study of this budget on these data, new or as it was left. data: their digest.

    Raises InputError where another process has it open.
    """
    search = require_explore(settings.explore)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as journal:
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{path}: another search is writing it; wait for it, or stop it") from None
        _mend(path)
        storage = _storage(path)
        name = name_of(settings, data)
        sampler = _sampler(_seed(storage, settings.seed))
        if name not in [study.study_name for study in storage.get_all_studies()]:  # else the journal grows by a line
            storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE], name)
        pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=search.keep_one_of)
        yield optuna.load_study(study_name=name, storage=storage, sampler=sampler, pruner=pruner)


def _sampler(seed: int) -> optuna.samplers.BaseSampler:
    """Parameters that others call for are modelled together with these; what is running is not proposed again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # the interface may change
        return optuna.samplers.TPESampler(
            n_startup_trials=STARTUP_TRIALS, multivariate=True, group=True, constant_liar=True, seed=seed
        )


def name_of(settings: Params, data: str) -> str:
    """Of a study: its budget, what it wants, how networks are compared, and on what."""
    asked = asked_of(require_explore(settings.explore))
    return json.dumps(asked | {COMPARED_ON: compared_on(settings, data)}, sort_keys=True)


def asked_of(search: Explore) -> dict[str, Any]:
    """What makes a study another, of what is asked for: how many trials does not."""
    return search.model_dump(exclude={"trials"}, exclude_none=True)


def _seed(storage: JournalStorage, seed: int) -> int:
    """Another at every start, or a resumed search would propose what it has proposed; the same for the same journal."""
    studies = storage.get_all_studies()
    return seed + 1_000 * len(studies) + sum(storage.get_n_trials(study._study_id) for study in studies)


def _mend(path: Path) -> None:
    """What a kill left of a line at the end goes: Optuna reads no line that is cut, nor one written behind it.

    Raises InputError where the end is not what a kill leaves.
    """
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    left = content[len(whole) :]
    if left:
        if not (left.startswith(b"{") and left.isascii() and left.decode("ascii").isprintable()):
            raise InputError(f"{path}: damaged at its end; that of the last commit is whole")
        logging.info("%s: its last line was cut, and is left out", path)
        with path.open("rb+") as file:
            file.truncate(len(whole))


def interrupted(study: optuna.Study) -> list[Trial]:
    """Trials that were running when the last search ended: they go on with what they have chosen."""
    return [Trial(study, trial._trial_id) for trial in study.get_trials(deepcopy=False, states=(OPEN,))]


def ended(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that are over, but for those of networks beyond the budget, which cost next to nothing."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished() and not beyond(trial)]


def in_vain(study: optuna.Study) -> int:
    """How many of the last trials, one after the other, were beyond the budget."""
    trials = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
    return next((count for count, trial in enumerate(reversed(trials)) if not beyond(trial)), len(trials))


def beyond(trial: FrozenTrial) -> bool:
    """Is its network beyond the budget?"""
    return trial.state == TrialState.COMPLETE and trial.values[0] < 0


def best(study: optuna.Study) -> FrozenTrial | None:
    """Of those that went up all rungs; None while there is none."""
    complete = [trial for trial in ended(study) if trial.state == TrialState.COMPLETE]
    return max(complete, key=lambda trial: trial.values[0], default=None)


def load(path: Path) -> list[Found]:
    """Every study. Raises InputError where there is no whole journal."""
    if not path.exists():
        raise InputError(f"{path}: not found; `make explore` makes it")
    storage = _storage(path)
    found: list[Found] = []
    for study in storage.get_all_studies():
        trials = storage.get_all_trials(study._study_id)
        try:
            asked: dict[str, Any] = json.loads(study.study_name)
            compared: str = asked.pop(COMPARED_ON, "")  # of a journal from before there was any: of no data known
            Explore(**asked, trials=1)
            for trial in trials:
                require_whole(trial)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}: damaged: {one_line(error)}") from None
        found.append(Found(asked, compared, trials))
    return found


def _storage(path: Path) -> JournalStorage:
    """What the journal holds. Raises InputError where it is none, or damaged."""
    try:
        for line in path.read_bytes().split(b"\n")[:-1]:
            json.loads(line)  # Optuna forgives the last line, and stumbles when another follows
        return JournalStorage(JournalFileBackend(str(path), lock_obj=_Unlocked(str(path))))
    except Exception as error:  # Optuna checks nothing of what it reads
        raise InputError(f"{path}: not a journal of a search, or damaged: {one_line(error)}") from None
