"""Weights of few bits: on their grid in the file, the same in training and on the device, and prunable."""

from typing import Any

import numpy as np
import pytest

from fewbytes.compression import lowbit, pruning
from fewbytes.data.dataset import Split
from fewbytes.model_files import slim, weights
from fewbytes.networks import folding, tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Grid
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models

layers = keras.layers


@pytest.fixture(scope="module")
def normed() -> Any:
    """A network with batch norms that are far from doing nothing."""
    make_deterministic(3)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 5, strides=3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    chance = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            shape = layer.gamma.shape
            ends = ((-2.0, 2.0), (-1.0, 1.0), (-1.0, 1.0), (0.2, 3.0))
            layer.set_weights([chance.uniform(low, high, shape) for low, high in ends])
    return model


def test_a_folded_batch_norm_computes_the_same(normed: Any, digits: Split) -> None:
    folded = folding.fold(normed)
    assert not [layer for layer in folded.layers if isinstance(layer, layers.BatchNormalization | layers.ReLU)]
    images = digits.inputs
    np.testing.assert_allclose(folded.predict(images), normed.predict(images), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("bits", "most"), [(2, 1), (3, 3), (4, 7), (8, 127)])
def test_the_file_holds_multiples_of_one_step_a_layer(models: Models, bits: int, most: int) -> None:
    aware = lowbit.aware(models.baseline, Grid(bits=bits, step=2.5 / most, learned=False))
    found = weights.read(tflite.to_full_integer(aware), "it")
    for layer, gridded in zip(found, lowbit.gridded(aware), strict=True):
        assert np.abs(layer.kernel).max() <= most
        assert layer.scales.shape == (1,)
        values = gridded.kernel.numpy()
        step = 2.5 / most * np.sqrt(np.mean(values**2))
        assert layer.scales[0] == pytest.approx(step, rel=1e-4)
        # .tflite has outputs first, Keras last
        expected = np.clip(np.round(np.moveaxis(values, -1, 0) / step), -most, most)
        assert np.abs(layer.kernel - expected).max() <= (1 if bits == 8 else 0)  # of 127 steps some are ties


