"""Filters and units pruned as a whole: the smaller network keeps those that count, and nothing gets mixed up."""

import numpy as np
import pytest

from fewbytes.blocks import Conv, Dense, Depthwise, MaxPool
from fewbytes.compression import narrowing, small
from fewbytes.data.dataset import Split
from fewbytes.frontier_params import Point
from fewbytes.networks import points
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Grid
from tests.conftest import SPEC

layers = keras.layers
POINT = Point(
    blocks=[
        Conv(conv=6, kernel_size=5, strides=2, kept=4),
        Depthwise(depthwise=3, strides=1),
        MaxPool(max_pool=2),
        Conv(conv=8, kernel_size=3, strides=1, kept=5),
        Dense(dense=12, kept=7),
        Dense(dense=6),
    ],
    grid=Grid(bits=3, step=0.6, learned=False),
    kept=1,
    float_epochs=1,
    grid_epochs=1,
)


def trained(digits: Split) -> keras.Model:
    make_deterministic(4)
    model = small.build(POINT, SPEC, "it")
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(digits.inputs, digits.labels, epochs=2, verbose=0)
    return model


def test_a_narrowed_point_has_the_units_it_keeps() -> None:
    model = small.build(points.narrowed(POINT), SPEC, "it")
    units = [layer.get_weights()[0].shape[-1] for layer in model.layers if isinstance(layer, layers.Dense)]
    assert units == [7, 6, 10]
    assert [layer.filters for layer in model.layers if type(layer) is layers.Conv2D] == [4, 5]


def test_units_that_do_nothing_go_and_the_others_compute_the_same(digits: Split) -> None:
    model = trained(digits)
    chance = np.random.default_rng(1)
    silent = {0: [1, 4], 7: [0, 3, 6], 11: [2, 3, 5, 9, 11]}  # layers, and units that we let no one listen to
    listeners = {0: 7, 7: 11, 11: 14}
    wide = {0: 6, 7: 8, 11: 12}
    assert [type(model.layers[place]).__name__ for place in (*listeners, 14)] == ["Conv2D", "Conv2D", "Dense", "Dense"]
    for place, units in silent.items():
        loud, *rest = model.layers[place].get_weights()
        loud[..., units] = chance.normal(0, 5, loud[..., units].shape)  # their own weights alone would keep them
        model.layers[place].set_weights([loud, *rest])
    for place, units in silent.items():
        kernel, *rest = model.layers[listeners[place]].get_weights()
        by_unit = kernel.reshape(*kernel.shape[:-2], -1, wide[place], kernel.shape[-1])
        by_unit[..., units, :] = 0
        model.layers[listeners[place]].set_weights([by_unit.reshape(kernel.shape), *rest])
    smaller = small.build(points.narrowed(POINT), SPEC, "it")
    narrowing.narrow(model, smaller)
    images = digits.inputs
    np.testing.assert_allclose(
        smaller.predict(images, verbose=0), model.predict(images, verbose=0), rtol=1e-3, atol=1e-3
    )


def test_units_of_small_norm_go_first(digits: Split) -> None:
    model = trained(digits)
    normed = model.layers[1]
    gamma, *rest = normed.get_weights()
    gamma[0] = 1e-4
    normed.set_weights([gamma, *rest])
    kernel = model.layers[0].get_weights()[0]
    kernel[..., 5] *= 1e-4
    model.layers[0].set_weights([kernel])
    smaller = small.build(points.narrowed(POINT), SPEC, "it")
    narrowing.narrow(model, smaller)
    assert smaller.layers[0].get_weights()[0] == pytest.approx(model.layers[0].get_weights()[0][..., 1:5])
