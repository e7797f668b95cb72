"""Networks of blocks over images, series and tables: built, folded, counted, converted, and turned into C."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fewbytes import frontier_params, params
from fewbytes.command import InputError
from fewbytes.data.spec import Spec
from fewbytes.frontier_params import Point
from fewbytes.network_params import BlocksNetwork, RecurrentNetwork
from fewbytes.networks import folding, networks, points, stack, tflite
from fewbytes.networks.keras import keras
from tests.conftest import ROOT, SPEC
from tests.tflite_to_c.models import FEW, assert_same, runs_c

layers = keras.layers
GRID = {"bits": 3, "step": 0.6, "learned": False}


def spec_of(*shape: int, kind: str, classes: int = 3) -> Spec:
    content = {"shape": list(shape), "kind": kind, "dtype": "float32", "low": -1.0, "high": 1.0, "offset": [0.0]}
    return Spec.model_validate(content | {"divisor": [1.0], "classes": [str(name) for name in range(classes)]})


def point_of(blocks: Sequence[Any]) -> Point:
    content = {"blocks": list(blocks), "grid": GRID, "kept": 1, "float_epochs": 1, "grid_epochs": 1}
    return params.check(content, Point, "it")


IMAGE, SERIES, TABLE = (
    spec_of(8, 6, 2, kind="image"),
    spec_of(12, 3, kind="series"),
    spec_of(5, kind="table"),
)
CONV = {"conv": 4, "kernel_size": 3, "strides": 1}
SAME = {"padding": "same"}


@pytest.mark.parametrize(
    ("spec", "blocks", "kinds"),
    [
        (IMAGE, [{"separable": 4, "kernel_size": 3, "strides": 2}], ["DepthwiseConv2D", "Conv2D", "Flatten", "Dense"]),
        (IMAGE, [{"average_pool": 2}, {"dropout": 0.2}], ["AveragePooling2D", "Dropout", "Flatten", "Dense"]),
        (SERIES, [CONV, {"average": True}], ["Reshape", "Conv2D", "GlobalAveragePooling2D", "Dense"]),
        (SERIES, [{"dense": 4}], ["Flatten", "Dense", "Dense"]),
        (SERIES, [{"lstm": 4}, {"lstm": 2}], ["LSTM", "LSTM", "Dense"]),
        (
            SERIES,
            [CONV, {"max_pool": 2}, {"lstm": 4}],
            ["Reshape", "Conv2D", "MaxPooling2D", "Reshape", "LSTM", "Dense"],
        ),
        (IMAGE, [{"lstm": 4}, {"dense": 3}], ["Reshape", "LSTM", "Dense", "Dense"]),
        (TABLE, [{"dense": 4}, {"dropout": 0.5}], ["Dense", "Dropout", "Dense"]),
        (
            IMAGE,
            [{"residual": [{"conv": 2, "kernel_size": 3, "strides": 1} | SAME]}],
            ["Conv2D", "Add", "Flatten", "Dense"],
        ),
    ],
)
def test_blocks_become_layers(spec: Spec, blocks: list[dict[str, Any]], kinds: list[str]) -> None:
    model = stack.build(point_of(blocks).blocks, spec, "it")
    found = [type(layer).__name__ for layer in model.layers]
    assert [kind for kind in found if kind not in ("InputLayer", "BatchNormalization", "ReLU")] == kinds
    assert model.input_shape == (None, *spec.input_shape)
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize(
    ("spec", "blocks", "message"),
    [
        (IMAGE, [{"conv": 4, "kernel_size": 7, "strides": 1}], "it.blocks.0: conv of size 7 finds 8x6, smaller than"),
        (IMAGE, [CONV, {"max_pool": 9}], "it.blocks.1: max_pool of size 9 finds 6x4"),
        (SERIES, [{"depthwise": 13, "strides": 1}], "it.blocks.0: depthwise of size 13 finds 12 steps"),
        (TABLE, [{"dense": 3}, {"dropout": 0.1}, CONV], "block 3 of 3 wants an image or a series, and finds what is"),
        (TABLE, [CONV], "it.blocks.0: conv is for images and series; the data are a table of 5 features"),
        (TABLE, [{"lstm": 3}], "it.blocks.0: lstm is for images and series; the data are a table of 5 features"),
        (IMAGE, [{"residual": [CONV]}], "it.blocks.0: residual is given (8, 6, 2) and its blocks make (6, 4, 4)"),
        (IMAGE, [{"residual": [{"max_pool": 10}]}], "it.blocks.0.residual.0: max_pool of size 10 finds 8x6"),
        (IMAGE, [{"residual": [{"average": True}]}], "block 1 of 1 cannot hold average, which does not keep the shape"),
        (IMAGE, [{"lstm": 3}, CONV], "block 2 of 2 wants an image or a series, and finds what is flat"),
        (IMAGE, [CONV | {"kept": 2}, {"lstm": 3}], "block 1 of 2 says kept, which is for networks without residual"),
        (IMAGE, [{"residual": []}], "blocks.0.residual = []: list should have at least 1 item"),
        (IMAGE, [{"residual": [{"cnv": 1}]}], "blocks.0.residual.0 = a section: a block is one of conv, depthwise"),
        (IMAGE, [CONV | {"padding": "full"}], "blocks.0.padding = 'full': input should be 'same' or 'valid'"),
    ],
)
def test_what_does_not_fit_is_one_line_that_names_the_block(
    spec: Spec, blocks: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        stack.build(point_of(blocks).blocks, spec, "it")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_recurrent_networks_take_rows_as_steps() -> None:
    model = networks.build(RecurrentNetwork(family="recurrent", units=5, layers=2), SPEC)
    assert [type(layer).__name__ for layer in model.layers] == ["Reshape", "LSTM", "LSTM", "Dense"]
    assert model.layers[0].output_shape == (None, 28, 28)
    assert model.layers[1].output_shape == (None, 28, 5)
    assert model.layers[2].output_shape == (None, 5)


def test_a_series_as_a_row_computes_as_layers_over_steps_do() -> None:
    blocks = [{"conv": 4, "kernel_size": 3, "strides": 2} | SAME, {"max_pool": 2}, {"depthwise": 2, "strides": 1}]
    model = stack.build(point_of(blocks).blocks, SERIES, "it")
    chain = [layers.Conv1D(4, 3, strides=2, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    chain += [layers.MaxPooling1D(2), layers.DepthwiseConv1D(2, use_bias=False), layers.BatchNormalization()]
    other = keras.Sequential([keras.Input((12, 3)), *chain, layers.ReLU(), layers.Flatten(), layers.Dense(3)])
    shapes = [weights.shape for weights in other.get_weights()]
    other.set_weights([w.reshape(shape) for w, shape in zip(model.get_weights(), shapes, strict=True)])
    inputs = np.random.default_rng(1).normal(size=(4, 12, 3)).astype(np.float32)
    np.testing.assert_allclose(model(inputs), other(inputs), rtol=1e-5, atol=1e-5)


def test_the_pipeline_and_the_frontier_build_the_same_network() -> None:
    blocks = [CONV, {"max_pool": 2}, {"dense": 6}]
    ours = networks.build(params.check({"family": "blocks", "blocks": blocks}, BlocksNetwork, "it"), SPEC)
    theirs = stack.build(point_of(blocks).blocks, SPEC, "it")
    described = [[(type(layer).__name__, layer.output_shape) for layer in model.layers] for model in (ours, theirs)]
    assert described[0] == described[1]


STRIDES = st.integers(1, 2)
PADDING = st.sampled_from(["same", "valid"])
WINDOW = {"kernel_size": st.integers(1, 3), "strides": STRIDES, "padding": PADDING}
PLAIN = st.one_of(
    st.fixed_dictionaries({"conv": st.integers(1, 4), **WINDOW}),
    st.fixed_dictionaries({"separable": st.integers(1, 4), **WINDOW}),
    st.fixed_dictionaries({"depthwise": st.integers(1, 3), "strides": STRIDES, "padding": PADDING}),
    st.fixed_dictionaries({"max_pool": st.integers(1, 3), "strides": STRIDES, "padding": PADDING}),
    st.fixed_dictionaries({"average_pool": st.integers(1, 3), "strides": STRIDES, "padding": PADDING}),
    st.fixed_dictionaries({"dropout": st.just(0.25)}),
)
KEEPING = st.one_of(
    st.fixed_dictionaries({"depthwise": st.just(3), "strides": st.just(1), "padding": st.just("same")}),
    st.fixed_dictionaries({"max_pool": st.just(3), "strides": st.just(1), "padding": st.just("same")}),
)
RESIDUAL = st.fixed_dictionaries({"residual": st.lists(KEEPING, min_size=1, max_size=2)})
FLATTENING = st.one_of(
    st.just({"average": True}),
    st.fixed_dictionaries({"dense": st.integers(1, 5)}),
    st.fixed_dictionaries({"lstm": st.integers(1, 4)}),
)
SPECS = st.one_of(
    st.builds(spec_of, *[st.integers(3, 9)] * 2, st.integers(1, 3), kind=st.just("image"), classes=st.integers(2, 5)),
    st.builds(spec_of, *[st.integers(3, 9)] * 2, kind=st.just("image"), classes=st.integers(2, 5)),
    st.builds(spec_of, st.integers(3, 20), st.integers(1, 4), kind=st.just("series"), classes=st.integers(2, 5)),
)


@runs_c
@settings(max_examples=15, deadline=None, derandomize=True)
@given(SPECS, st.lists(st.one_of(PLAIN, RESIDUAL), max_size=3), st.lists(FLATTENING, max_size=2))
@pytest.mark.slow
def test_any_network_of_blocks_is_built_counted_converted_and_its_c_gives_what_tflm_gives(
    spec: Spec, blocks: list[dict[str, Any]], flat: list[dict[str, Any]]
) -> None:
    assume(blocks or flat)
    said: list[dict[str, Any]] = [*blocks, *flat]
    try:
        point = point_of(said)
        model = stack.build(point.blocks, spec, "it")
    except InputError:
        with pytest.raises(InputError, match=r"^it.*[^\n]$"):
            stack.build(point_of(said).blocks, spec, "it")
        return
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_mean.assign(layer.moving_mean + 0.3)
            layer.gamma.assign(layer.gamma * 1.7)
            layer.beta.assign(layer.beta + 1.0)  # no unit is zero for every input: its range would be nothing
    folded = folding.fold(model)
    assert not any(isinstance(layer, layers.BatchNormalization) for layer in folded.layers)
    assert points.parameters(point, spec) == folded.count_params()
    inputs = np.random.default_rng(1).normal(size=(20, *spec.input_shape)).astype(np.float32)
    np.testing.assert_allclose(folded(inputs), model(inputs), rtol=1e-3, atol=1e-3)
    assert_same(tflite.to_full_integer(folded, inputs), 20, FEW)


def test_the_points_of_the_frontier_are_counted_as_keras_does() -> None:
    known = frontier_params.load(ROOT / "frontier/params.yaml").points
    assert known
    for name, point in known.items():
        model = stack.build(point.blocks, SPEC, name)
        assert points.parameters(point, SPEC) == folding.fold(model).count_params()
