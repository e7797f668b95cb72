"""What the search has found, as tables."""

import shutil
from pathlib import Path

import pytest
from optuna.trial import TrialState
from ruamel.yaml import YAML

from fewbytes import frontier, frontier_params
from fewbytes.command import InputError
from fewbytes.data import dataset, digests
from fewbytes.data import spec as specs
from fewbytes.exploring import study
from fewbytes.exploring.trials import ACCURACY, FIGURES, POINT, Figures
from fewbytes.frontier_params import Point
from fewbytes.reports import documents, explored
from stages import survey
from tests.conftest import ROOT
from tests.fewbytes.exploring.test_explore import SEARCH, SETTINGS

BLOCKS = [
    {"conv": 4, "kernel_size": 3, "strides": 2},
    {"residual": [{"depthwise": 3, "strides": 1, "padding": "same"}]},
]
LESS: dict[float | None, int] = {0.8: 50_000}  # cycles, by accuracy
GRID = {"bits": 3, "step": 0.586, "learned": True}


def prepare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data, whatever they are, and frontier/params.yaml."""
    monkeypatch.chdir(folder)
    for path in (dataset.PATH, frontier_params.PATH):
        path.parent.mkdir()
    dataset.PATH.write_bytes(b"examples")
    specs.PATH.write_bytes(b"shape")
    shutil.copy(ROOT / frontier_params.PATH, frontier_params.PATH)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal of a search: accuracy and flash of networks, one beyond the budget, one left early."""
    prepare(tmp_path, monkeypatch)
    with study.opened(frontier.JOURNAL, SETTINGS, digests.of_all()) as found:
        for accuracy, flash in ((0.9, 300), (0.95, 340), (0.94, 345), (0.91, 290), (None, 700), (0.2, 310), (0.8, 347)):
            trial = found.ask()
            point = {"blocks": BLOCKS, "grid": GRID, "kept": 1.0, "float_epochs": 1, "grid_epochs": 1}
            point |= {"layer_bits": [4, 2]} if accuracy == 0.91 else {}
            trial.set_user_attr(POINT, point)
            excess = max(0.0, flash / 350 - 1)
            trial.set_user_attr(
                FIGURES, Figures(flash, 1_000, LESS.get(accuracy, 90_000), flash // 3, "tiny", excess)._asdict()
            )
            if accuracy is None:
                found.tell(trial, -excess)
            elif accuracy < 0.5:
                trial.report(accuracy, 1)
                found.tell(trial, state=TrialState.PRUNED)
            else:
                trial.set_user_attr(ACCURACY, accuracy)
                found.tell(trial, accuracy)
    return tmp_path


def test_of_all_those_are_shown_that_nothing_beats(project: Path) -> None:
    del project
    (each,) = explored.load(SETTINGS)
    assert [trial.number for trial in explored.pareto([each])] == [3, 1, 6]  # the last in the fewest cycles
    assert [trial.number for trial in each.complete] == [1, 2, 3, 0, 6]
    assert [network.beaten for network in explored.networks([each])[each.budget]] == [False, True, False, True, False]
    found = explored.metrics([each])["study_1"]
    assert {key: found[key] for key in ("beyond_budget", "left_early", "failed", "complete")} == {
        **{"beyond_budget": 1, "left_early": 1, "failed": 0, "complete": 5},
    }
    assert (found["best"]["val_accuracy"], found["best"]["flash_bytes"]) == (0.95, 340)
    pareto = explored.metrics([each])["pareto"]
    assert [(one["trial"], one["val_accuracy"], one["cycles"]) for one in pareto] == [
        *((3, 0.91, 90_000), (1, 0.95, 90_000), (6, 0.8, 50_000)),
    ]


def test_the_best_is_a_point_as_frontier_params_has_them(project: Path) -> None:
    survey.main()
    text = (project / "frontier/explore/report.md").read_text()
    assert "| conv 4 3x3 /2, residual [depthwise 3]; 3 bits a weight" in text
    assert "residual [depthwise 3]; 4, 2 bits a weight" in text
    assert "7 networks: 1 beyond the budget" in text
    assert (project / "frontier/explore/found.png").read_bytes().startswith(b"\x89PNG")
    pasted = YAML(typ="safe").load(text.split("```yaml\n")[1].split("```")[0])
    ((name, content),) = pasted.items()
    point = Point.model_validate(content)
    assert name == "113B"
    assert (point.float_epochs, point.grid_epochs) == (SEARCH.rungs[-1].float_epochs, SEARCH.rungs[-1].grid_epochs)
    settings = frontier_params.load(ROOT / "frontier/params.yaml")
    assert settings.model_copy(update={"points": pasted})


def test_a_search_that_has_found_nothing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, monkeypatch)
    with study.opened(frontier.JOURNAL, SETTINGS, digests.of_all()):
        pass
    assert "No network has gone up all rungs yet." in documents.as_markdown(explored.assemble(explored.load(SETTINGS)))
    survey.main()


def test_what_was_found_on_other_data_is_not_set_beside_it(project: Path) -> None:
    (project / dataset.PATH).write_bytes(b"others")
    with pytest.raises(InputError, match=r"holds no search on these data with this seed and training"):
        explored.load(SETTINGS)
    with study.opened(frontier.JOURNAL, SETTINGS, digests.of_all()):
        pass
    (each,) = explored.load(SETTINGS)
    assert not each.trials
