"""The frontier's networks: built from their parameters, taught, fitted on few weights of few bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes import frontier_params
from fewbytes.blocks import Conv, MaxPool, Residual
from fewbytes.command import InputError
from fewbytes.compression import small
from fewbytes.data.dataset import Split
from fewbytes.frontier_params import Augment, Point
from fewbytes.model_files import weights
from fewbytes.networks import folding, keras_files, points
from fewbytes.networks.keras import keras
from fewbytes.params import EntropyPenalty
from fewbytes.runtimes import litert
from fewbytes.training import teacher
from tests.conftest import SPEC, make_digits, normalised
from tests.fewbytes.test_frontier_params import PARAMS, point_of

STILL = Augment(rotation=0, scale=0, shear=0, shift=0)
RAW = make_digits(200, seed=1)  # what the fixture `digits` is normalised from


def test_every_point_is_the_network_its_blocks_say(digits: Split) -> None:
    for name, point in frontier_params.load(PARAMS).points.items():
        model = small.build(point, SPEC, "it")
        assert model.input_shape == (None, 28, 28, 1), name
        assert model.output_shape == (None, 10), name
        assert model(digits.inputs[:2]).shape == (2, 10)


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        (
            "[{conv: 4, kernel_size: 5, strides: 2}, {depthwise: 3, strides: 1}, {max_pool: 2}, {average: true}]",
            ["Conv2D", "DepthwiseConv2D", "MaxPooling2D", "GlobalAveragePooling2D", "Dense"],
        ),
        (
            "[{conv: 4, kernel_size: 5, strides: 2}, {dense: 6}, {dense: 5}]",
            ["Conv2D", "Flatten", "Dense", "Dense", "Dense"],
        ),
        ("[{average: true}, {dense: 6}]", ["GlobalAveragePooling2D", "Dense", "Dense"]),
    ],
)
def test_blocks_of_every_kind(tmp_path: Path, said: str, kinds: list[str]) -> None:
    point = point_of(said, tmp_path)
    model = small.build(point, SPEC, "it")
    found = [type(layer).__name__ for layer in model.layers]
    assert [kind for kind in found if kind not in ("BatchNormalization", "ReLU")] == kinds
    assert points.parameters(point, SPEC) == folding.fold(model).count_params()
    colours = SPEC.model_copy(update={"shape": [32, 24, 3], "classes": ["a", "b", "c"]})
    other = small.build(point, colours, "it")
    assert (other.input_shape, other.output_shape) == ((None, 32, 24, 3), (None, 3))
    assert points.parameters(point, colours) == folding.fold(other).count_params()


def test_the_lenets_are_caffes() -> None:
    known = frontier_params.load(PARAMS).points
    for name, parameters in (("LeNet-300-100", 266_610), ("LeNet-5", 431_080)):
        assert folding.fold(small.build(known[name], SPEC, name)).count_params() == parameters


def test_a_block_that_finds_too_little_is_named(tmp_path: Path) -> None:
    point = point_of("[{conv: 4, kernel_size: 5, strides: 2}, {max_pool: 28}]", tmp_path)
    with pytest.raises(InputError, match=r"params\.yaml: points\.it\.blocks\.1: max_pool of size 28 finds 12x12"):
        small.build(point, SPEC, "it")


def easy() -> frontier_params.Params:
    """The frontier's parameters, for images that a network can learn in a moment."""
    settings = frontier_params.load(PARAMS)
    training = settings.training.model_copy(
        update={"batch_size": 20, "float_learning_rate": 0.02, "prune_frequency": 2}
    )
    return settings.model_copy(update={"training": training, "augment": STILL})


def short(point: Point, **changes: Any) -> Point:
    return point.model_copy(update={"float_epochs": 6, "grid_epochs": 3, **changes})


@pytest.mark.parametrize("kind", ["filters", "blocks"])
@pytest.mark.slow
def test_teaching_and_fitting_learn(digits: Split, kind: str, tmp_path: Path) -> None:
    settings = easy()
    network: dict[str, Any] = {"filters": [8]}
    if kind == "blocks":
        blocks = [
            Conv(conv=8, kernel_size=3, strides=1),
            Residual(residual=[Conv(conv=8, kernel_size=3, strides=1, padding="same")]),
            MaxPool(max_pool=4),
        ]
        network = {"filters": None, "blocks": blocks}
    changed = network | {"epochs": 12, "batch_size": 20, "copies": 2}
    recipe = settings.teachers["single"].model_copy(update=changed)
    model, accuracy = teacher.teach(recipe, STILL, 1, RAW, digits, spec=SPEC, name="single")
    logits = teacher.logits(model, recipe, STILL, RAW.inputs, SPEC)
    assert accuracy > 0.9
    assert logits.shape == (2, len(digits.inputs), 10)
    assert np.mean(logits[0].argmax(axis=1) == digits.labels) == pytest.approx(accuracy, abs=0.01)

    data = small.Data(SPEC, RAW, normalised(make_digits(100, seed=5)), logits)
    point = short(point_of("[{conv: 6, kernel_size: 5, strides: 2}, {conv: 8, kernel_size: 3, strides: 2}]", tmp_path))
    small_model, figures = small.fit(point, settings, 1, data, "it")
    assert min(figures.values()) > 0.8
    assert litert.accuracy(small_model, "it", data.validation, SPEC) == pytest.approx(
        figures["grid_val_accuracy"], abs=0.03
    )
    again, _ = small.fit(point, settings, 1, data, "it")
    assert again == small_model


