"""Copies of Keras models, made layer by layer: of chains, and of graphs with branches."""

from collections.abc import Callable
from typing import Any

from fewbytes.networks.keras import keras, tf

layers = keras.layers
Make = Callable[[keras.layers.Layer, list[tf.Tensor]], tf.Tensor]


def computing(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers, each after those that it takes from, without the one that stands for the input."""
    return [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]


def given(layer: keras.layers.Layer) -> list[tf.Tensor]:
    """What a layer takes."""
    return list(layer.inbound_nodes[0].keras_inputs)


def takers(model: keras.Model, layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers that take what `layer` gives."""
    return [other for other in computing(model) if any(tensor is layer.output for tensor in given(other))]


def copied(layer: keras.layers.Layer, **changes: Any) -> keras.layers.Layer:
    """A layer of the same settings but for `changes`; it has no weights yet."""
    return type(layer).from_config(layer.get_config() | changes)


def rebuilt(model: keras.Model, make: Make) -> keras.Model:
    """What becomes of `model` when `make`, given a layer and what the copy feeds it, says what stands in its place."""
    (source,) = model.inputs
    start = keras.Input(source.shape[1:])
    made = {id(source): start}
    for layer in computing(model):
        made[id(layer.output)] = make(layer, [made[id(tensor)] for tensor in given(layer)])
    return keras.Model(start, made[id(model.outputs[0])])
