"""A project as after `dvc repro`, for stages to run in: small untrained networks, made-up figures."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from fewbytes import arrays, frontier, frontier_params, params, variants
from fewbytes.data import dataset, digests, idx, mistakes
from fewbytes.data.dataset import Split
from fewbytes.exploring import study, trials
from fewbytes.files import write_bytes, write_csv, write_json
from fewbytes.measuring import chip, targets, verdicts
from fewbytes.networks import keras_files, networks, tflite
from fewbytes.networks.keras import keras, make_deterministic
from tests.conftest import ROOT, SPEC, make_digits, normalised, save_data
from tests.stages.commands import POINT, SETTINGS
from tflite_to_c.generator import generate
from tflite_to_c.options import TINY, Options
from tflite_to_c.source import identifier

INT8 = ("baseline_full_integer", "quantized", "quantized_full_integer", "searched")
SIZES = dict.fromkeys(("parameters", "nonzero_parameters", "model_bytes", "zip_bytes", "parameter_bytes"), 20_000)
HUFFMAN = {
    **dict.fromkeys(("index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes"), 100),
    **{"huffman_bytes": 2_000, "entropy_bound_bytes": 1_900, "huffman_ratio": 40.5},
}
CODED = HUFFMAN | {
    **{"arithmetic_bytes": 1_800, "arithmetic_ratio": 45.4},
    "arithmetic_bytes_by_layer": {"conv_1": 300, "dense_2": 1_500},
}
TFLM = {"runs": "yes", "arena_bytes": 12_345, "accuracy": 0.97, "agree_with_litert_images": 100}
NPU = {
    **{"npu_operators": 3, "cpu_operators": 0, "weight_bytes": 5, "sram_bytes": 6, "cycles": 7},
    "inference_us": 1.5,
}
ENGINES = ("ours", "bakenn")
AGREED = {"images": 5, "unlike_tflm_images": 0}
ENGINE = {"flash_bytes": 5_000, "ram_bytes": 2_000, "instructions": 300_000}
CORE = ENGINE | {"weight_bytes": 4_000, "stack_bytes": 200, "estimated_cycles": 500_000} | AGREED
UNTIMED = {key: value for key, value in CORE.items() if key != "estimated_cycles"}
CHIP = {targets.key(core): CORE for core in targets.SHARES} | {"rv32ec": UNTIMED, "host": AGREED}
MEASURED = {
    **SIZES,
    **{"accuracy": 0.97, "test_images": 100, "sparsity": 0.5, "float32_bytes": 80_000},
    **{"compression_zip": 2.5, "compression_parameter_bytes": 1.5, "accuracy_change_points": -0.5},
    **{"sparsity_by_layer": {"conv_1": 0.5, "dense_2": 0.5}, "tflm": TFLM, "npu": NPU, "coded": CODED},
}
POINTS = (POINT, "LeNet-5")
WRONG = [(3, 3, 5), (13, 3, 5), (28, 8, 2)]  # examples, as make_digits has them
FOUND = trials.Figures(2_000, 1_000, 300_000, 800, "tiny, in place", 0.0)


def make(folder: Path) -> None:
    """Everything that the stages read. `folder` is made."""
    for name in SETTINGS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    train, test = make_digits(200, 1), make_digits(100, 2)
    arrays_ = (train.inputs, train.labels, test.inputs, test.labels)
    raw = dict(zip(idx.NAMES, map(idx.encode, arrays_), strict=True))
    for name, content in raw.items():
        write_bytes(folder / "mine" / name, content)
        write_bytes(folder / "data" / "raw" / name, content)
    _shrink(folder, {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()})
    _make_data(folder, train, test)
    _make_models(folder, test)
    _make_figures(folder, test)
    subprocess.run(["git", "init", "--quiet", folder], check=True)  # tag_essay's


def _shrink(folder: Path, checksums: dict[str, str]) -> None:
    yaml = YAML()
    settings: Any = yaml.load(folder / "params.yaml")
    settings["data"] |= {"path": "mine", "url": "file:///nowhere/mnist.npz", "sha256": checksums}
    settings["prepare"]["calibration_examples"] = 10
    settings["scan"] = {"sparsities": [0.5], "bits": [2]}
    schedule = {"epochs": 1, "batch_size": 60}
    for section in ("prune", "cluster", "quantize"):
        settings[section] |= schedule
    settings["prune"]["frequency"] = 1
    settings["train"]["baseline"] |= schedule
    for recipe in (settings["train"]["teacher"], settings["distill"]["student"]):
        recipe.update(schedule)
        recipe["network"]["filters"] = [4, 8]
    small = {**schedule, "rounds": 1, "accuracy_budget": 100}
    for recipe in settings["search"].values():
        recipe.update(small)
    settings["measure"]["emulated_images"], settings["repeats"] = 2, {"student": 2, "searched": 2}
    settings["gates"] = {"baseline": {"accuracy": {"min": 0.5}}}
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)

    frontiers: Any = yaml.load(folder / "frontier/params.yaml")
    frontiers["gates"] = {"1500B": {"coded_bytes": {"max": 2_000}}}
    frontiers["teachers"] = {"single": frontiers["teachers"]["single"]}
    frontiers["teachers"]["single"] |= {"filters": [4], "copies": 1, "epochs": 1, "batch_size": 60}
    frontiers["training"] |= {"batch_size": 60, "prune_frequency": 1}
    frontiers["points"] = {name: frontiers["points"][name] for name in POINTS}
    for point in frontiers["points"].values():
        point |= {"float_epochs": 1, "grid_epochs": 1}
    frontiers["explore"] |= {"trials": 1, "rungs": [{"images": 1, "float_epochs": 1, "grid_epochs": 1}]}
    with (folder / "frontier/params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(frontiers, file)


def _make_data(folder: Path, train: Split, test: Split) -> None:
    fitted, validation = (Split(train.inputs[part], train.labels[part]) for part in (slice(180), slice(180, None)))
    save_data(fitted, validation, test, folder)
    arrays.save(folder / dataset.CALIBRATION, fitted.inputs[:10])
    generator = np.random.default_rng(0)
    arrays.save(folder / "models/teacher_logits.npy", generator.normal(size=(200, 10)).astype(np.float32))
    arrays.save(folder / frontier.logits_path("single"), generator.normal(size=(1, 180, 10)).astype(np.float16))


def _make_models(folder: Path, test: Split) -> None:
    make_deterministic(1)
    settings = params.load(folder / "params.yaml")
    baseline = networks.build(settings.train.baseline.network, SPEC)
    coarse = keras.models.clone_model(baseline)
    # Few values, many zeros; but no bias, which the converter would leave out where all are zero.
    rounded = (np.round(weights * 16) / 16 for weights in baseline.get_weights())
    coarse.set_weights([weights if weights.ndim > 1 else weights + 0.25 for weights in rounded])
    kinds = {"baseline": baseline, "pruned": coarse, "clustered": coarse}
    kinds["teacher"] = networks.build(settings.train.teacher.network, SPEC)
    for name, model in kinds.items():
        keras_files.save(model, folder / f"models/{name}.h5")
        write_bytes(folder / f"models/{name}.tflite", tflite.to_float(model))
    for name in ("student", "student_without_teacher"):
        write_bytes(folder / f"models/{name}.tflite", tflite.to_float(coarse))
    integer = tflite.to_full_integer(coarse, normalised(test).inputs[:10])
    for name in INT8:
        write_bytes(folder / f"models/{name}.tflite", integer)
        chip.write_c(generate(integer, f"{name}.tflite", name), folder / "models/c" / name, name)
    for point in POINTS:
        for seed in (1, 2, 3):
            write_bytes(folder / frontier.model_path(point, seed), integer)
        made, target = identifier(point), folder / frontier.c_folder(point)
        chip.write_c(generate(integer, f"{point}-1.tflite", made, options=Options(TINY, in_place=True)), target, made)


def _make_figures(folder: Path, test: Split) -> None:
    found = folder / "metrics"
    for name in variants.load(folder / variants.PATH):
        figures = MEASURED | ({"chip": CHIP} if name in INT8 else {"coded": HUFFMAN})
        write_json(folder / variants.metrics_path(name), figures)
        rows = dataset.confusion(np.arange(10), np.arange(10), 10)
        write_csv(found / "confusion" / f"{name}.csv", ["actual", "predicted", "images"], rows)
        write_csv(folder / variants.mistakes_path(name), mistakes.HEADER, WRONG)
    for name in ("baseline", "pruned", "clustered", "quantized", "teacher", "student", "student_without_teacher"):
        write_csv(found / "history" / f"{name}.csv", ["epoch", "loss", "accuracy"], [(1, 0.5, 0.9), (2, 0.4, 0.95)])
    for name in ("searched", "student_searched"):
        header = ["number", "weights", "sparsity", "accuracy", "change_points", "within_budget"]
        write_csv(found / "search" / f"{name}.csv", header, [(1, 2000, 0.9, 0.97, 0.1, True)])
    write_csv(found / "repeats.csv", ["seed", "student", "student_without_teacher"], [(1, 0.96, 0.95), (2, 0.97, 0.95)])
    write_csv(found / "repeats_searched.csv", ["seed", "baseline", "searched", "coded_bytes"], [(1, 0.97, 0.96, 900)])
    rows_of_layers = [(layer, kind, 2, 0.9) for layer in ("conv", "dense") for kind in ("pruned", "clustered")]
    write_csv(found / "sensitivity.csv", ["layer", "kind", "level", "accuracy"], rows_of_layers)
    compared: dict[str, Any] = {name: dict.fromkeys(ENGINES, ENGINE) for name in INT8 if name != "quantized"}
    write_json(found / "benchmark.json", {**compared, "how": "by hand", "bakenn_version": "1.0.0"})
    models = {seed: (folder / frontier.model_path(POINT, seed)).read_bytes() for seed in (1, 2, 3)}
    rated = verdicts.rate(
        models, POINT, dataset.load("validation", SPEC, path=folder / dataset.PATH), normalised(test), SPEC
    )
    write_json(folder / frontier.taught_path("single"), {"parameters": 1_000, "val_accuracy": 0.97})
    for point in POINTS:
        known = {"test_split": digests.of_split(test), "chip": CHIP}
        write_json(folder / frontier.metrics_path(point), rated.figures | known)
        write_csv(folder / frontier.mistakes_path(point), mistakes.HEADER, WRONG)
    _make_search(folder)


def _make_search(folder: Path) -> None:
    """One that has ended."""
    settings = frontier_params.load(folder / frontier_params.PATH)
    with study.opened(folder / frontier.JOURNAL, settings, digests.of_all(folder)) as found:
        trial = found.ask()
        point = settings.points[POINT].model_dump(mode="json", exclude_none=True)
        for name, value in {trials.POINT: point, trials.FIGURES: FOUND._asdict(), trials.ACCURACY: 0.95}.items():
            trial.set_user_attr(name, value)
        found.tell(trial, 0.95)
