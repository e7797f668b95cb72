"""What the reports are made of: each file read and checked, all of it before anything is written."""

import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from fewbytes import metrics, params, texts, variants
from fewbytes.command import InputError, damaged, one_line
from fewbytes.data import spec as specs
from fewbytes.data.mistakes import HEADER
from fewbytes.measuring import targets
from fewbytes.metrics import All, Metrics, Size
from fewbytes.model_files import weights
from fewbytes.model_files.weights import Layer
from fewbytes.params import Params
from fewbytes.runtimes import litert
from fewbytes.section import Section
from fewbytes.variants import Variant
from tflite_to_c.chips import boards, cycles
from tflite_to_c.chips.boards import Board

CORES = {targets.key(core): title for core, title in targets.TITLES.items()}
TIMED = [targets.key(core) for core in targets.TITLES if core in cycles.TIMED]  # whose manuals list cycles
ENGINE = ("flash_bytes", "ram_bytes", "instructions")
COMMON = "TFLM + CMSIS-NN"  # the engine most used
RATED = (  # of a point of the frontier
    *("accuracy", "accuracy_median", "accuracy_lowest", "accuracy_highest", "seeds", "parameters"),
    *("coded_bytes", "huffman_bytes", "activation_bytes", "model_bytes", "nonzero_weights"),
)
DENSE, PRUNED = "baseline_full_integer", "quantized_full_integer"  # what the engines are compared on

# Those that prose and tables of the essay name; any other variant may come and go.
CHAIN = ("baseline", "pruned", "clustered", "clustered_quantized")  # Deep Compression, step by step
NAMED = (
    *CHAIN,
    *("baseline_full_integer", "quantized", "quantized_dynamic_range", "quantized_full_integer"),
    *("teacher", "student", "student_without_teacher"),
)

FIGURES = (
    *("accuracy", "test_images", "parameters", "nonzero_parameters", "sparsity", "model_bytes", "zip_bytes"),
    *("float32_bytes", "parameter_bytes"),
)
RATIOS = ("compression_zip", "compression_parameter_bytes", "accuracy_change_points")
HUFFMAN = (
    *("huffman_bytes", "index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes"),
    *("entropy_bound_bytes", "huffman_ratio"),
)
ARITHMETIC = ("arithmetic_bytes", "arithmetic_ratio")
UNLIKE = ("unlike_tflm_images", "unlike_numpy_images")  # as TFLM ran, or did not
ON_CHIP = ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes", "instructions", "images")

FAMILIES = ["pooled", "strided", "strided"]  # of the essay's baseline, teacher and student
QUOTED = Path("firmware/quoted.yaml")
BENCHMARK = metrics.FOLDER / "benchmark.json"
REPEATS = metrics.FOLDER / "repeats.csv"
REPEATS_SEARCHED = metrics.FOLDER / "repeats_searched.csv"
SENSITIVITY = metrics.FOLDER / "sensitivity.csv"
OPTIONAL = ("val_accuracy",)  # columns of a training's history where a validation split is held out

Tables = dict[str, pd.DataFrame]


class Engine(Section):
    flash_bytes: Size
    ram_bytes: Size
    instructions: Size


class Quoted(Section):
    """Figures of engines that cannot be rerun here. how: compiler and emulator they were measured with."""

    how: Annotated[str, Field(min_length=1)]
    engines: dict[str, Engine]

    @model_validator(mode="after")
    def _has_common(self) -> Self:
        if COMMON not in self.engines:
            raise ValueError(f"engines: {COMMON} is missing, which the report compares with")
        return self


class Inputs(NamedTuple):
    """All that the report is made of, by variant in the order of variants.yaml.

    absent: those that could not be made of this network, and why; nothing else here is of them. essay: None where data
    or networks are others. histories, rounds: of those that have them. repeats: accuracies of
    student and control, a row a seed; repeats_searched: of the baseline and of what search found, and its coded bytes,
    none where it finds nothing. before, after: the layers of the baseline and of
    the same one pruned, none where they are not a convolution and a dense layer. classes: their names.
    """

    variants: dict[str, Variant]
    figures: All
    absent: dict[str, str]
    essay: All | None
    benchmark: Metrics
    quoted: Quoted
    boards: dict[str, Board]
    sensitivity: pd.DataFrame
    histories: Tables
    rounds: Tables
    repeats: pd.DataFrame
    repeats_searched: pd.DataFrame
    confusions: Tables
    before: list[Layer]
    after: list[Layer]
    classes: list[str]

    @property
    def chips(self) -> All:
        """Figures of the variants that have C."""
        return {name: figures for name, figures in self.figures.items() if "chip" in figures}

    @property
    def coded(self) -> All:
        """Figures of the variants whose weights can be coded."""
        return {name: figures for name, figures in self.figures.items() if figures["coded"]}


