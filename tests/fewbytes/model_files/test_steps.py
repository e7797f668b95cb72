"""The multiples of a step that weights are, found again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fewbytes.data.dataset import Split
from fewbytes.model_files import steps, weights
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models

layers = keras.layers


@settings(max_examples=200, deadline=None)
@given(st.integers(1, steps.LARGEST), st.lists(st.integers(-63, 63), min_size=1, max_size=40))
def test_multiples_are_found_as_the_converter_rounds_them(most: int, said: list[int]) -> None:
    wanted = np.clip(np.array([*said, most]), -most, most)
    stored = np.round(wanted * 127 / most).astype(np.int8)
    found, factor = steps.multiples(stored)
    np.testing.assert_allclose(found * factor, stored, atol=steps.NEAR)
    assert np.abs(found).max() <= most


def test_weights_of_many_values_stay() -> None:
    values = np.arange(-127, 128).astype(np.int8)
    found, factor = steps.multiples(values)
    assert factor == 1
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("most", [1, 3, 7])
def test_a_file_computes_the_same_with_its_multiples(digits: Split, most: int) -> None:
    make_deterministic(1)
    model = keras.Sequential(
        [
            *(keras.Input((28, 28, 1)), layers.Conv2D(4, 5, strides=3, activation="relu"), layers.DepthwiseConv2D(3)),
            *(layers.Reshape((6, 24)), layers.LSTM(5), layers.Dense(10)),
        ]
    )
    chance = np.random.default_rng(1)
    for layer in model.layers:
        old = layer.get_weights()
        gridded = [0.05 * chance.integers(-most, most + 1, values.shape) for values in old if values.ndim > 1]
        layer.set_weights([*gridded, *(chance.normal(size=values.shape) * 0.1 for values in old if values.ndim == 1)])
    file = tflite.to_full_integer(model, digits.inputs[:50], by_channel=False)
    restored = steps.restore(file)
    assert all(np.abs(layer.kernel).max() <= most for layer in weights.read(restored, "it"))
    for layer in weights.read(restored, "it"):
        np.testing.assert_allclose(layer.scales, 0.05, rtol=1e-4)
    before, after = (Classifier(model, "it", SPEC).scores(digits.inputs).astype(int) for model in (file, restored))
    assert np.abs(before - after).max() <= 3
    assert steps.restore(restored) == restored


def test_a_float_file_and_one_by_channel_compute_the_same(models: Models, digits: Split) -> None:
    for file in (models.float_tflite, models.full_integer, models.dynamic_range):
        before, after = (Classifier(model, "it", SPEC).scores(digits.inputs) for model in (file, steps.restore(file)))
        np.testing.assert_array_equal(before, after)