def test_a_teacher_of_several_networks_is_the_mean_of_their_logits(digits: Split, tmp_path: Path) -> None:
    changed = {"filters": [4], "epochs": 1, "batch_size": 20, "copies": 1}
    recipe = easy().teachers["single"].model_copy(update=changed)

    def taught(seed: int, networks: int) -> keras.Model:
        several = recipe.model_copy(update={"networks": networks})
        return teacher.teach(several, STILL, seed, RAW, digits, spec=SPEC, name="single")[0]

    alone = [teacher.logits(taught(seed, 1), recipe, STILL, RAW.inputs, SPEC) for seed in (1, 2, 3)]
    assert not np.array_equal(alone[0], alone[1])
    team = taught(1, 3)
    np.testing.assert_allclose(
        teacher.logits(team, recipe, STILL, RAW.inputs, SPEC), np.mean(alone, axis=0, dtype=np.float32), atol=0.01
    )
    keras_files.save(team, tmp_path / "team.h5")
    assert keras_files.load(tmp_path / "team.h5", SPEC).count_params() == team.count_params()


def test_a_point_keeps_the_share_of_its_weights_that_it_is_told(digits: Split, tmp_path: Path) -> None:
    logits = np.zeros((1, len(digits.inputs), 10), np.float16)
    logits[0, np.arange(len(digits.inputs)), digits.labels] = 8
    point = short(point_of("[{dense: 40, kept: 20}]", tmp_path), freeze=None, kept=0.1, grid_epochs=6)
    model, figures = small.fit(point, easy(), 1, small.Data(SPEC, RAW, digits, logits), "it")
    kernels = [layer.kernel for layer in weights.read(model, "it")]
    total = 784 * 20 + 20 * 10
    assert sum(kernel.size for kernel in kernels) == total
    assert 0.02 * total < sum(np.count_nonzero(kernel) for kernel in kernels) <= 0.1 * total
    assert figures["grid_val_accuracy"] > 0.8


def test_a_point_pays_for_its_bytes(tmp_path: Path, digits: Split) -> None:
    data = small.Data(SPEC, RAW, digits, None)
    point = short(point_of("[{dense: 20}]", tmp_path), freeze=None, grid_epochs=8)
    left = []
    for penalty in (None, EntropyPenalty(per_byte=1e-3, ramp=0.3)):
        model, figures = small.fit(point.model_copy(update={"entropy_penalty": penalty}), easy(), 1, data, "it")
        assert figures["grid_val_accuracy"] > 0.8
        left.append(sum(np.count_nonzero(layer.kernel) for layer in weights.read(model, "it")))
    assert 0 < left[1] < 0.5 * left[0]


def test_each_layer_may_have_bits_of_its_own(tmp_path: Path, digits: Split) -> None:
    said = "[{conv: 4, kernel_size: 5, strides: 4}, {separable: 3, kernel_size: 3, strides: 2}]"
    point = point_of(said, tmp_path).model_copy(
        update={"layer_bits": [2, 8, 3, 4], "float_epochs": 1, "grid_epochs": 1}
    )
    settings = frontier_params.load(PARAMS).model_copy(update={"augment": STILL})
    data = small.Data(SPEC, RAW, digits, None)  # labels teach it
    model, figures = small.fit(point, settings, 1, data, "it")
    most = [int(np.abs(layer.kernel).max()) for layer in weights.read(model, "it")]
    assert [*map(int.__le__, most, (1, 127, 3, 7))] == [True] * 4
    assert most[1] > 7
    assert set(figures) == {"float_val_accuracy", "grid_val_accuracy"}
    wrong = point.model_copy(update={"layer_bits": [2, 8]})
    with pytest.raises(InputError, match=r"points.it.layer_bits: 2 of them; the network has 4 layers with weights$"):
        small.fit(wrong, settings, 1, data, "it")


def test_labels_alone_teach_where_there_is_no_teacher(tmp_path: Path, digits: Split) -> None:
    point = point_of("[{conv: 6, kernel_size: 5, strides: 3}]", tmp_path)
    point = point.model_copy(update={"float_epochs": 12, "grid_epochs": 6})
    settings = frontier_params.load(PARAMS).model_copy(update={"augment": STILL})
    _, figures = small.fit(point, settings, 1, small.Data(SPEC, RAW, digits, None), "it")
    assert figures["grid_val_accuracy"] > 0.9