def load() -> Inputs:
    """Raises InputError, one line, for a file that is missing or not what its stage made."""
    settings, listed = params.load(), load_variants()
    essays = is_essays(settings)
    absent = {name: status for name in listed if (status := load_status(name)) is not None}
    known = {name: variant for name, variant in listed.items() if name not in absent}
    classes = specs.load().classes
    before, after = load_weights(Path("models/baseline.tflite"), Path("models/pruned.tflite")) if essays else ([], [])
    figures = {name: load_figures(name, variant) for name, variant in known.items()}
    return Inputs(
        variants=known,
        figures=figures,
        absent=absent,
        essay=metrics.load_essay() if essays else None,
        benchmark=load_benchmark(BENCHMARK, [name for name in (DENSE, PRUNED) if "chip" in figures.get(name, {})]),
        quoted=params.load_as(QUOTED, Quoted),
        boards=boards.load(),
        sensitivity=load_sensitivity(SENSITIVITY),
        histories=_tables("history", _trained(known, settings), ("epoch", "accuracy")),
        rounds=_tables("search", known, ("weights", "accuracy", "within_budget")),
        repeats=load_table(REPEATS, ("seed", "student", "student_without_teacher")),
        repeats_searched=load_table(REPEATS_SEARCHED, ("seed", "baseline", "searched", "coded_bytes"))
        if "searched" in known
        else pd.DataFrame(),
        confusions={name: load_confusion(variants.confusion_path(name), len(classes)) for name in known},
        before=before,
        after=after,
        classes=classes,
    )


def is_essays(settings: Params) -> bool:
    """Are data and networks the essay's? Sizes and training may differ: how results change is what people look at."""
    families = [recipe.network.family for recipe in (settings.train.baseline, settings.train.teacher)]
    return settings.data.source == "mnist" and [*families, settings.distill.student.network.family] == FAMILIES


def load_variants(path: Path = variants.PATH) -> dict[str, Variant]:
    known = variants.load(path)
    lacking = [name for name in NAMED if name not in known]
    if lacking:
        raise InputError(f"{path}: has no {', '.join(lacking)}, which the report's text is about")
    return known


def load_status(name: str) -> str | None:
    """Why a variant could not be made; None of one that was."""
    status = metrics.load(variants.metrics_path(name)).get("status")
    return status if isinstance(status, str) else None


def load_figures(name: str, variant: Variant) -> Metrics:
    """What measure wrote of a variant. Raises InputError where a number is missing or makes no sense."""
    path = variants.metrics_path(name)
    found = metrics.require(metrics.load(path), FIGURES + (RATIOS if variant.against else ()), str(path))
    tflm, npu, coded = (require_part(found, part, path) for part in ("tflm", "npu", "coded"))
    if not isinstance(tflm.get("runs"), str) or not isinstance(tflm.get("reason", ""), str):
        raise InputError(f"{path}: tflm does not say in words whether it runs; `git restore {path}` brings it back")
    keys = [f"tflm.{key}" for key in tflm if key not in ("runs", "reason")]
    keys += [f"npu.{key}" for key in {**npu, "npu_operators": 0, "cpu_operators": 0} if key != "refused"]
    if coded:
        arithmetic = ARITHMETIC if any(key in coded for key in ARITHMETIC) else ()
        keys += [f"coded.{key}" for key in (*HUFFMAN, *arithmetic)]
    metrics.require(found, keys, str(path))
    if coded and coded["huffman_bytes"] < 1:
        raise InputError(f"{path}: coded.huffman_bytes must be at least 1; `git restore {path}` brings it back")
    return require_chip(found, path) if "chip" in found else found


def require_rated(figures: Metrics, path: Path) -> Metrics:
    """`figures`, of a point of the frontier. Raises InputError unless all that is told of it is there."""
    present = [key for key in ("tflm_accuracy",) if key in figures]
    return require_chip(metrics.require(figures, (*RATED, *present), str(path)), path)


def require_chip(figures: Metrics, path: Path) -> Metrics:
    """`figures`. Raises InputError unless `chip` has every core's, and says of each whether it agrees with TFLM."""
    chip = require_part(figures, "chip", path)
    keys = [f"chip.{core}.{key}" for core in CORES for key in ON_CHIP]
    keys += [f"chip.{core}.estimated_cycles" for core in TIMED]
    places = [*CORES, *(["host"] if "host" in chip else [])]
    metrics.require(figures, [*keys, *(f"chip.{place}.images" for place in places)], str(path))
    for place in places:
        if not any(metrics.is_number(chip[place].get(key)) for key in UNLIKE):
            raise InputError(f"{path}: chip.{place} has no unlike_tflm_images; `git restore {path}` brings it back")
    return figures


