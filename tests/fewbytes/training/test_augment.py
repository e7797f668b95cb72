"""Images moved, turned, scaled and sheared at random."""

import numpy as np
import pytest

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.frontier_params import Augment
from fewbytes.training import augment
from tests.conftest import SPEC, make_digits
from tests.fewbytes.test_frontier_params import PARAMS

RAW = make_digits(200, seed=1)
STILL = Augment(rotation=0, scale=0, shear=0, shift=0)


def test_no_strength_moves_nothing() -> None:
    assert (augment.warp(RAW.inputs, STILL, 1, SPEC) == RAW.inputs).all()


def test_images_move_no_further_than_told() -> None:
    dots = np.zeros((200, 28, 28), np.uint8)
    dots[:, 14, 14] = 255
    moved = augment.warp(dots, STILL.model_copy(update={"shift": 3}), 1, SPEC)
    rows, columns = np.indices((28, 28))
    mass = moved.sum(axis=(1, 2))
    for places in (rows, columns):
        centres = (moved * places).sum(axis=(1, 2)) / mass - 14
        assert 2.5 < np.abs(centres).max() <= 3.1
        assert centres.min() < -2 < 2 < centres.max()


def test_a_turn_is_about_the_centre() -> None:
    bar = np.zeros((100, 28, 28), np.uint8)
    bar[:, 13:15, 4:24] = 200
    turned = augment.warp(bar, STILL.model_copy(update={"rotation": 45}), 2, SPEC)
    assert (turned[:, 13:15, 13:15] > 120).all()
    heights = (turned.max(axis=2) > 100).sum(axis=1)
    assert heights.max() >= 13  # 20 long, turned by almost 45 degrees
    assert heights.min() <= 4


def test_half_of_the_images_are_mirrored() -> None:
    left = np.zeros((200, 28, 28), np.uint8)
    left[:, 5:20, 3] = 200
    mirrored = augment.warp(left, STILL.model_copy(update={"mirror": True}), 1, SPEC)
    flipped = (mirrored == left[:, :, ::-1]).all(axis=(1, 2))
    assert (flipped | (mirrored == left).all(axis=(1, 2))).all()
    assert 70 < flipped.sum() < 130


def test_a_seed_moves_images_the_same_way_and_another_does_not() -> None:
    strength = frontier_params.load(PARAMS).augment
    one, same, other = (augment.warp(RAW.inputs, strength, seed, SPEC) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize(("shape", "dtype"), [((12, 10, 3), "uint8"), ((10, 14), "float32"), ((6, 7, 1), "float32")])
def test_images_of_any_shape_and_type_move(shape: tuple[int, ...], dtype: str) -> None:
    spec = SPEC.model_copy(update={"shape": list(shape), "dtype": dtype, "low": -1.0 if dtype == "float32" else 0.0})
    images = np.random.default_rng(1).integers(0, 200, (5, *shape)).astype(dtype)
    assert (augment.warp(images, STILL, 1, spec) == images).all()
    moved = augment.warp(images, STILL.model_copy(update={"shift": 2}), 1, spec)
    assert (moved.shape, moved.dtype) == (images.shape, images.dtype)
    assert (moved != images).any()
    if dtype == "float32":
        assert moved.min() == -1  # what comes in from beyond the edge is the lowest value of the data


def test_what_is_no_image_does_not_move() -> None:
    spec = SPEC.model_copy(update={"shape": [20, 3], "kind": "series", "dtype": "float32"})
    examples = np.random.default_rng(1).normal(size=(4, 20, 3)).astype(np.float32)
    assert augment.warp(examples, STILL, 1, spec) is examples
    with pytest.raises(InputError, match=r"^frontier/params\.yaml: augment: moves images; for data that are series"):
        augment.warp(examples, STILL.model_copy(update={"shift": 1}), 1, spec)
