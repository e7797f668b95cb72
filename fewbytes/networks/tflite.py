"""Converting Keras models into .tflite: float32, dynamic range, and full int8."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import Inputs
from fewbytes.networks.keras import keras, quiet, tf


def to_float(model: keras.Model) -> bytes:
    """Float32 weights and arithmetic."""
    return _convert(_converter(model))


def to_dynamic_range(model: keras.Model) -> bytes:
    """Int8 weights, float32 input, output and biases; activations are quantized while running.

    Small tensors (under 1,024 elements) stay float32.
    """
    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return _convert(converter)


def to_full_integer(model: keras.Model, calibration: Inputs | None = None, *, by_channel: bool = True) -> bytes:
    """Int8 weights, activations, input and output; int32 biases. The batch is fixed to 1, as microcontrollers need.

    calibration: (n, *input_shape) float32, to find the ranges of activations; not needed after quantization-aware
    training, whose model carries them. by_channel: each channel's weights get a scale of their own.
    """
    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if calibration is not None:
        converter.representative_dataset = lambda: _samples(calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    if not by_channel:
        converter._experimental_disable_per_channel = True
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return _convert(converter)


def _converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    # A dynamic batch would add SHAPE, STRIDED_SLICE and PACK operators, which a microcontroller has to carry.
    signature = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")
    function = tf.function(model).get_concrete_function(signature)
    return tf.lite.TFLiteConverter.from_concrete_functions([function], model)


def _convert(converter: tf.lite.TFLiteConverter) -> bytes:
    with quiet():
        return converter.convert()


def _samples(inputs: Inputs) -> Iterator[list[NDArray[np.float32]]]:
    for example in inputs:
        yield [example[np.newaxis]]
