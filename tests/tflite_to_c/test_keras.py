"""Networks as Keras and TensorFlow's converter make them: recurrent ones, streamed where they can be, and encoders."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fewbytes.networks.keras import keras, quiet, tf
from tests.tflite_to_c.models import assert_same, runs_c
from tflite_to_c import reader, simplify, streaming

pytestmark = runs_c
STEPS, FEATURES = 7, 5
L = keras.layers


def converted(layers: list[Any], spread: float, shape: tuple[int, ...] = (STEPS, FEATURES)) -> bytes:
    """In full int8, with a batch of 1; spread: of what it is calibrated with; shape: of an input."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([L.Input(shape), *layers])
    function = tf.function(model).get_concrete_function(tf.TensorSpec((1, *shape), tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    samples = np.random.default_rng(1).normal(0, spread, (20, 1, *shape)).astype(np.float32)
    converter.representative_dataset = lambda: ([sample] for sample in samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with quiet():
        return bytes(converter.convert())


@pytest.mark.parametrize(
    ("layers", "spread", "streams"),
    [
        (lambda: [L.LSTM(6), L.Dense(3, activation="softmax")], 1, True),
        (lambda: [L.LSTM(6), L.Dense(3, activation="tanh")], 100, True),
        (lambda: [L.LSTM(6, return_sequences=True), L.Dropout(0.5), L.LSTM(4), L.Dense(3)], 0.05, True),
        (lambda: [L.LSTM(6, return_sequences=True), L.Dense(4, activation="relu"), L.LSTM(4), L.Dense(3)], 1, False),
        (lambda: [L.Bidirectional(L.LSTM(4)), L.Dense(3, activation="sigmoid")], 1, False),
    ],
    ids=["one", "saturated", "stacked", "dense between", "both directions"],
)
@pytest.mark.slow
def test_what_the_converter_makes_gives_what_tflm_gives(
    layers: Callable[[], list[Any]], spread: float, streams: bool
) -> None:
    model = converted(layers(), spread)
    assert_same(model, 200)
    assert (streaming.split(simplify.simplify(reader.read(model, "here"))) is not None) == streams


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_small_encoder_and_its_decoder(padding: str) -> None:
    layers = [
        L.Conv2D(6, 3, strides=2, padding=padding, activation="relu"),
        L.Conv2D(4, 3, strides=2, padding=padding, activation="relu"),
        L.Conv2DTranspose(6, 3, strides=2, padding=padding),
        L.ReLU(),
        L.Conv2DTranspose(2, (4, 5), strides=(2, 3), padding=padding, use_bias=False),
    ]
    model = converted(layers, 1, (11, 13, 2))
    assert [step.layer.split()[-1] for step in reader.read(model, "here").steps].count("TRANSPOSE_CONV") == 2
    assert_same(model)
