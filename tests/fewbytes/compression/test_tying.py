"""Convolutions that share their weights: the same after every step, and stored once."""

from typing import Any

import numpy as np
import pytest

from fewbytes import frontier_params, params
from fewbytes.blocks import Average, Block, Conv, MaxPool, Residual
from fewbytes.coding import coded
from fewbytes.command import InputError
from fewbytes.compression import lowbit, small, tying
from fewbytes.data.dataset import Split
from fewbytes.frontier_params import Freeze, Point
from fewbytes.measuring import verdicts
from fewbytes.model_files import weights
from fewbytes.networks import folding, points, stack
from fewbytes.networks.keras import keras
from fewbytes.params import Grid
from tests.conftest import ROOT, SPEC, make_digits, normalised

TIED: list[Block] = [
    Conv(conv=4, kernel_size=3, strides=2),
    Conv(conv=4, kernel_size=3, strides=1),
    MaxPool(max_pool=2),
    Conv(conv=4, kernel_size=3, strides=1, tied=True),
    Average(average=True),
]
CONV = {"conv": 4, "kernel_size": 3, "strides": 1}


def point_of(blocks: list[Block]) -> Point:
    grid = Grid(bits=3, step=0.62, learned=True)
    freeze = Freeze(first=0.2, last=0.8)
    return Point(blocks=blocks, grid=grid, freeze=freeze, kept=1, float_epochs=1, grid_epochs=2)


def test_tied_layers_end_with_the_same_weights_which_are_coded_once(digits: Split) -> None:
    settings = frontier_params.load(ROOT / frontier_params.PATH)
    training = settings.training.model_copy(update={"batch_size": 20})
    settings = settings.model_copy(update={"training": training})
    data = small.Data(SPEC, make_digits(200, seed=1), normalised(make_digits(50, seed=2)), None)
    model, _ = small.fit(point_of(TIED), settings, 1, data, "it")
    first, one, other, last = weights.read(model, "it")
    np.testing.assert_array_equal(one.kernel, other.kernel)
    assert one.kernel.any()
    np.testing.assert_array_equal(one.scales, other.scales)
    together = coded.pack([first, one, other, last])
    apart = coded.pack([first, one, other._replace(kernel=other.kernel[::-1]), last])
    assert len(together) < len(apart) - 20
    for layer, again in zip([first, one, other, last], coded.unpack(together, "it")[0], strict=True):
        np.testing.assert_array_equal(layer.kernel, again.kernel)
        np.testing.assert_array_equal(layer.bias, again.bias)
        np.testing.assert_array_equal(layer.scales, again.scales)
    figures = verdicts.judge(model, "it", digits, SPEC).figures
    assert figures["parameters"] == 9 * 4 + 9 * 4 * 4 + 4 * 10 + 3 * 4 + 10


def test_weights_and_biases_meet_after_every_step(digits: Split) -> None:
    folded = folding.fold(stack.build(TIED, SPEC, "it"))
    for model in (folded, lowbit.aware(folded, Grid(bits=3, step=0.62, learned=True))):
        model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        callback = tying.Tied(model, points.tied(TIED))
        kernels, biases = (
            [each for each in model.trainable_weights if kind in each.name] for kind in ("kernel", "bias")
        )
        before = kernels[1].numpy()
        np.testing.assert_array_equal(kernels[2], before)
        for _ in range(2):
            model.fit(digits.inputs, digits.labels, batch_size=len(digits.labels), callbacks=[callback], verbose=0)
            for variables in (kernels, biases):
                np.testing.assert_array_equal(variables[1], variables[2])
        assert (kernels[1].numpy() != before).any()


def test_tied_layers_are_found_behind_and_within_others() -> None:
    conv = Conv(conv=4, kernel_size=3, strides=1, padding="same")
    again = conv.model_copy(update={"tied": True})
    assert points.tied([conv, conv]) == []
    assert points.tied([conv, conv, again, again, conv, again]) == [[1, 2, 3], [4, 5]]
    assert points.tied([conv, Residual(residual=[conv, again]), conv]) == [[1, 2]]


def test_a_tied_layer_adds_no_parameters() -> None:
    assert points.parameters(point_of(TIED), SPEC) == points.parameters(point_of([*TIED[:3], TIED[4]]), SPEC)


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([Conv(conv=4, kernel_size=3, strides=1, tied=True)], "block 1 of 1 is tied, and no convolution stands before"),
        ([TIED[0], Conv(conv=5, kernel_size=3, strides=1, tied=True)], "tied to a convolution of 4 filters of size 3"),
        ([TIED[0], Conv(conv=4, kernel_size=5, strides=1, tied=True)], "and says 4 of 5"),
        (
            [Conv(conv=4, kernel_size=3, strides=1, kept=2), Conv(conv=4, kernel_size=3, strides=1, tied=True)],
            "kept is for networks without tied convolutions",
        ),
    ],
)
def test_what_cannot_be_tied_is_refused(blocks: list[Block], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        point_of(blocks)


def test_tied_layers_keep_all_weights_and_have_the_same_bits() -> None:
    with pytest.raises(ValueError, match="tied convolutions are for points that keep all weights, kept: 1"):
        Point(**point_of(TIED).model_dump() | {"freeze": None, "kept": 0.5})
    point = point_of(TIED).model_copy(update={"layer_bits": [8, 3, 2, 8]})
    folded = folding.fold(small.build(point, SPEC, "it"))
    with pytest.raises(InputError, match=r"points\.it\.layer_bits: tied layers need the same bits"):
        small.aware(point, folded, "it")


def test_tied_layers_have_as_many_filters_as_channels() -> None:
    said: list[Block] = [TIED[0], Conv(conv=4, kernel_size=3, strides=1, tied=True)]
    with pytest.raises(InputError, match=r"^it\.blocks\.0: tied convolutions need .* 1 channels come in and 4 go out"):
        stack.build(said, SPEC, "it")


@pytest.mark.parametrize(
    ("block", "said"),
    [({"tied": True}, "is tied, which only points .* may be"), ({"kept": 1}, "says kept, which only")],
)
def test_only_points_of_a_frontier_are_tied_or_narrowed(block: dict[str, Any], said: str) -> None:
    recipe = params.load(ROOT / params.PATH).train.baseline.model_dump()
    network = {"family": "blocks", "blocks": [CONV, CONV | block]}
    with pytest.raises(ValueError, match=f"block 2 of 2 {said}"):
        params.Recipe(**recipe | {"network": network})
