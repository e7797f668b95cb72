"""Rounds that leave ever fewer weights, by their price or by shares, until the budget of accuracy is spent."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fewbytes import params
from fewbytes.compression import entropy, lowbit, searching
from fewbytes.data.dataset import Split
from fewbytes.networks import predicting
from fewbytes.networks.keras import make_deterministic
from fewbytes.params import SearchRecipe
from fewbytes.training import annealing
from tests.conftest import ROOT, Models

GRID = {"bits": 4, "step": 0.335, "learned": True}
PRICES = {"per_byte": 2e-4, "ramp": 0.3, "dearer": 4.0}
SHARES = {"first_kept": 0.5, "keep": 0.5, "frequency": 1}


def recipe(**changes: Any) -> SearchRecipe:
    settings = params.load(ROOT / params.PATH).search.recipe("searched").model_dump()
    small: dict[str, Any] = {
        "epochs": 3,
        "batch_size": 20,
        "rounds": 2,
        "accuracy_budget": 100.0,
        "layers": {},
        "grid": GRID,
    }
    return SearchRecipe(**settings | small | {"entropy_penalty": PRICES} | changes)


def searched(models: Models, digits: Split, chosen: SearchRecipe) -> tuple[Any, list[searching.Round]]:
    make_deterministic(1)
    logits = predicting.logits(models.baseline, digits.inputs)
    return searching.search(models.baseline, chosen, digits, digits, logits, section="search.it")


def nonzero(model: Any) -> int:
    return sum(int(np.count_nonzero(each.multiples())) for each in lowbit.gridded(model))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="prices"),
        pytest.param(
            {"entropy_penalty": None, "shares": SHARES, "grid": GRID | {"learned": False}},
            id="shares",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_each_round_leaves_fewer_weights(models: Models, digits: Split, changes: dict[str, Any]) -> None:
    model, rounds = searched(models, digits, recipe(**changes, epochs=10, learning_rate=0.01))
    weights = [each.weights for each in rounds]
    assert [each.number for each in rounds] == [1, 2]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 1.3 * weights[1] > 0
    assert nonzero(model) == weights[1]
    total = sum(each.kernel.shape.num_elements() for each in lowbit.gridded(model))
    assert [each.sparsity for each in rounds] == pytest.approx([1 - kept / total for kept in weights], abs=1e-6)


def test_the_last_round_within_the_budget_is_taken(
    models: Models, digits: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = iter([0.99, 0.5])
    fitted = annealing.fit
    monkeypatch.setattr(annealing, "fit", lambda *given, **named: [fitted(*given, **named), next(reached)])
    monkeypatch.setattr(searching, "predicting", SimpleNamespace(accuracy=lambda *_: 1.0))  # before any round
    model, rounds = searched(models, digits, recipe(accuracy_budget=10.0, rounds=9))
    assert [each.within_budget for each in rounds] == [True, False]
    assert [each.change_points for each in rounds] == pytest.approx([-1, -50])
    assert nonzero(model) == rounds[0].weights


def test_where_nothing_is_found_the_first_network_goes_on(
    models: Models, digits: Split, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(searching, "predicting", SimpleNamespace(accuracy=lambda *_: 2.0))  # before any round
    model, rounds = searched(models, digits, recipe(accuracy_budget=1.0))
    assert [each.within_budget for each in rounds] == [False]
    assert nonzero(model) == rounds[0].weights
    assert "search.it.accuracy_budget = 1.0: not found" in caplog.text
    assert "a larger shares.first_kept or a smaller entropy_penalty.per_byte" in caplog.text


def test_prices_rise_from_round_to_round(models: Models, digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    prices: list[tuple[float, float]] = []

    class Watched(entropy.Penalty):
        def __init__(self, model: Any, per_byte: float, ramp: float, steps: int, before: float) -> None:
            super().__init__(model, per_byte, ramp, steps, before)
            assert (ramp, steps) == (0.3, 3 * -(-len(digits.labels) // 20))
            prices.append((before, per_byte))

    monkeypatch.setattr(entropy, "Penalty", Watched)
    monkeypatch.setattr(annealing, "fit", lambda *_, **__: [1.0])
    searched(models, digits, recipe(rounds=3))
    assert prices == [(0, 2e-4), pytest.approx((2e-4, 8e-4)), pytest.approx((8e-4, 3.2e-3))]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shares": SHARES}, "has entropy_penalty or shares, one of them; the other is null"),
        ({"entropy_penalty": None}, "has entropy_penalty or shares, one of them; the other is null"),
        ({"grid": GRID | {"learned": False}}, "entropy_penalty is for grids whose step is learned: true"),
        ({"layers": {"conv": GRID | {"learned": False}}}, "entropy_penalty is for grids whose step is learned: true"),
        ({"entropy_penalty": PRICES | {"dearer": 1.0}}, "greater than 1"),
    ],
)
def test_what_a_recipe_cannot_ask_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recipe(**changes)
