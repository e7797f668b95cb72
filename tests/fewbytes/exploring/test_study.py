"""The journal outlives what may happen to a search."""

from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.trial import TrialState

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.exploring import study
from fewbytes.exploring.comparable import compared_on
from fewbytes.exploring.trials import ACCURACY
from fewbytes.frontier_params import Budget, Explore, Params, Rung
from tests.conftest import ROOT

SEARCH = Explore(
    budget=Budget(flash_bytes=1_000),
    trials=5,
    rungs=[Rung(images=0.5, float_epochs=1, grid_epochs=1), Rung(images=1, float_epochs=2, grid_epochs=1)],
    keep_one_of=3,
)
SETTINGS = frontier_params.load(ROOT / "frontier/params.yaml").model_copy(update={"explore": SEARCH})
DATA = "a digest"


def test_a_trial_that_was_running_goes_on_as_itself(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.log"
    with study.opened(path, SETTINGS, DATA) as found:
        first, second = found.ask(), found.ask()
        width = second.suggest_int("width", 1, 10_000)
        second.report(0.5, 1)
        found.tell(first, 0.3)
    with study.opened(path, SETTINGS, DATA) as found:
        (trial,) = study.interrupted(found)
        assert (trial.number, trial.suggest_int("width", 1, 10_000)) == (1, width)
        assert found.get_trials()[1].intermediate_values == {1: 0.5}
        found.tell(trial, 0.4)
        assert not study.interrupted(found)
        assert [one.values for one in found.get_trials()] == [[0.3], [0.4]]
        best = study.best(found)
        assert best is not None
        assert best.number == 1


@pytest.mark.parametrize("cut", [1, 7])
def test_a_line_that_a_kill_has_cut_is_left_out(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal.log"
    with study.opened(path, SETTINGS, DATA) as found:
        found.tell(found.ask(), 0.3)
        whole = path.read_bytes()
        found.ask()
    path.write_bytes(whole + path.read_bytes()[len(whole) :].splitlines(keepends=True)[0][:-cut])
    for _ in range(2):
        with study.opened(path, SETTINGS, DATA) as found:
            found.tell(found.ask(), 0.4)
    with study.opened(path, SETTINGS, DATA) as found:
        assert [trial.values for trial in found.get_trials()] == [[0.3], [0.4], [0.4]]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "zeros": lambda whole: bytes(len(whole)),
    "an end that no kill leaves": lambda whole: whole + b"\xe9\xff{",
    "a letter": lambda _: b"Dear all,\n",
    "another key": lambda whole: whole.replace(b"trial_id", b"trialXid"),
    "a list": lambda whole: b"[]\n" + whole,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_journal_is_refused_and_stays_as_it_is(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "journal.log"
    with study.opened(path, SETTINGS, DATA) as found:
        found.tell(found.ask(), 0.3)
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="damaged"), study.opened(path, SETTINGS, DATA):
        pass
    assert path.read_bytes() == damaged


def test_what_a_trial_keeps_is_checked_before_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    with study.opened(path, SETTINGS, DATA) as found:
        trial = found.ask()
        trial.set_user_attr(ACCURACY, 0.3)
        found.tell(trial, 0.3)
    with pytest.raises(InputError, match=r"journal\.log: damaged: trial 0 has an accuracy, and no figures"):
        study.load(path)
    path.write_bytes(path.read_bytes().replace(b"0.3", b"3.0"))
    with pytest.raises(InputError, match="less than or equal to 1"):
        study.load(path)


def test_one_search_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    with (
        study.opened(path, SETTINGS, DATA),
        pytest.raises(InputError, match="another search is writing it"),
        study.opened(path, SETTINGS, DATA),
    ):
        pass
    with study.opened(path, SETTINGS, DATA):
        pass


def searching(**changes: object) -> Params:
    return SETTINGS.model_copy(update={"explore": SEARCH.model_copy(update=changes)})


def test_each_budget_has_a_study_and_more_trials_are_the_same_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    for settings in (SETTINGS, searching(budget=Budget(flash_bytes=2_000)), searching(trials=9)):
        with study.opened(path, settings, DATA) as found:
            found.tell(found.ask(), 0.5)
    assert [(each.asked["budget"], len(each.trials)) for each in study.load(path)] == [
        ({"flash_bytes": 1_000}, 2),
        ({"flash_bytes": 2_000}, 1),
    ]


def test_a_study_that_is_opened_again_leaves_its_journal_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    with study.opened(path, SETTINGS, DATA) as found:
        found.tell(found.ask(), 0.5)
    before = path.read_bytes()
    with study.opened(path, SETTINGS, DATA) as found:
        assert len(found.trials) == 1
    assert path.read_bytes() == before


def test_other_data_and_other_training_have_studies_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    slower = SETTINGS.training.model_copy(update={"batch_size": SETTINGS.training.batch_size + 1})
    without_points = SETTINGS.model_copy(update={"points": {}, "gates": {}})
    trained = SETTINGS.model_copy(update={"training": slower})
    for settings, data in ((SETTINGS, DATA), (SETTINGS, "another"), (trained, DATA), (without_points, DATA)):
        with study.opened(path, settings, data) as found:
            found.tell(found.ask(), 0.5)
    found_there = study.load(path)
    assert [len(each.trials) for each in found_there] == [2, 1, 1]
    assert len({each.compared_on for each in found_there}) == 3
    assert found_there[0].compared_on == compared_on(SETTINGS, DATA)


def test_a_resumed_search_proposes_something_else(tmp_path: Path) -> None:
    path, widths = tmp_path / "journal.log", []
    for _ in range(4):
        with study.opened(path, SETTINGS, DATA) as found:
            trial = found.ask()
            widths.append(trial.suggest_int("width", 1, 10_000))
            found.tell(trial, state=TrialState.FAIL)
    assert len(set(widths)) == 4


def test_networks_beyond_the_budget_count_apart(tmp_path: Path) -> None:
    with study.opened(tmp_path / "journal.log", SETTINGS, DATA) as found:
        for value in (-0.5, 0.9, -0.1, -2.0):
            found.tell(found.ask(), value)
        assert len(study.ended(found)) == 1
        assert study.in_vain(found) == 2
