"""The frontier's pieces: moved images, a rate that falls, networks from parameters, points rated by validation."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fewbytes import frontier, frontier_params, params
from fewbytes.coding import coded, packed
from fewbytes.command import InputError
from fewbytes.compression import lowbit
from fewbytes.data.dataset import Split
from fewbytes.files import write_json, write_text
from fewbytes.frontier_params import Augment, Point
from fewbytes.measuring import verdicts
from fewbytes.model_files import weights
from fewbytes.networks import blocks
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Schedule
from fewbytes.training import annealing, augment
from stages import chart, fit, teach, verify
from tests.conftest import ROOT, make_digits
from tests.unit.conftest import Models

PARAMS = ROOT / "frontier" / "params.yaml"
STILL = Augment(rotation=0, scale=0, shear=0, shift=0)


def test_no_strength_moves_nothing(digits: Split) -> None:
    assert (augment.warp(digits.images, STILL, 1) == digits.images).all()


def test_images_move_no_further_than_told() -> None:
    dots = np.zeros((200, 28, 28), np.uint8)
    dots[:, 14, 14] = 255
    moved = augment.warp(dots, STILL.model_copy(update={"shift": 3}), 1)
    rows, columns = np.indices((28, 28))
    mass = moved.sum(axis=(1, 2))
    for places in (rows, columns):
        centres = (moved * places).sum(axis=(1, 2)) / mass - 14
        assert 2.5 < np.abs(centres).max() <= 3.1
        assert centres.min() < -2 < 2 < centres.max()


def test_a_turn_is_about_the_centre() -> None:
    bar = np.zeros((100, 28, 28), np.uint8)
    bar[:, 13:15, 4:24] = 200
    turned = augment.warp(bar, STILL.model_copy(update={"rotation": 45}), 2)
    assert (turned[:, 13:15, 13:15] > 120).all()
    heights = (turned.max(axis=2) > 100).sum(axis=1)
    assert heights.max() >= 13  # 20 long, turned by almost 45 degrees
    assert heights.min() <= 4


def test_a_seed_moves_images_the_same_way_and_another_does_not(digits: Split) -> None:
    strength = frontier_params.load(PARAMS).augment
    one, same, other = (augment.warp(digits.images, strength, seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    rate = annealing.Cosine(0.5, 1000)
    rates = [float(rate(step)) for step in (0, 50, 100, 550, 1000)]
    assert rates == pytest.approx([0, 0.25, 0.5, 0.25, 0], abs=1e-6)


def test_every_point_is_the_network_its_blocks_say(digits: Split) -> None:
    for name, point in frontier_params.load(PARAMS).points.items():
        model = fit.build(point)
        assert model.input_shape == (None, 28, 28, 1), name
        assert model.output_shape == (None, 10), name
        assert model(digits.images[:2, ..., None].astype(np.float32)).shape == (2, 10)


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
    model = fit.build(point)
    found = [type(layer).__name__ for layer in model.layers]
    assert [kind for kind in found if kind not in ("BatchNormalization", "ReLU")] == kinds
    assert blocks.parameters(point) == lowbit.fold(model).count_params()


def test_a_convolution_of_what_is_flat_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="block 2 of 2 wants an image, and finds what is flat"):
        point_of("[{dense: 6}, {conv: 4, kernel_size: 5, strides: 2}]", tmp_path)


def test_the_lenets_are_caffes_and_parameters_are_counted_as_keras_does() -> None:
    points = frontier_params.load(PARAMS).points
    assert blocks.parameters(points["LeNet-300-100"]) == 266_610
    assert blocks.parameters(points["LeNet-5"]) == 431_080
    for point in points.values():
        folded = lowbit.fold(fit.build(point))
        assert blocks.parameters(point) == folded.count_params()


def test_a_block_cannot_keep_more_than_it_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="block 2 of 2 cannot keep 7 of 6"):
        point_of("[{conv: 4, kernel_size: 5, strides: 2, kept: 4}, {dense: 6, kept: 7}]", tmp_path)


def point_of(said: str, folder: Path) -> Point:
    text = PARAMS.read_text()
    start = text.index("    blocks:")
    end = text.index("    grid:", start)
    path = folder / "params.yaml"
    path.write_text(f"{text[:start]}    blocks: {said}\n{text[end:]}")
    return next(iter(frontier_params.load(path).points.values()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kernel_size: 5", "kernel_size: 30", "points.400B.blocks.0.kernel_size = 30: input should be less than"),
        ("max_pool: 2", "max_pool: 28", ": block 2 of 5 finds an image smaller than itself"),
        (
            "max_pool: 2",
            "maxpool: 2",
            ".blocks.1 = a section: a block is one of conv, depthwise, dense, max_pool",
        ),
        ("bits: 3", "bits: 1", "points.400B.grid.bits = 1: input should be greater than or equal to 2"),
    ],
)
def test_wrong_points_are_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(PARAMS.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        frontier_params.load(path)
    assert message in str(caught.value)
    assert str(caught.value).count(";") == 0


def small() -> frontier_params.Params:
    """The frontier's parameters, for images that a network can learn in a moment."""
    settings = frontier_params.load(PARAMS)
    training = settings.training.model_copy(
        update={"batch_size": 20, "float_learning_rate": 0.02, "prune_frequency": 2}
    )
    return settings.model_copy(update={"training": training, "augment": STILL})


