"""A project as after `dvc repro`, for stages to run in: small untrained networks, made-up figures."""

import csv
import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from fewbytes import arrays, boards, frontier, params
from fewbytes.data import dataset, idx
from fewbytes.data.dataset import Split
from fewbytes.files import write_bytes, write_json
from fewbytes.networks import keras_files, networks, tflite
from fewbytes.networks.keras import keras, make_deterministic
from stages import download, generate, measure, prepare, report, summarize
from tests.conftest import ROOT, make_digits

POINTS = ("1500B", "LeNet-5")
SETTINGS = (
    *("params.yaml", "essay.yaml", "frontier/params.yaml", "frontier/published.yaml"),
    *("firmware/boards.yaml", "firmware/quoted.yaml"),
)
INT8 = ("baseline_full_integer", "quantized", "quantized_full_integer", "searched")
SIZES = dict.fromkeys(("parameters", "nonzero_parameters", "model_bytes", "zip_bytes", "parameter_bytes"), 20_000)
MEASURED = {
    **SIZES,
    **{"accuracy": 0.97, "test_images": 100, "sparsity": 0.5, "float32_bytes": 80_000, "latency_us": 20.0},
    **{"compression_zip": 2.5, "compression_parameter_bytes": 1.5, "accuracy_change_points": -0.5},
}
ENCODED = {
    **dict.fromkeys(("index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes"), 100),
    **{"encoded_bytes": 2_000, "entropy_bound_bytes": 1_900, "compression_encoded": 40.5},
    **{"arithmetic_bytes": 1_800, "compression_arithmetic": 45.4},
}
MICRO = {
    "tflm": {"runs": "yes", "arena_bytes": 12_345, "accuracy": 0.97, "agree_with_litert_images": 100},
    "npu": {
        "npu_operators": 3,
        "cpu_operators": 0,
        "weight_bytes": 5,
        "sram_bytes": 6,
        "cycles": 7,
        "inference_us": 1.5,
    },
}
CHIP = {"flash_bytes": 5_000, "weight_bytes": 4_000, "ram_bytes": 2_000, "stack_bytes": 200, "instructions": 300_000}
ENGINE = {key: CHIP[key] for key in summarize.FIGURES}
RATED = {
    **{"seed": 1, "accuracy": 0.99, "parameters": 4_150, "nonzero_weights": 3_051, "coded_bytes": 1_467},
    **{"huffman_bytes": 1_868, "activation_bytes": 2_136, "model_bytes": 6_544, "tflm_accuracy": 0.99, "seeds": 3},
    **{"val_accuracy": 0.99, "accuracy_median": 0.99, "accuracy_lowest": 0.98, "accuracy_highest": 0.995},
}


def make(folder: Path) -> None:
    """Everything that the stages read. `folder` is made."""
    for name in SETTINGS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "firmware" / "harness", folder / "firmware" / "harness")
    train, test = make_digits(200, 1), make_digits(100, 2)
    raw = dict(zip(download.ARRAYS, map(idx.encode, (*train, *test)), strict=True))
    for name, content in raw.items():
        write_bytes(folder / "mine" / name, content)
        write_bytes(folder / "data" / "raw" / name, content)
    _shrink(folder, {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()})
    _make_data(folder, train, test)
    _make_models(folder, test)
    _make_figures(folder)
    subprocess.run(["git", "init", "--quiet", folder], check=True)  # tag_essay's