def test_training_and_device_agree(models: Models, digits: Split) -> None:
    aware = lowbit.aware(models.baseline, Grid(bits=4, step=0.4, learned=False))
    aware.compile(keras.optimizers.Adam(0.002), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    aware.fit(digits.inputs, digits.labels, epochs=4, verbose=0)
    simulated = aware.predict(digits.inputs, verbose=0).argmax(axis=1)
    device = Classifier(tflite.to_full_integer(aware), "it", SPEC).scores(digits.inputs).argmax(axis=1)
    assert np.mean(simulated == device) > 0.98


def test_weights_that_a_mask_leaves_out_are_zero_and_set_no_step(models: Models) -> None:
    aware = lowbit.aware(models.baseline, Grid(bits=4, step=0.4, learned=False))
    dense_kernel = lowbit.gridded(aware)[1]
    kernel, mask = dense_kernel.kernel, dense_kernel.state.mask
    kept = np.zeros(kernel.shape, np.float32)
    kept[::10] = 1
    mask.assign(kept)
    dense = weights.read(tflite.to_full_integer(aware), "it")[1]
    assert not dense.kernel[:, np.arange(kernel.shape[0]) % 10 != 0].any()
    step = 0.4 * np.sqrt(np.mean(kernel.numpy()[::10] ** 2))
    assert dense.scales[0] == pytest.approx(step, rel=1e-4)


def test_the_pruner_ends_with_the_weights_asked_for_and_takes_what_costs_least(models: Models, digits: Split) -> None:
    make_deterministic(1)
    aware = lowbit.aware(models.baseline, Grid(bits=8, step=0.02, learned=False))
    images = digits.inputs
    aware.compile(keras.optimizers.Adam(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    steps = 4 * -(-len(images) // 20)
    pruner = pruning.Pruner(aware, digits.inputs, 2000, steps, frequency=2)
    aware.fit(images, digits.labels, epochs=4, batch_size=20, callbacks=[pruner], verbose=0)
    assert pruning.count(aware) == 2000
    after = aware.evaluate(images, digits.labels, verbose=0)
    at_random = lowbit.aware(models.baseline, Grid(bits=8, step=0.02, learned=False))
    at_random.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    chance = np.random.default_rng(1)
    total = pruning.count(at_random)
    for each in lowbit.gridded(at_random):
        each.state.mask.assign((chance.random(each.kernel.shape) < 2000 / total).astype(np.float32))
    assert after < 0.25 * at_random.evaluate(images, digits.labels, verbose=0)


def test_border_pixels_that_never_vary_lose_their_weights_first(digits: Split) -> None:
    make_deterministic(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    images = digits.inputs.copy()
    images[:, :4] = 0
    aware = lowbit.aware(model, Grid(bits=8, step=0.02, learned=False))
    aware.compile(keras.optimizers.Adam(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    pruner = pruning.Pruner(aware, images, 5000, 2, frequency=1)
    aware.fit(images, digits.labels, batch_size=-(-len(images) // 2), callbacks=[pruner], verbose=0)
    assert not lowbit.gridded(aware)[0].state.mask.numpy()[: 4 * 28].any()


def test_a_slim_file_computes_the_same_in_fewer_bytes(models: Models, digits: Split) -> None:
    lean = slim.slim(models.aware)
    assert len(lean) < len(models.aware) - 500
    scores = [Classifier(model, "it", SPEC).scores(digits.inputs) for model in (models.aware, lean)]
    assert (scores[0] == scores[1]).all()
    assert slim.slim(lean) == lean


def test_layers_with_outputs_of_their_own_range_are_int8_too(digits: Split) -> None:
    make_deterministic(1)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 2, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.MaxPooling2D(2, strides=1, padding="same"),
            layers.Conv2D(8, 2, strides=2, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )
    aware = lowbit.aware(model, Grid(bits=4, step=0.4, learned=False))
    aware.compile(keras.optimizers.Adam(0.001), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    aware.fit(digits.inputs, digits.labels, verbose=0)
    found = weights.read(tflite.to_full_integer(aware), "it")
    assert [layer.kernel.dtype for layer in found] == [np.int8] * 3


def test_a_network_that_begins_flat_is_int8_throughout(digits: Split) -> None:
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dense(10)]
    )
    aware = lowbit.aware(model, Grid(bits=4, step=0.3, learned=False))
    aware.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    aware.fit(digits.inputs, digits.labels, verbose=0)
    read = weights.read(tflite.to_full_integer(aware), "it")
    assert [layer.kernel.dtype for layer in read] == [np.int8, np.int8]
    assert np.abs(read[0].kernel).max() <= 7


def test_a_learned_step_begins_where_it_is_told_and_moves(models: Models, digits: Split) -> None:
    make_deterministic(1)
    grid = Grid(bits=3, step=0.9, learned=True)
    aware = lowbit.aware(models.baseline, Grid(bits=8, step=0.03, learned=False), {"dense": grid})
    kernel = lowbit.gridded(aware)[1].kernel
    before = weights.read(tflite.to_full_integer(aware), "it")
    assert before[1].scales[0] == pytest.approx(0.9 * np.sqrt(np.mean(kernel.numpy() ** 2)), rel=1e-4)
    aware.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    first = aware.evaluate(digits.inputs, digits.labels, verbose=0)
    aware.fit(digits.inputs, digits.labels, epochs=4, batch_size=20, verbose=0)
    assert aware.evaluate(digits.inputs, digits.labels, verbose=0) < 0.5 * first
    after = weights.read(tflite.to_full_integer(aware), "it")
    assert np.abs(after[1].kernel).max() <= 3 < np.abs(after[0].kernel).max()
    assert abs(after[1].scales[0] / before[1].scales[0] - 1) > 0.02
