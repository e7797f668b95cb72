"""Weights read from a .tflite file are the model's."""

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.model_files import weights
from fewbytes.networks.keras import tf
from tests.conftest import Models


def test_a_model_of_another_type_is_refused(models: Models) -> None:
    converter = tf.lite.TFLiteConverter.from_keras_model(models.baseline)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with pytest.raises(InputError, match=r"here: weights .* are computed, not stored"):
        weights.read(converter.convert(), "here")


def test_weights_read_from_a_file_are_the_models(models: Models) -> None:
    layers = weights.read(models.float_tflite, "model")
    assert [layer.name for layer in layers] == ["conv_1", "dense_2"]
    (conv, conv_bias), (dense, dense_bias) = (
        models.baseline.get_layer(name).get_weights() for name in ("conv", "dense")
    )
    np.testing.assert_array_equal(layers[0].kernel, conv.transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(layers[0].bias, conv_bias)
    np.testing.assert_array_equal(layers[1].kernel, dense.T)
    np.testing.assert_array_equal(layers[1].bias, dense_bias)


def test_int8_weights_times_their_scale_are_the_float_ones(models: Models) -> None:
    dense = weights.read(models.full_integer, "model")[-1].kernel
    kernel = models.pruned.get_layer("dense").get_weights()[0].T
    scale = np.abs(kernel).max(axis=1, keepdims=True) / 127  # per output channel
    assert np.abs(dense * scale - kernel).max() <= scale.max() * 0.51