def _shrink(folder: Path, checksums: dict[str, str]) -> None:
    yaml = YAML()
    settings: Any = yaml.load(folder / "params.yaml")
    settings["download"] |= {"folder": "mine", "url": "file:///nowhere/mnist.npz", "sha256": checksums}
    settings["prepare"]["calibration_images"] = 10
    settings["scan"] = {"sparsities": [0.5], "bits": [2]}
    schedule = {"epochs": 1, "batch_size": 60}
    for section in ("prune", "cluster", "quantize"):
        settings[section] |= schedule
    settings["prune"]["frequency"] = 1
    settings["train"]["baseline"] |= schedule
    for recipe in (settings["train"]["teacher"], settings["distill"]["student"]):
        recipe.update(schedule)
        recipe["network"]["filters"] = [4, 8]
    small = {**schedule, "frequency": 1, "rounds": 1, "first_kept": 0.5, "accuracy_budget": 100}
    for variant in report.SEARCHED:
        settings["search"][variant] |= small
    settings["emulate"]["images"] = 5
    settings["gates"] = {"baseline": {"accuracy": {"min": 0.5}}, "frontier/1500B": {"coded_bytes": {"max": 2_000}}}
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)

    frontiers: Any = yaml.load(folder / "frontier/params.yaml")
    frontiers["teacher"] |= {"filters": [4], "copies": 1, "epochs": 1, "batch_size": 60}
    frontiers["training"] |= {"batch_size": 60, "prune_frequency": 1}
    for point in frontiers["points"].values():
        point |= {"float_epochs": 1, "grid_epochs": 1}
    with (folder / "frontier/params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(frontiers, file)


def _make_data(folder: Path, train: Split, test: Split) -> None:
    fitted, validation = prepare.split_validation(train, 0.1)
    dataset.save(fitted, validation, test, folder / dataset.PATH)
    arrays.save(folder / dataset.CALIBRATION, fitted.images[:10])
    generator = np.random.default_rng(0)
    arrays.save(folder / "models/teacher_logits.npy", generator.normal(size=(200, 10)).astype(np.float32))
    arrays.save(folder / frontier.LOGITS, generator.normal(size=(1, 180, 10)).astype(np.float16))
    for where in ("litert", "tflm"):
        arrays.save(folder / f"data/{where}/quantized.npy", np.zeros((100, 10), np.int8))


def _make_models(folder: Path, test: Split) -> None:
    make_deterministic(1)
    settings = params.load(folder / "params.yaml")
    baseline = networks.build(settings.train.baseline.network)
    coarse = keras.models.clone_model(baseline)
    coarse.set_weights([np.round(weights * 16) / 16 for weights in baseline.get_weights()])  # few values, many zeros
    kinds = {"baseline": baseline, "pruned": coarse, "clustered": coarse}
    kinds["teacher"] = networks.build(settings.train.teacher.network)
    for name, model in kinds.items():
        keras_files.save(model, folder / f"models/{name}.h5")
        write_bytes(folder / f"models/{name}.tflite", tflite.to_float(model))
    integer = tflite.to_full_integer(coarse, test.images[:10])
    for name in INT8:
        write_bytes(folder / f"models/{name}.tflite", integer)
        written = generate.generate(integer, f"{name}.tflite", name)
        write_bytes(folder / f"models/c/{name}/{name}.h", written.header.encode())
        write_bytes(folder / f"models/c/{name}/{name}.c", written.code.encode())
    for point in POINTS:
        for seed in (1, 2, 3):
            write_bytes(folder / frontier.model_path(point, seed), integer)


def _make_figures(folder: Path) -> None:
    found = folder / "metrics"
    for variant in report.VARIANTS:
        write_json(found / f"{variant}.json", MEASURED)
        write_json(found / "micro" / f"{variant}.json", MICRO)
        rows = measure.confusion(np.arange(10, dtype=np.uint8), np.arange(10, dtype=np.uint8))
        _write_csv(found / "confusion" / f"{variant}.csv", ["actual", "predicted", "images"], rows)
    for variant in report.ENCODED:
        write_json(found / "encoded" / f"{variant}.json", ENCODED)
    for variant in report.TRAINED:
        _write_csv(found / "history" / f"{variant}.csv", ["epoch", "loss", "accuracy"], [(1, 0.5, 0.9), (2, 0.4, 0.95)])
    for variant in report.SEARCHED:
        header = ["number", "weights", "sparsity", "accuracy", "change_points", "within_budget"]
        _write_csv(found / "search" / f"{variant}.csv", header, [(1, 2000, 0.9, 0.97, 0.1, True)])
    rows_of_layers = [(layer, kind, 2, 0.9) for layer in ("conv", "dense") for kind in ("pruned", "clustered")]
    _write_csv(found / "sensitivity.csv", ["layer", "kind", "level", "accuracy"], rows_of_layers)

    agreed = {"images": 5, "unlike_tflm_images": 0}
    on_chips: dict[str, Any] = dict.fromkeys(summarize.CORES, CHIP | agreed)
    on_chips |= {"host": agreed, "energy_uj": {"low": 1.0, "high": 2.0}}
    on_chips["boards"] = dict.fromkeys(boards.load(folder / boards.PATH).boards, "yes")
    for variant in summarize.VARIANTS:
        write_json(found / "firmware" / f"{variant}.json", on_chips)
    engines = {"ours": ENGINE, "bakenn": ENGINE}
    both = dict.fromkeys(("baseline_full_integer", "quantized_full_integer"), engines)
    write_json(found / "firmware" / "benchmark.json", {**both, "bakenn_version": "1.0.0"})
    for point in POINTS:
        write_json(folder / frontier.metrics_path(point), RATED)
        write_json(folder / frontier.chip_path(point), CHIP)


def _write_csv(path: Path, header: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
