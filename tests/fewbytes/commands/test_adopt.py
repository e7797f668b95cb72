"""Networks that a search has found become points of the frontier."""

import difflib
import json
import shutil
import sys
from pathlib import Path

import pytest

from fewbytes import frontier, frontier_params
from fewbytes.command import InputError
from fewbytes.commands import adopt
from fewbytes.data import dataset, digests
from fewbytes.data import spec as specs
from fewbytes.exploring import study
from fewbytes.exploring.trials import ACCURACY, FIGURES, POINT, Figures
from tests.conftest import ROOT

BYTES = {0.95: 555, 0.97: 666, 0.96: 777}  # of trials, by accuracy


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """frontier/params.yaml of the project, and a journal of three networks for its budget."""
    monkeypatch.chdir(tmp_path)
    path = frontier_params.PATH
    path.parent.mkdir()
    shutil.copy(ROOT / path, path)
    loaded = frontier_params.load()
    point = next(iter(loaded.points.values())).model_dump(mode="json", exclude_none=True, exclude={"teacher"})
    dataset.PATH.parent.mkdir()
    dataset.PATH.write_bytes(b"examples")
    specs.PATH.write_bytes(b"shape")
    with study.opened(frontier.JOURNAL, loaded, digests.of_all()) as found:
        for accuracy, size in BYTES.items():
            trial = found.ask()
            figures = Figures(2_000, 1_000, 90_000, size, "tiny", 0.0)
            for key, value in {POINT: point, FIGURES: figures._asdict(), ACCURACY: accuracy}.items():
                trial.set_user_attr(key, value)
            found.tell(trial, accuracy)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["adopt", *arguments])
    adopt.main()


def test_the_best_becomes_the_last_point_and_all_else_stays(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, had = settings.read_text(), frontier_params.load()
    run(monkeypatch)
    now = frontier_params.load()
    assert list(now.points) == [*had.points, "666B"]
    last = had.explore.rungs[-1] if had.explore else None
    assert last
    assert now.points["666B"].teacher == next(iter(had.teachers))
    assert (now.points["666B"].float_epochs, now.points["666B"].grid_epochs) == (last.float_epochs, last.grid_epochs)
    assert now.model_copy(update={"points": had.points}) == had
    changes = {line[0] for line in difflib.ndiff(before.splitlines(), settings.read_text().splitlines())}
    assert changes == {" ", "+"}


def test_the_first_point_is_adopted_too(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = settings.read_text()
    start, end = text.index("points:"), text.index("\nexplore:")
    gates = text.index("\ngates:")
    settings.write_text(f"{text[:start]}points: {{}} # none yet\n{text[end:gates]}")
    run(monkeypatch, "2", "0")
    assert list(frontier_params.load().points) == ["777B", "555B"]
    assert "points: # none yet\n" in settings.read_text()


def test_trials_are_named_by_their_numbers(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del settings
    run(monkeypatch, "2", "0")
    assert list(frontier_params.load().points)[-2:] == ["777B", "555B"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["7"], "trial 7 did not go up all rungs for .*; 1, 2, 0 did, the best first"), (["1", "1"], "666B already")],
    ids=["no such trial", "twice"],
)
def test_what_cannot_be_adopted_changes_nothing(
    settings: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    before = settings.read_text()
    with pytest.raises(InputError, match=said):
        run(monkeypatch, *arguments)
    assert settings.read_text() == before


def test_another_budget_has_found_nothing(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.write_text(settings.read_text().replace("coded_bytes: 900, ram", "coded_bytes: 901, ram"))
    with pytest.raises(InputError, match="no search for the budget"):
        run(monkeypatch)


def test_points_written_in_another_way_are_refused(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = settings.read_text()
    start, end = text.index("points:"), text.index("explore:")
    name, point = next(iter(frontier_params.load().points.items()))
    inline = json.dumps({name: point.model_dump(mode="json", exclude_none=True)})
    settings.write_text(f"{text[:start]}points: {inline}\n\n{text[end : text.index('gates:')]}")
    before = settings.read_text()
    with pytest.raises(InputError, match="points must be a section of its own"):
        run(monkeypatch)
    assert settings.read_text() == before
