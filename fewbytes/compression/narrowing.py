"""Pruning whole filters and units: what is left is a smaller network of the same kind.

A unit counts for as much as its weights and those of the next layer that read it: the product of their norms (after
Li et al. 2017, who take the first alone). Training on makes up for what was lost.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.networks.keras import keras

layers = keras.layers


def narrow(model: keras.Model, smaller: keras.Model) -> None:
    """Give `smaller` the weights of the units of `model` that matter most.

    Both are the same chain of layers, each batch norm right after its convolution or dense layer; `smaller` may have
    fewer units in each but the last.
    """
    given = np.arange(model.input_shape[-1])  # the inputs that `smaller` has, of those of `model`
    wide = model.input_shape[-1]
    for place, (layer, target) in enumerate(zip(model.layers, smaller.layers, strict=True)):
        match layer:
            case layers.Conv2D() | layers.Dense():
                kernel, *bias = layer.get_weights()
                units = target.get_weights()[0].shape[-1]
                chosen = np.sort(np.argsort(-_importance(model, place), kind="stable")[:units])
                target.set_weights([kernel[..., given, :][..., chosen], *(values[chosen] for values in bias)])
                given, wide = chosen, kernel.shape[-1]
            case layers.DepthwiseConv2D():
                target.set_weights([layer.get_weights()[0][:, :, given]])
            case layers.BatchNormalization():
                target.set_weights([values[given] for values in layer.get_weights()])
            case layers.Flatten():
                places = int(np.prod(layer.input_shape[1:])) // wide
                given = (np.arange(places)[:, np.newaxis] * wide + given).ravel()
                wide *= places


def _importance(model: keras.Model, place: int) -> NDArray[Any]:
    """Of each unit of the layer there."""
    kernel = model.layers[place].get_weights()[0]
    units = kernel.shape[-1]
    norms = np.sqrt(np.sum(kernel.reshape(-1, units) ** 2, axis=0))
    for layer in model.layers[place + 1 :]:
        match layer:
            case layers.BatchNormalization():
                gamma, _, _, variance = layer.get_weights()
                norms = norms * np.abs(gamma) / np.sqrt(variance + layer.epsilon)
            case layers.DepthwiseConv2D():
                norms = norms * np.sqrt(np.sum(layer.get_weights()[0] ** 2, axis=(0, 1, 3)))
            case layers.Conv2D() | layers.Dense():
                consumer = layer.get_weights()[0]
                by_unit = consumer.reshape(-1, units, consumer.shape[-1])
                return norms * np.sqrt(np.sum(by_unit**2, axis=(0, 2)))
    return norms