def short(point: Point, **changes: Any) -> Point:
    return point.model_copy(update={"float_epochs": 6, "grid_epochs": 3, **changes})


def test_teaching_and_fitting_learn(digits: Split) -> None:
    settings = small()
    make_deterministic(1)
    recipe = settings.teacher.model_copy(update={"filters": [8], "epochs": 4, "batch_size": 20, "copies": 2})
    model, accuracy = teach.teach(recipe, STILL, 1, digits, digits)
    logits = teach.logits(model, recipe, STILL, digits.images)
    assert accuracy > 0.9
    assert logits.shape == (2, len(digits.images), 10)
    assert np.mean(logits[0].argmax(axis=1) == digits.labels) == pytest.approx(accuracy, abs=0.01)

    data = fit.Data(digits, make_digits(100, seed=5), logits)
    point = short(settings.points["400B"])
    small_model, figures = fit.fit(point, settings, 1, data)
    assert min(figures.values()) > 0.8
    assert verdicts.accuracy(small_model, "it", data.validation) == pytest.approx(
        figures["grid_val_accuracy"], abs=0.03
    )
    again, _ = fit.fit(point, settings, 1, data)
    assert again == small_model


def test_a_point_keeps_the_share_of_its_weights_that_it_is_told(digits: Split, tmp_path: Path) -> None:
    logits = np.zeros((1, len(digits.images), 10), np.float16)
    logits[0, np.arange(len(digits.images)), digits.labels] = 8
    point = short(point_of("[{dense: 40, kept: 20}]", tmp_path), kept=0.1, grid_epochs=6)
    model, figures = fit.fit(point, small(), 1, fit.Data(digits, digits, logits))
    kernels = [layer.kernel for layer in weights.read(model, "it")]
    total = 784 * 20 + 20 * 10
    assert sum(kernel.size for kernel in kernels) == total
    assert 0.02 * total < sum(np.count_nonzero(kernel) for kernel in kernels) <= 0.1 * total
    assert figures["grid_val_accuracy"] > 0.8


