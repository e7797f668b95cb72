"""Batch norms go into the layers before them, where these compute nothing else, in chains and in graphs."""

from typing import Any

import numpy as np
import pytest

from fewbytes.networks import folding
from fewbytes.networks.keras import keras, make_deterministic

layers = keras.layers


def shaken(model: Any) -> Any:
    """With batch norms that are far from doing nothing."""
    chance = np.random.default_rng(3)
    for layer in model.layers:
        layer.set_weights([chance.uniform(0.2, 1.5, values.shape) for values in layer.get_weights()])
    return model


def graph(make: Any) -> Any:
    make_deterministic(1)
    start = keras.Input((6, 6, 2))
    return shaken(keras.Model(start, layers.Dense(3)(layers.Flatten()(make(start)))))


def residual(x: Any) -> Any:
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.BatchNormalization(scale=False)(layers.DepthwiseConv2D(3, padding="same", depth_multiplier=1)(x))
    y = layers.BatchNormalization(center=False)(layers.Conv2D(4, 1)(layers.Activation("relu")(y)))
    return layers.ReLU(6.0)(layers.Add()([x, y]))


def multiplied(x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, depth_multiplier=3)(x)))


@pytest.mark.parametrize("make", [residual, multiplied])
def test_a_graph_computes_the_same_without_batch_norms(make: Any) -> None:
    model = graph(make)
    folded = folding.fold(model)
    assert not [layer for layer in folded.layers if isinstance(layer, layers.BatchNormalization)]
    inputs = np.random.default_rng(1).normal(size=(4, 6, 6, 2)).astype(np.float32)
    np.testing.assert_allclose(folded(inputs), model(inputs), rtol=1e-4, atol=1e-3)


def used_twice(x: Any) -> Any:
    x = layers.Conv2D(4, 3)(x)
    return layers.Add()([x, layers.BatchNormalization()(x)])


def first(x: Any) -> Any:
    return layers.Conv2D(4, 3)(layers.BatchNormalization()(x))


def after_an_activation(x: Any) -> Any:
    return layers.BatchNormalization()(layers.Conv2D(4, 3, activation="relu")(x))


def along_rows(x: Any) -> Any:
    return layers.BatchNormalization(axis=1)(layers.Conv2D(4, 3)(x))


@pytest.mark.parametrize("make", [used_twice, first, after_an_activation, along_rows])
def test_a_batch_norm_that_goes_nowhere_stays(make: Any) -> None:
    model = graph(make)
    assert folding.fold(model) is model


def test_a_relu_that_others_do_not_share_alone_goes_along() -> None:
    def both(x: Any) -> Any:
        x = layers.BatchNormalization()(layers.Conv2D(4, 3)(x))
        return layers.Add()([x, layers.ReLU()(x)])

    model = graph(both)
    folded = folding.fold(model)
    assert [type(layer).__name__ for layer in folded.layers[1:]] == ["Conv2D", "ReLU", "Add", "Flatten", "Dense"]
    inputs = np.random.default_rng(1).normal(size=(4, 6, 6, 2)).astype(np.float32)
    np.testing.assert_allclose(folded(inputs), model(inputs), rtol=1e-4, atol=1e-3)
