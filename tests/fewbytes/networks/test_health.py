"""Trainings that fail: one line that names the step and the parameter, nothing written."""

import logging
from typing import Any

import numpy as np
import pytest

from fewbytes import params
from fewbytes.blocks import Dense
from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.network_params import BlocksNetwork, PooledNetwork, RecurrentNetwork, StridedNetwork
from fewbytes.networks import health, networks
from fewbytes.networks.keras import keras, make_deterministic, tf
from fewbytes.training import annealing, distillation, recipes, training
from tests.conftest import SPEC


def small(settings: params.Params, **changes: object) -> params.Recipe:
    return settings.train.baseline.model_copy(update={"batch_size": 20, "epochs": 2, **changes})


def test_a_loss_that_is_not_finite_names_the_step_and_the_parameter(digits: Split, settings: params.Params) -> None:
    recipe = small(settings, learning_rate=1e30)
    model = networks.build(recipe.network, SPEC)
    line = r"^epoch 1, batch \d+: the loss is (nan|inf), not a finite number; see prune\.learning_rate = 1e\+30$"
    with pytest.raises(InputError, match=line):
        training.fit(model, digits.inputs, digits.labels, recipe, suspects={"prune.learning_rate": 1e30})


def test_a_wild_temperature_is_named(digits: Split, settings: params.Params) -> None:
    wild = settings.distill.model_copy(update={"temperature": 1e-46})  # zero in float32
    logits = np.zeros((len(digits.labels), 10), np.float32)
    with pytest.raises(InputError, match=r"distill\.temperature = 1e-46"):
        recipes.distill(wild, SPEC, digits, None, logits)


def test_the_second_epoch_of_an_annealing_is_named(digits: Split, settings: params.Params) -> None:
    broken = np.full(len(digits.labels), np.nan, np.float32)
    model = networks.build(settings.train.baseline.network, SPEC)
    batches = [(digits.inputs, digits.labels.astype(np.float32)), (digits.inputs, broken)]
    with pytest.raises(InputError, match=r"^epoch 2, batch 1: the loss is nan"):
        annealing.fit(
            model,
            batches,
            small(settings),
            digits,
            suspects={},
            loss=lambda targets, logits: tf.reduce_mean(logits, axis=1) * targets,
        )


def test_weights_that_the_last_step_broke_are_found(digits: Split, settings: params.Params) -> None:
    recipe = small(settings, epochs=1, batch_size=1000, learning_rate=float("inf"))  # one step
    with pytest.raises(InputError, match=r"^epoch 1: weights are not finite; see a = 1"):
        training.fit(networks.build(recipe.network, SPEC), digits.inputs, digits.labels, recipe, suspects={"a": 1})


def test_watching_changes_no_weight(digits: Split, settings: params.Params, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small(settings)

    def weights() -> Any:
        make_deterministic(1)
        model = networks.build(recipe.network, SPEC)
        training.fit(model, digits.inputs, digits.labels, recipe, suspects={}, validation=digits)
        return model.get_weights()

    watched = weights()
    monkeypatch.setattr(health, "Finite", lambda _: keras.callbacks.Callback())
    for one, other in zip(watched, weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("held_out", [True, False])
def test_chance_is_a_warning(
    digits: Split, settings: params.Params, caplog: pytest.LogCaptureFixture, held_out: bool
) -> None:
    blank = Split(np.zeros_like(digits.inputs), digits.labels)
    recipe = small(settings, epochs=1, learning_rate=1e-9)
    model = networks.build(recipe.network, SPEC)
    training.fit(model, blank.inputs, blank.labels, recipe, suspects={"k": 1}, validation=blank if held_out else None)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    what = "validation" if held_out else "training"
    assert f" % of the {what} images are right after training, which is chance" in record.getMessage()
    assert "the commonest class alone has 10.00 %; see k = 1" in record.getMessage()


def test_an_annealing_warns_too_and_a_good_one_does_not(
    digits: Split, settings: params.Params, caplog: pytest.LogCaptureFixture
) -> None:
    loss = distillation.loss(1.0, 1.0, scale_by_temperature_squared=False)
    targets = np.column_stack([digits.labels, np.zeros((len(digits.labels), 10))]).astype(np.float32)
    for rate, warnings in ((1e-9, 1), (0.01, 0)):
        recipe = small(settings, epochs=3, learning_rate=rate)
        model = keras.models.clone_model(networks.build(recipe.network, SPEC))
        model.set_weights([np.zeros_like(w) for w in model.get_weights()] if warnings else model.get_weights())
        caplog.clear()
        annealing.fit(model, [(digits.inputs, targets)] * 3, recipe, digits, suspects={}, loss=loss)
        assert len(caplog.records) == warnings


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
        tf.errors.InternalError(None, None, "Failed to allocate"),
        MemoryError(),
    ],
)
def test_what_lacks_memory_is_a_memory_error(error: Exception) -> None:
    with pytest.raises(MemoryError), health.memory_errors():
        raise error


def test_another_internal_error_stays_one() -> None:
    with pytest.raises(tf.errors.InternalError), health.memory_errors():
        raise tf.errors.InternalError(None, None, "a bug")


@pytest.mark.parametrize(
    "network",
    [
        PooledNetwork(family="pooled", filters=100_000, kernel_size=3, pool_size=2),
        StridedNetwork(
            family="strided", filters=[8000, 8000], kernel_size=2, strides=2, leaky_relu_slope=0.2, pool_size=2
        ),
        BlocksNetwork(family="blocks", blocks=[Dense(dense=100_000)]),
        RecurrentNetwork(family="recurrent", units=100_000, layers=1),
    ],
    ids=lambda network: network.family,
)
def test_a_network_that_is_too_large_is_one_line_and_takes_no_memory(network: Any) -> None:
    with pytest.raises(InputError, match=r"^params\.yaml: a\.network: the network has over 50,000,000 parameters"):
        networks.build(network, SPEC, "a.network")


def test_a_batch_that_memory_cannot_hold_is_one_line(digits: Split, settings: params.Params) -> None:
    recipe = small(settings, batch_size=100_000)
    model = networks.build(recipe.network, SPEC)
    line = r"^params\.yaml: prune\.batch_size, 100000, must be at most 61637 for its network$"
    with pytest.raises(InputError, match=line):
        training.fit(model, digits.inputs, digits.labels, recipe, suspects={"prune.learning_rate": 1})