def test_the_seed_is_chosen_on_validation_alone(digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    test = make_digits(100, seed=9)
    known = {(b"a", 200): 0.9, (b"b", 200): 0.95, (b"c", 200): 0.95}
    known |= {(b"a", 100): 0.99, (b"b", 100): 0.5, (b"c", 100): 0.7}
    monkeypatch.setattr(verdicts, "accuracy", lambda model, _, split: known[model, len(split.labels)])
    monkeypatch.setattr(verdicts, "judge", lambda model, *_: {"judged": model.decode(), "accuracy": 0.5})
    figures = verdicts.rate({1: b"a", 2: b"b", 3: b"c"}, "it", digits, test)
    assert (figures["seed"], figures["judged"]) == (2, "b")
    assert (figures["accuracy_lowest"], figures["accuracy_median"], figures["accuracy_highest"]) == (0.5, 0.7, 0.99)
    models = {1: b"a", 2: b"b", 3: b"c"}
    assert verdicts.rate(models, "it", digits, test, known_seed=3)["judged"] == "c"  # as good as the first
    assert verdicts.rate(models, "it", digits, test, known_seed=1)["judged"] == "b"
    assert verdicts.rate(models, "it", digits, test, known_seed=7)["judged"] == "b"


def test_a_verdict_counts_what_a_decoder_needs(models: Models, digits: Split) -> None:
    figures = verdicts.judge(models.aware, "it", digits)
    assert figures["parameters"] == 20_410
    layers = weights.read(models.aware, "it")
    for_activations = 5 * (1 + len(layers))  # of the image and of what each layer gives: scale and zero point
    assert figures["coded_bytes"] == len(coded.pack(layers)) + for_activations
    assert figures["huffman_bytes"] == len(packed.pack(layers)[0]) + for_activations
    assert figures["activation_bytes"] == 784 + 12 * 13 * 13  # the image, and the pooled convolution's output
    assert figures["accuracy"] > 0.5


def test_verifying_tells_what_differs() -> None:
    committed = {"accuracy": 0.99, "tflm_accuracy": 0.99, "coded_bytes": 800, "seed": 1}
    assert verify.differing(committed, committed) == []
    assert verify.differing(committed | {"accuracy": 0.9903}, committed) == []  # kernels of another processor
    assert verify.differing(committed | {"accuracy": 0.98}, committed) == ["accuracy"]
    assert verify.differing(committed | {"tflm_accuracy": 0.9901}, committed) == ["tflm_accuracy"]
    assert verify.differing(committed | {"coded_bytes": 801}, committed) == ["coded_bytes"]
    without = {key: value for key, value in committed.items() if key != "tflm_accuracy"}
    assert verify.differing(without, committed) == []


def figures(accuracy: float, size: int) -> dict[str, Any]:
    return {
        "accuracy": accuracy,
        "accuracy_median": accuracy,
        "accuracy_lowest": accuracy,
        "accuracy_highest": accuracy,
        "seeds": 3,
        "parameters": 2_000,
        "coded_bytes": size,
        "huffman_bytes": 2 * size,
        "activation_bytes": 1_900,
        "model_bytes": 5_000,
        "flash_bytes": 4_000,
        "weight_bytes": 2 * size,
        "ram_bytes": 2_500,
        "instructions": 400_000,
    }


def test_goals_are_met_by_the_smallest_point_that_is_accurate_enough() -> None:
    published = params.load_as(ROOT / chart.PUBLISHED, chart.Published)
    ours = {"good": figures(0.9930, 3_000), "small": figures(0.9893, 790), "smaller": figures(0.9891, 700)}
    table: pd.DataFrame = chart.table_of_goals(ours, published).set_index("accuracy")
    assert table.loc["≥ 98.92 %", "ours"] == "beyond: `small`"
    assert table.loc["≥ 99.28 %", "ours"] == "reached: `good`"
    assert table.loc["≥ 99.55 %", "ours"] == "not reached"
    assert table.loc["≥ 99.15 %", "ours"] == "not reached: `good`"  # 6,000 of weights in C and 1,900 of activations
    assert table.loc["≥ 99.15 %", "B"] == "7,900"
    said = chart.against_teacher(ours, {"accuracy": 0.95, "float32_bytes": 3_107_880, "parameters": 776_970})
    assert "4,440 times as large as `smaller`" in said
    assert "388 times as many parameters" in said


def test_an_unknown_point_is_one_line() -> None:
    with pytest.raises(InputError, match=r"frontier/params\.yaml: points has no 2B; it has 400B, "):
        frontier_params.require_point(frontier_params.load(PARAMS).points, "2B")


def test_ours_stands_among_the_others_that_compressed_the_same_network() -> None:
    published = params.load_as(ROOT / chart.PUBLISHED, chart.Published)
    ours = {"LeNet-5": figures(0.9925, 4_310) | {"uncompressed_parameters": 431_080, "nonzero_weights": 4_000}}
    table = chart.table_of_compressed(ours, published)
    assert set(table["network"]) == {"LeNet-5"}
    assert list(table["ratio"]) == ["39×", "108×", "162×", "400×", "555×", "606×", "1,110×"]
    assert list(table["method"])[3] == "**ours**: 4,000 weights that are not zero, 4,310 B"
    assert list(table["test error"])[3] == "0.75 %"


def test_the_report_tells_points_from_networks_that_others_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = (ROOT / chart.PUBLISHED).read_text()
    write_text(tmp_path / frontier_params.PATH, PARAMS.read_text())
    monkeypatch.chdir(tmp_path)
    write_text(chart.PUBLISHED, published)
    write_json(chart.TEACHER, {"accuracy": 0.96, "float32_bytes": 3_107_880, "parameters": 776_970})
    for name, size in (("1500B", 1_400), ("LeNet-5", 2_800)):
        found = figures(0.992, size) | {"nonzero_weights": 1_000}
        on_chip = {"flash_bytes": 4_000, "weight_bytes": 3_000, "ram_bytes": 2_500, "instructions": 400_000}
        write_json(frontier.metrics_path(name), {key: found[key] for key in found if key not in on_chip})
        write_json(frontier.chip_path(name), on_chip)
    monkeypatch.setattr(sys, "argv", ["chart", "1500B", "LeNet-5"])
    chart.main()
    report = (tmp_path / "frontier" / "report.md").read_text()
    parts = {part.split("\n", 1)[0]: part for part in report.split("\n## ")}
    assert "`1500B`" in parts["The frontier"]
    assert "LeNet-5" not in parts["The frontier"] + parts["Beside the published"]
    assert "LeNet-5" in parts["LeNet"]
    assert "400,000" in parts["Frontier on the chip"]
    assert (tmp_path / "frontier" / "frontier.png").stat().st_size > 10_000


def test_models_are_found_by_point_and_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"1500B-SEED\.tflite: not found; `make frontier` trains them"):
        verdicts.load_models("1500B")
    for seed in (10, 2):
        path = frontier.model_path("1500B", seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(str(seed).encode())
    frontier.model_path("LeNet-5", 1).write_bytes(b"x")
    frontier.model_path("1500B", 2).with_stem("1500B-best").write_bytes(b"x")
    with pytest.raises(InputError, match="not found"):
        verdicts.load_models("LeNet")
    with pytest.raises(InputError, match=r"1500B-2\.tflite: damaged or foreign .* `git restore .*` brings it back"):
        verdicts.load_models("1500B")
    monkeypatch.setattr(verdicts, "read_model", Path.read_bytes)
    assert verdicts.load_models("1500B") == {2: b"2", 10: b"10"}


def test_schedules_need_no_keras_defaults(digits: Split) -> None:
    make_deterministic(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    schedule = Schedule(epochs=3, batch_size=20, learning_rate=0.01)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracies = annealing.fit(model, [(digits.images, digits.labels)] * 3, schedule, digits, suspects={}, loss=loss)
    assert len(accuracies) == 3
    assert accuracies[-1] > 0.9