def require_part(figures: Metrics, key: str, path: Path) -> Metrics:
    part = figures.get(key)
    if not isinstance(part, dict):
        raise InputError(f"{path}: has no {key}; `git restore {path}` brings it back")
    return part


def load_benchmark(path: Path, compared: Iterable[str]) -> Metrics:
    """Ours beside BakeNN's, unless it refuses them, on the variants `compared`."""
    found = metrics.load(path)
    for key in ("bakenn_version", "how"):
        if not isinstance(found.get(key), str):
            raise InputError(f"{path}: has no {key}; `git restore {path}` brings it back")
    for variant in compared:
        engines = ("ours",) if "refused" in require_part(found, variant, path) else ("ours", "bakenn")
        metrics.require(found, [f"{variant}.{engine}.{key}" for engine in engines for key in ENGINE], str(path))
    return found


def load_weights(before: Path, after: Path) -> tuple[list[Layer], list[Layer]]:
    """The layers of a network and of the same one pruned. Raises InputError where they are not those to be drawn."""
    layers, pruned = (weights.read(litert.read_model(path), str(path)) for path in (before, after))
    shapes = [layer.kernel.shape for layer in layers]
    if [layer.name for layer in layers] != ["conv_1", "dense_2"] or not all(math.prod(shape) for shape in shapes):
        raise damaged(before, f"its layers are {', '.join(layer.name for layer in layers)}, not conv_1, dense_2")
    if [layer.kernel.shape for layer in pruned] != shapes:
        raise damaged(after, f"its layers are not those of {before}")
    return layers, pruned


def load_sensitivity(path: Path) -> pd.DataFrame:
    """Raises InputError where it lacks a column, or one of both kinds of compression."""
    table = load_table(path, ("level", "accuracy"))
    if not {"layer", "kind"} <= set(table.columns) or set(table["kind"]) != {"pruned", "clustered"}:
        raise InputError(f"{path}: not layers pruned and clustered; `git restore {path}` brings it back")
    return table


def load_confusion(path: Path, classes: int) -> pd.DataFrame:
    """Images by actual and predicted class, each pair once, in order."""
    table = load_table(path, ("actual", "predicted", "images"))
    pairs = [(actual, predicted) for actual in range(classes) for predicted in range(classes)]
    found = list(zip(table["actual"], table["predicted"], strict=True))
    if found != pairs or (table["images"] < 0).any() or not table["images"].any():
        raise InputError(f"{path}: not the images of {classes**2} pairs; `git restore {path}` brings it back")
    return table


def load_mistakes(path: Path, classes: int) -> pd.DataFrame:
    """Examples that a network got wrong, as `data.mistakes` has them; there may be none."""
    table = load_table(path, tuple(HEADER), empty=True)
    labels = table[HEADER[1:]]
    if table["example"].duplicated().any() or (table < 0).any(axis=None) or (labels >= classes).any(axis=None):
        raise InputError(f"{path}: not examples and classes; `git restore {path}` brings it back")
    return table.astype(int)


def _trained(known: Iterable[str], settings: Params) -> list[str]:
    """Those that an epoch of ours trained: a network that came trained has a history without rows."""
    student = settings.distill.student
    recipes = {**dict(settings.train), "student": student, "student_without_teacher": student}
    return [name for name in known if name not in recipes or recipes[name].epochs > 0]


def _tables(folder: str, names: Iterable[str], columns: tuple[str, ...]) -> Tables:
    """Of the variants that have such a file."""
    paths = {name: metrics.FOLDER / folder / f"{name}.csv" for name in names}
    return {name: load_table(path, columns) for name, path in paths.items() if path.exists()}


def load_table(path: Path, columns: tuple[str, ...], *, empty: bool = False) -> pd.DataFrame:
    """A table with these columns of numbers. Raises InputError for any other. empty: it may have no rows."""
    mend = f"`git restore {path}` brings it back"
    try:
        table = pd.read_csv(io.StringIO(texts.read(path)))
    except (ValueError, OverflowError) as error:  # pandas's parser errors are ValueErrors
        raise InputError(f"{path}: {one_line(error)}; {mend}") from None
    checked = [*columns, *(column for column in OPTIONAL if column in table)]
    if empty and table.empty and set(checked) <= set(table.columns):
        return table.astype(float)
    wrong = [column for column in checked if column not in table or not _finite(table[column])]
    if wrong or table.empty:
        raise InputError(f"{path}: has no column of numbers {', '.join(wrong) or 'at all'}; {mend}")
    return table


def _finite(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "biuf" and bool(np.isfinite(column).all())
