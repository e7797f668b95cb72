"""What the report is made of, in small: the essay's own figures as if we had measured them, and files that hold it."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fewbytes import metrics, variants
from fewbytes.data import spec as specs
from fewbytes.files import write_json, write_text
from fewbytes.reports.loading import CORES, DENSE, ENGINE, PRUNED, TIMED
from tests.conftest import CLASSES, ROOT, SPEC
from tests.flatbuffer import Model

ESSAY = metrics.load_essay(ROOT / "essay.yaml")
INT8 = ("baseline_full_integer", "quantized", "quantized_full_integer", "searched")
FIGURES = {
    "accuracy": 0.97,
    "test_images": 10_000,
    "parameters": 20_410,
    "nonzero_parameters": 20_410,
    "sparsity": 0.0,
    "model_bytes": 80_000,
    "zip_bytes": 78_211,
    "float32_bytes": 81_640,
    "parameter_bytes": 163_280,
}
RATIOS = {"compression_zip": 1.0, "compression_parameter_bytes": 1.0, "accuracy_change_points": 0.0}
TFLM = {"runs": "yes", "arena_bytes": 12_345, "accuracy": 0.9712, "agree_with_litert_images": 9_990}
NPU = {"npu_operators": 3, "cpu_operators": 0, "weight_bytes": 5_840, "sram_bytes": 9, "cycles": 7, "inference_us": 1.0}
CODED = {
    **dict.fromkeys(("index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes"), 100),
    **{"huffman_bytes": 2_000, "entropy_bound_bytes": 1_900, "huffman_ratio": 40.82},
    **{"arithmetic_bytes": 1_800, "arithmetic_ratio": 45.36},
}
CORE = {"flash_bytes": 5_000, "weight_bytes": 4_000, "ram_bytes": 3_000, "stack_bytes": 200, "instructions": 100_000}


def chip() -> dict[str, Any]:
    found: dict[str, Any] = {core: {**CORE, "images": 100, "unlike_tflm_images": 0} for core in CORES}
    for core in TIMED:
        found[core]["estimated_cycles"] = 130_000
    return {**found, "host": {"images": 10_000, "unlike_tflm_images": 0}}


def figures(name: str, *, starts: bool) -> dict[str, Any]:
    """starts: is it the start of its chain?"""
    found: dict[str, Any] = {**FIGURES, **({} if starts else RATIOS), **ESSAY.get(name, {})}
    found |= {"tflm": dict(TFLM), "npu": dict(NPU), "coded": dict(CODED) if name in INT8 else {}}
    if name in INT8:
        found["chip"] = chip()
    return found


def network() -> bytes:
    """A convolution and a dense layer, as the baseline's are named."""
    model = Model()
    image = model.tensor((1, 28, 28, 1), 0.1)
    kernel = model.constant(np.ones((2, 3, 3, 1), np.int8), 0.1)
    options = {"padding": 1, "strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}
    maps = model.operator("CONV_2D", [image, kernel], model.tensor((1, 26, 26, 2), 0.1), **options)
    flat = model.operator("RESHAPE", [maps], model.tensor((1, 1352), 0.1))
    dense = model.constant(np.ones((10, 1352), np.int8), 0.1)
    scores = model.operator("FULLY_CONNECTED", [flat, dense], model.tensor((1, 10), 0.1))
    return model.finish(image, scores)


SENSITIVITY = pd.DataFrame(
    [
        ("conv", "pruned", 0.5, 0.97),
        ("conv", "pruned", 0.95, 0.6),
        ("conv", "clustered", 2, 0.9),
        ("dense", "pruned", 0.5, 0.98),
        ("dense", "pruned", 0.95, 0.8),
        ("dense", "clustered", 2, 0.91),
    ],
    columns=["layer", "kind", "level", "accuracy"],
)
CONFUSION = "actual,predicted,images\n" + "".join(
    f"{actual},{predicted},{900 if actual == predicted else 1}\n"
    for actual in range(CLASSES)
    for predicted in range(CLASSES)
)


REPEATS = "seed,student,student_without_teacher\n" + "".join(
    f"{seed},{0.9571 + move},{0.9565 + move}\n" for seed, move in enumerate((0, 0.001, -0.001), start=1)
)


def write(folder: Path) -> None:
    """Every file the report reads, into `folder`."""
    for name in ("params.yaml", "variants.yaml", "essay.yaml", "firmware/quoted.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name, variant in variants.load(folder / "variants.yaml").items():
        add(folder, name, starts=variant.against is None)
    history = "epoch,accuracy,val_accuracy\n1,0.5,0.4\n2,0.6,0.5\n"
    write_text(folder / "metrics/history/baseline.csv", history)
    write_text(folder / "metrics/history/teacher.csv", "epoch,accuracy\n1,0.5\n")
    write_text(folder / "metrics/search/searched.csv", "weights,accuracy,within_budget\n900,0.9,True\n800,0.8,False\n")
    write_text(folder / "metrics/sensitivity.csv", SENSITIVITY.to_csv(index=False))
    write_text(folder / "metrics/repeats.csv", REPEATS)
    write_text(folder / "metrics/repeats_searched.csv", "seed,baseline,searched,coded_bytes\n1,0.97,0.96,900\n")
    specs.save(SPEC, folder / specs.PATH)
    engine = {key: CORE[key] for key in ENGINE}
    compared = {name: {"ours": engine, "bakenn": engine} for name in (DENSE, PRUNED)}
    write_json(folder / "metrics/benchmark.json", {**compared, "how": "zig", "bakenn_version": "1.0.0"})
    (folder / "models").mkdir()
    for name in ("baseline", "pruned"):
        (folder / f"models/{name}.tflite").write_bytes(network())


def add(folder: Path, name: str, *, starts: bool) -> None:
    write_json(folder / f"metrics/variants/{name}.json", figures(name, starts=starts))
    write_text(folder / f"metrics/confusion/{name}.csv", CONFUSION)
