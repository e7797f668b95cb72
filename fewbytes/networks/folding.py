"""Batch norms folded into the layers before them (Jacob et al. 2018, sec. 3.2), in chains and in graphs."""

from typing import Any

import numpy as np

from fewbytes.networks import graphs
from fewbytes.networks.keras import keras, tf

layers = keras.layers
FOLDING = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)


def fold(model: keras.Model) -> keras.Model:
    """`model` with each batch norm that can be folded in the layer before it, and the ReLU after it its activation.

    A batch norm stays where the layer before it is another kind, has an activation, or has another taker.
    Where nothing is folded, `model` itself.
    """
    norms = {layer: norm for norm in graphs.computing(model) if (layer := _folding(model, norm)) is not None}
    if not norms:
        return model
    gone = [*norms.values()]
    rectified = {layer: relu for layer, norm in norms.items() if (relu := _rectifier(model, norm)) is not None}
    gone += rectified.values()
    copies: dict[keras.layers.Layer, keras.layers.Layer] = {}
    for layer in graphs.computing(model):
        if layer in norms:
            activation = "relu" if layer in rectified else "linear"
            copies[layer] = graphs.copied(layer, use_bias=True, activation=activation)
        elif layer not in gone:
            copies[layer] = graphs.copied(layer)
    if isinstance(model, keras.Sequential):
        folded = keras.Sequential([keras.Input(model.input_shape[1:]), *copies.values()])
    else:
        folded = graphs.rebuilt(model, lambda layer, given: _called(copies.get(layer), given))
    for layer, copy in copies.items():
        copy.set_weights(_folded(layer, norms[layer]) if layer in norms else layer.get_weights())
    return folded


def _called(layer: keras.layers.Layer | None, given: list[tf.Tensor]) -> tf.Tensor:
    one = given[0] if len(given) == 1 else given
    return one if layer is None else layer(one)


def _folding(model: keras.Model, norm: keras.layers.Layer) -> keras.layers.Layer | None:
    """The layer that `norm`, where it is a batch norm, goes into."""
    if not isinstance(norm, layers.BatchNormalization) or list(norm.axis) != [len(norm.input_shape) - 1]:
        return None
    for layer in graphs.computing(model):
        if layer.output is graphs.given(norm)[0]:
            fits = type(layer) in FOLDING and layer.activation is keras.activations.linear
            return layer if fits and len(graphs.takers(model, layer)) == 1 else None
    return None


def _rectifier(model: keras.Model, norm: keras.layers.Layer) -> keras.layers.Layer | None:
    """The ReLU that alone follows `norm`."""
    followers = graphs.takers(model, norm)
    return followers[0] if len(followers) == 1 and _is_relu(followers[0]) else None


def _is_relu(layer: keras.layers.Layer) -> bool:
    if isinstance(layer, layers.ReLU):
        return layer.max_value is None and layer.negative_slope == 0 and layer.threshold == 0
    return isinstance(layer, layers.Activation) and layer.activation is keras.activations.relu


def _folded(layer: keras.layers.Layer, norm: keras.layers.Layer) -> list[Any]:
    """Kernel and bias that compute what both did."""
    kernel, *bias = layer.get_weights()
    gamma = norm.gamma.numpy() if norm.scale else 1.0
    beta = norm.beta.numpy() if norm.center else 0.0
    factor = gamma / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    by_channel = factor.reshape(kernel.shape[2:]) if depthwise else factor
    centred = (bias[0] if bias else 0.0) - norm.moving_mean.numpy()
    return [kernel * by_channel, beta + centred * factor]
