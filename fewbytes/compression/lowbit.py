"""Quantization-aware training with weights of few bits, in .tflite files that every int8 runtime runs.

A weight is a whole multiple of its layer's step, so its int8 value in the file is that multiple: -7…7 for 4 bits. The
step, one number a layer, is a fixed share of the root mean square of its weights, taken anew at every use, or is
learned with them (Esser et al. 2020; here its logarithm, so that Adam changes it by a share of itself).
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.compression import grids
from fewbytes.compression.grids import Gridded, State
from fewbytes.compression.recurrent import GridLstm
from fewbytes.compression.tfmot import tfmot
from fewbytes.model_files import steps
from fewbytes.networks import graphs, tflite
from fewbytes.networks.keras import keras, tf
from fewbytes.params import Grid

quantization = tfmot.quantization.keras
layers = keras.layers
INT8_MOST = 127.0
LOG_STEP = "log_step"
CALIBRATION = 500  # inputs that set the ranges of activations
COMPUTING = (  # without weights, but with outputs of a range of their own
    *(layers.LeakyReLU, layers.ReLU, layers.Activation),
    *(layers.GlobalAveragePooling2D, layers.Add, layers.Concatenate),
)
QuantizeWrapper = quantization.QuantizeWrapperV2


class GridQuantizer(tfmot.quantization.keras.quantizers.Quantizer):
    """Weights to the nearest of `2 * most + 1` multiples of a step, in the form of TensorFlow's int8 weights.

    Weights that its mask leaves out are zero, and none of those the step is taken from.
    """

    def __init__(self, **grid: Any) -> None:
        self._grid = Grid(**grid)

    def build(self, tensor_shape: Any, name: str, layer: keras.layers.Layer) -> dict[str, Any]:
        del name
        variables = grids.variables(layer, tensor_shape)
        if self._grid.learned:
            variables[LOG_STEP] = layer.add_weight(LOG_STEP, (), initializer="zeros")
        return variables

    def __call__(self, inputs: tf.Tensor, training: Any, weights: Any, **kwargs: Any) -> tf.Tensor:
        del training, kwargs
        values, step = self.on_grid(inputs, weights)
        # Of no effect on these values; the converter reads the scale, one step, from its ends.
        ends = tf.stop_gradient(INT8_MOST * step)
        return tf.quantization.fake_quant_with_min_max_vars(values, -ends, ends, num_bits=8, narrow_range=True)

    def on_grid(self, kernel: tf.Tensor, variables: dict[str, Any]) -> tuple[tf.Tensor, tf.Tensor]:
        """Its weights on the grid, and the step."""
        return grids.nearest(kernel, state_of(variables), self._grid, variables.get(LOG_STEP))

    @property
    def most(self) -> int:
        """The largest multiple of the step."""
        return grids.largest(self._grid)

    def get_config(self) -> dict[str, Any]:
        return self._grid.model_dump()


def state_of(variables: dict[str, Any]) -> State:
    """Of those that GridQuantizer built."""
    return State(*(variables[name] for name in State._fields))


class GridWeights(tfmot.quantization.keras.QuantizeConfig):
    """A layer with weights on a grid and int8 activations."""

    def __init__(self, **grid: Any) -> None:
        self._grid = Grid(**grid)
        self._activations = quantization.quantizers.MovingAverageQuantizer(
            num_bits=8, per_axis=False, symmetric=False, narrow_range=False
        )

    def get_weights_and_quantizers(self, layer: keras.layers.Layer) -> list[tuple[Any, Any]]:
        return [(getattr(layer, _kernel_name(layer)), GridQuantizer(**self._grid.model_dump()))]

    def get_activations_and_quantizers(self, layer: keras.layers.Layer) -> list[tuple[Any, Any]]:
        return [(layer.activation, self._activations)]

    def set_quantize_weights(self, layer: keras.layers.Layer, quantize_weights: list[Any]) -> None:
        setattr(layer, _kernel_name(layer), quantize_weights[0])

    def set_quantize_activations(self, layer: keras.layers.Layer, quantize_activations: list[Any]) -> None:
        layer.activation = quantize_activations[0]

    def get_output_quantizers(self, layer: keras.layers.Layer) -> list[Any]:
        del layer
        return []

    def get_config(self) -> dict[str, Any]:
        return self._grid.model_dump()


def aware(model: keras.Model, grid: Grid, of_layers: Mapping[str, Grid] = MappingProxyType({})) -> keras.Model:
    """A copy of `model`, free of batch norm, to train on and convert: weights on `grid`, int8 activations.

    of_layers: the grids of single layers, by name.
    """
    # tfmot makes the image int8 only where the first layer is annotated, be it one without weights.
    first = next(layer for layer in model.layers if not isinstance(layer, layers.InputLayer))

    def annotate(layer: keras.layers.Layer) -> keras.layers.Layer:
        own = of_layers.get(layer.name, grid)
        if isinstance(layer, layers.LSTM):
            return GridLstm(layer.units, layer.return_sequences, **own.model_dump(), name=layer.name)
        copy = graphs.copied(layer)
        if layer.get_weights():
            return quantization.quantize_annotate_layer(copy, GridWeights(**own.model_dump()))
        computes = isinstance(layer, COMPUTING) or layer is first
        return quantization.quantize_annotate_layer(copy) if computes else copy

    with keras.utils.custom_object_scope({"GridWeights": GridWeights, "GridLstm": GridLstm}):
        annotated = keras.models.clone_model(model, clone_function=annotate)
        for layer, copy in zip(model.layers, annotated.layers, strict=True):
            weights = layer.get_weights()
            copy.set_weights([*weights, *copy.get_weights()[len(weights) :]])
        copy = quantization.quantize_apply(annotated)
    for layer in copy.layers:  # the quantizers' own variables were made before the weights were there
        if isinstance(layer, GridLstm):
            layer.begin()
        variables = {variable.name.rpartition("/")[2]: variable for variable in layer.trainable_weights}
        if f"{LOG_STEP}:0" in variables:
            kernel = variables[f"{_kernel_name(layer.layer)}:0"].numpy()
            step = of_layers.get(layer.layer.name, grid).step
            variables[f"{LOG_STEP}:0"].assign(np.log(step * np.sqrt(np.mean(kernel**2))))
    return copy


def convert(aware: keras.Model, model: keras.Model, inputs: NDArray[np.float32]) -> bytes:
    """The .tflite file, int8 throughout, of what `aware` made of `model`.

    inputs: (n, *input_shape) of the training split. Where there are LSTM layers, whose activations nothing simulates,
    some of them set the ranges of all.
    """
    if not any(isinstance(layer, GridLstm) for layer in aware.layers):
        return tflite.to_full_integer(aware)
    chosen = np.linspace(0, len(inputs) - 1, min(CALIBRATION, len(inputs))).astype(int)
    return steps.restore(tflite.to_full_integer(_finished(aware, model), inputs[chosen], by_channel=False))


def _finished(aware: keras.Model, model: keras.Model) -> keras.Model:
    """A copy of `model` with the weights of `aware`, on their grids."""
    copy = keras.models.clone_model(model)
    for layer in aware.layers:
        if isinstance(layer, GridLstm):
            copy.get_layer(layer.name).set_weights(layer.plain_weights())
        elif isinstance(layer, QuantizeWrapper) and layer.layer.get_weights():
            ((kernel, quantizer, variables),) = layer._weight_vars
            gridded = quantizer(kernel, training=False, weights=variables).numpy()
            bias = [layer.layer.bias.numpy()] if layer.layer.use_bias else []
            copy.get_layer(layer.layer.name).set_weights([gridded, *bias])
    return copy


def _kernel_name(layer: keras.layers.Layer) -> str:
    return "depthwise_kernel" if isinstance(layer, layers.DepthwiseConv2D) else "kernel"


def gridded(model: keras.Model) -> list[Gridded]:
    """The kernels of a model that `aware` made, in the order of its layers."""
    return [each for layer in model.layers for each in gridded_of(layer)]


def gridded_of(layer: keras.layers.Layer) -> list[Gridded]:
    """One, of an LSTM two; none of what has no weights on a grid."""
    if isinstance(layer, GridLstm):
        return layer.gridded()
    weights = layer._weight_vars if isinstance(layer, QuantizeWrapper) else ()
    return [
        Gridded(kernel, state_of(variables), partial(quantizer.on_grid, kernel, variables), quantizer.most)
        for kernel, quantizer, variables in weights
    ]
