"""Set our numbers beside the essay's: metrics/report.md, its pictures, and the data of the trade-off plot."""

import io
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fewbytes import metrics, texts
from fewbytes.command import InputError, damaged, one_line, printable, run
from fewbytes.data.dataset import CLASSES
from fewbytes.files import write_text
from fewbytes.metrics import Metrics
from fewbytes.model_files import weights
from fewbytes.model_files.weights import Layer
from fewbytes.reports import pictures, tables
from fewbytes.reports.tables import percent, ratio, whole
from fewbytes.runtimes import litert


class Variant(NamedTuple):
    description: str
    start: str | None = None  # the start of its chain, which its ratios are against


VARIANTS = {
    "baseline": Variant("the essay's CNN, as trained"),
    "baseline_full_integer": Variant("baseline, int8 throughout, without further training", "baseline"),
    "pruned": Variant("baseline, pruned by magnitude while retrained", "baseline"),
    "quantized": Variant(
        "pruned, then quantization-aware training, int8 throughout: what the essay's text claims", "baseline"
    ),
    "quantized_dynamic_range": Variant(
        "pruned, then dynamic-range quantization: what the essay's appendix does", "baseline"
    ),
    "quantized_full_integer": Variant("pruned, then int8 throughout, without further training", "baseline"),
    "clustered": Variant("pruned, then each layer's weights shared among a few values", "baseline"),
    "clustered_quantized": Variant("clustered, then quantization-aware training, zeros and sharing kept", "baseline"),
    "teacher": Variant("the essay's large CNN"),
    "student": Variant("the small CNN, taught by the teacher", "teacher"),
    "student_full_integer": Variant("student, int8 throughout, without further training", "teacher"),
    "student_without_teacher": Variant("control: the same small CNN, trained as long without a teacher", "teacher"),
    "searched": Variant("baseline, pruned as far as a budget of accuracy allows, few values, int8", "baseline"),
    "student_searched": Variant("student, the same: distilled, pruned, few values, int8", "teacher"),
}
TRAINED = (
    *("baseline", "pruned", "quantized", "clustered", "clustered_quantized"),
    *("teacher", "student", "student_without_teacher"),
)
ENCODED = (
    *("baseline_full_integer", "quantized", "quantized_full_integer"),
    *("clustered", "clustered_quantized", "student_full_integer", "searched", "student_searched"),
)
SEARCHED = ("searched", "student_searched")
FASTER = 0.9  # a latency lower than this share of another is lower by more than noise
OPTIONAL = ("val_accuracy",)  # columns of a training's history where a validation split is held out
CHAIN = ("baseline", "pruned", "clustered", "clustered_quantized")  # Deep Compression, step by step

FIGURES = (
    *("accuracy", "test_images", "parameters", "nonzero_parameters", "sparsity", "model_bytes", "zip_bytes"),
    *("float32_bytes", "parameter_bytes", "latency_us"),
)
RATIOS = ("compression_zip", "compression_parameter_bytes", "accuracy_change_points")

All = Mapping[str, Metrics]


def table_1(ours: All, essay: All) -> pd.DataFrame:
    """Effect of Deep Compression: zipped bytes, ratio to the baseline, accuracy."""
    return _beside(("baseline", "pruned", "quantized"), "zip_bytes", "compression_zip", ours, essay)


def table_2(ours: All, essay: All) -> pd.DataFrame:
    """Effect of Knowledge Distillation: bytes at 8 a parameter, ratio to the teacher, accuracy."""
    return _beside(("teacher", "student"), "parameter_bytes", "compression_parameter_bytes", ours, essay)


def _beside(rows: tuple[str, ...], size: str, compression: str, ours: All, essay: All) -> pd.DataFrame:
    lines = []
    for variant in rows:
        for metric, show, difference in (
            (size, whole, _percent_more),
            (compression, ratio, _percent_more),
            ("accuracy", percent, _points),
        ):
            if metric in essay[variant]:
                theirs, our = essay[variant][metric], ours[variant][metric]
                lines.append((variant, f"`{metric}`", show(theirs), show(our), difference(our, theirs)))
    return pd.DataFrame(lines, columns=["variant", "metric", "essay", "ours", "difference"])


def table_of_variants(ours: All) -> pd.DataFrame:
    """Every variant: what it is worth and what it weighs, each size under its own name."""
    return pd.DataFrame(
        [
            {
                "variant": variant,
                "accuracy": percent(figures["accuracy"]),
                "± points": f"{_margin_points(figures['accuracy'], figures['test_images']):.2f}",
                "parameters": whole(figures["parameters"]),
                "non-zero": whole(figures["nonzero_parameters"]),
                "sparsity": percent(figures["sparsity"]),
                "`.tflite` B": whole(figures["model_bytes"]),
                "zipped B": whole(figures["zip_bytes"]),
                "float32 B": whole(figures["float32_bytes"]),
                "8 a parameter B": whole(figures["parameter_bytes"]),
                "latency µs": f"{figures['latency_us']:,.1f}",
            }
            for variant, figures in ours.items()
        ]
    )


def table_of_ratios(ours: All) -> pd.DataFrame:
    """Every variant against the start of its chain, in each measure."""
    return pd.DataFrame(
        [
            {
                "variant": variant,
                "against": start,
                "accuracy change, points": f"{ours[variant]['accuracy_change_points']:+.2f}",
                "zipped": ratio(ours[variant]["compression_zip"]),
                "8 bytes a parameter": ratio(ours[variant]["compression_parameter_bytes"]),
                "`.tflite` file": ratio(ours[start]["model_bytes"] / ours[variant]["model_bytes"]),
            }
            for variant, (_, start) in VARIANTS.items()
            if start
        ]
    )


def table_of_steps(ours: All, encoded: All) -> pd.DataFrame:
    """Deep Compression step by step: what each saved and what it cost. Huffman coding, the last, costs nothing."""
    rows, before = [], ours[CHAIN[0]]
    for variant in CHAIN:
        figures = ours[variant]
        change = f"{100 * (figures['accuracy'] - before['accuracy']):+.2f}"
        rows.append(_step(variant, figures, figures["zip_bytes"], before["zip_bytes"], change))
        before = figures
    packed = encoded[CHAIN[-1]]["encoded_bytes"]
    rows.append(_step("Huffman-coded", before, packed, before["zip_bytes"], "+0.00"))
    return pd.DataFrame(rows)


def _step(name: str, figures: Metrics, size: int, before: int, change: str) -> dict[str, str]:
    return {
        "step": name,
        "accuracy": percent(figures["accuracy"]),
        "change, points": change,
        "B": whole(size),
        "of the step before": percent(size / before),
        "float32 parameters over it": ratio(figures["float32_bytes"] / size),
    }


def table_of_encoded(encoded: All) -> pd.DataFrame:
    """Where the bytes of Huffman-coded weights go, by Han's accounting: all that is needed to have them back."""
    parts = {
        "weights": "index_bytes",
        "gaps": "gap_bytes",
        "code tables": "table_bytes",
        "codebooks": "codebook_bytes",
        "biases": "bias_bytes",
        "scales": "scale_bytes",
    }
    return pd.DataFrame(
        [
            {
                "variant": variant,
                "file B": whole(figures["encoded_bytes"]),
                **{name: whole(figures[key]) for name, key in parts.items()},
                "by a perfect code B": whole(figures["entropy_bound_bytes"]),
                "float32 parameters over it": ratio(figures["compression_encoded"]),
                "arithmetic-coded B": _optional(figures, "arithmetic_bytes", whole),
                "parameters over that": _optional(figures, "compression_arithmetic", ratio),
            }
            for variant, figures in encoded.items()
        ]
    )


def table_of_searched(ours: All, encoded: All) -> pd.DataFrame:
    """What the search found, beside what it began with, by every measure."""
    rows = []
    for variant in SEARCHED:
        start = VARIANTS[variant].start
        assert start is not None
        figures, coded = ours[variant], encoded[variant]
        rows.append(
            {
                "variant": variant,
                "against": start,
                "accuracy": percent(figures["accuracy"]),
                "change, points": f"{figures['accuracy_change_points']:+.2f}",
                "sparsity": percent(figures["sparsity"]),
                "zipped `.tflite` B": whole(figures["zip_bytes"]),
                "zipped ratio": ratio(figures["compression_zip"]),
                "Huffman B": whole(coded["encoded_bytes"]),
                "arithmetic B": whole(coded["arithmetic_bytes"]),
                "float32 parameters of the start over it": ratio(
                    ours[start]["float32_bytes"] / coded["arithmetic_bytes"]
                ),
            }
        )
    return pd.DataFrame(rows)


def tables_of_sensitivity(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Accuracy on the validation split with one layer alone pruned, and with one layer alone clustered."""
    tables_ = []
    for kind, show in (
        ("pruned", lambda level: f"{100 * level:g} % zero"),
        ("clustered", lambda bits: f"{bits:g} bits"),
    ):
        wide = rows[rows["kind"] == kind].pivot_table(index="layer", columns="level", values="accuracy", sort=False)
        shown = wide.map(percent).rename(columns=show)
        tables_.append(shown.reset_index(names=f"layer {kind} alone"))
    return tables_


def table_of_runtimes(ours: All, micro: All) -> pd.DataFrame:
    """Every variant on TensorFlow Lite Micro, as measured, and on an Ethos-U55-128, as Vela estimates."""
    return pd.DataFrame(
        [
            {
                "variant": variant,
                "runs on TFLM": tflm["runs"].split(":")[0],
                "arena B": _optional(tflm, "arena_bytes", whole),
                "`.tflite` B": whole(ours[variant]["model_bytes"]),
                "accuracy on TFLM": _optional(tflm, "accuracy", percent),
                "images classed as on LiteRT": _optional(tflm, "agree_with_litert_images", whole),
                "operators on the NPU": f"{npu['npu_operators']} of {npu['npu_operators'] + npu['cpu_operators']}",
                "its weights B": _optional(npu, "weight_bytes", whole),
                "its SRAM B": _optional(npu, "sram_bytes", whole),
                "its cycles": _optional(npu, "cycles", whole),
                "its µs": _optional(npu, "inference_us", lambda value: f"{value:.1f}"),
            }
            for variant, (tflm, npu) in ((name, (found["tflm"], found["npu"])) for name, found in micro.items())
        ]
    )


def runtimes(ours: All, micro: All) -> str:
    """Which variants run on a microcontroller, and for those that do not, why."""
    refused = {name: found["tflm"]["reason"] for name, found in micro.items() if "reason" in found["tflm"]}
    untried = {
        printable(found["tflm"]["runs"]) for found in micro.values() if found["tflm"]["runs"].startswith("not tried")
    }
    points = [
        f"**`{name}` does not run.** TensorFlow Lite Micro says: “{printable(said)}”" for name, said in refused.items()
    ]
    if "quantized_dynamic_range" in refused:
        points[0] += " This is the model that the essay's appendix makes."
    if untried:
        points.append(
            f"**Nothing was tried on TensorFlow Lite Micro here**: {untried.pop().removeprefix('not tried: ')}."
        )
    arena = micro["teacher"]["tflm"].get("arena_bytes")
    if arena:
        points.append(
            f"**The teacher runs, in theory**: it needs {whole(arena)} bytes of RAM beside "
            f"{whole(ours['teacher']['model_bytes'])} bytes of flash."
        )
    dense, pruned = micro["baseline"]["tflm"].get("arena_bytes"), micro["pruned"]["tflm"].get("arena_bytes")
    if dense and dense == pruned and ours["baseline"]["model_bytes"] == ours["pruned"]["model_bytes"]:
        points.append(
            "**Pruning saves nothing on TensorFlow Lite Micro**: `baseline` and `pruned` need the same flash and the "
            "same RAM. It pays where zeros are left out: in generated C (`firmware/report.md` has it on an emulated "
            "chip), or on an NPU, which packs its weights."
        )
    return "\n".join(f"- {point}" for point in points)


def answer(ours: All) -> str:
    """The essay's research question, answered from the measurements."""
    baseline, quantized, teacher, student = (ours[name] for name in ("baseline", "quantized", "teacher", "student"))
    return "\n".join(
        (
            "*How much can a traditional Deep Learning model be compressed to be more memory-efficient for the field "
            "of Tiny Machine Learning?*\n",
            f"- **By the essay's own measures**: pruning and quantization shrink the zipped baseline "
            f"{ratio(quantized['compression_zip'])}, to {whole(quantized['zip_bytes'])} bytes, at "
            f"{quantized['accuracy_change_points']:+.2f} points of accuracy; distillation ends with "
            f"{ratio(student['compression_parameter_bytes'])} fewer parameters than the teacher, at "
            f"{student['accuracy_change_points']:+.2f} points.",
            f"- **As files that a device loads** (`.tflite`): "
            f"{ratio(baseline['model_bytes'] / quantized['model_bytes'])}, to {whole(quantized['model_bytes'])} "
            f"bytes, and {ratio(teacher['model_bytes'] / student['model_bytes'])}, to "
            f"{whole(student['model_bytes'])}. Zeros shorten a zip archive, not the model in flash.",
            f"- **Was it the teacher?** {_verdict(student, ours['student_without_teacher'])}",
        )
    )


def _verdict(student: Metrics, control: Metrics) -> str:
    """What the control says of distillation; two accuracies differ by chance within √2 times the margin of one."""
    lead = 100 * (student["accuracy"] - control["accuracy"])
    margin = math.sqrt(2) * _margin_points(control["accuracy"], control["test_images"])
    if abs(lead) <= margin:
        meaning = "no more than chance. That a small network suffices for MNIST explains Table 2 without a teacher"
    elif lead > 0:
        meaning = "more than chance: the teacher helped"
    else:
        meaning = "more than chance: the teacher did harm"
    return (
        f"The same small network reaches {percent(control['accuracy'])} without a teacher and "
        f"{percent(student['accuracy'])} with one: {lead:+.2f} points (±{margin:.2f}, 95 %), {meaning}."
    )


def findings(ours: All, essay: All) -> str:
    """What the essay's numbers really measure, each point checked against our own."""
    teacher, student, control = ours["teacher"], ours["student"], ours["student_without_teacher"]
    aware, dynamic, integer = (ours[f"quantized{way}"] for way in ("", "_dynamic_range", "_full_integer"))
    baseline, pruned = ours["baseline"], ours["pruned"]
    exact = all(essay[name]["parameter_bytes"] == ours[name]["parameter_bytes"] for name in ("teacher", "student"))
    points = [
        f"**Table 2 counts 8 bytes a parameter.** {whole(teacher['parameters'])} and {whole(student['parameters'])} "
        f"parameters times 8 are {whole(teacher['parameter_bytes'])} and {whole(student['parameter_bytes'])} bytes, "
        f"{'exactly the essay’s figures' if exact else 'not the essay’s figures, since the networks differ here'}. No "
        f"file has this size: the weights are float32, half of it, and an int8 student would take an eighth. The ratio "
        f"is one of parameter counts.",
        f"**Table 1 counts zipped files, and not of one kind.** Baseline and pruned are Keras `.h5` files in a zip "
        f"archive, quantized is a zipped `.tflite`. Pruning removes {percent(pruned['sparsity'])} of the parameters, "
        f"yet its `.tflite` has {whole(pruned['model_bytes'])} bytes, the baseline's "
        f"{whole(baseline['model_bytes'])}: zeros are stored like any weight until something packs them.",
        f"**Quantization-aware training is claimed but not in the appendix**, which quantizes the dynamic range after "
        f"training. Three ways from the same pruned model: quantization-aware {percent(aware['accuracy'])} in "
        f"{whole(aware['zip_bytes'])} zipped bytes, the appendix's way {percent(dynamic['accuracy'])} in "
        f"{whole(dynamic['zip_bytes'])}, full integer after training {percent(integer['accuracy'])} in "
        f"{whole(integer['zip_bytes'])}.",
        "**A dynamic-range model does not run on microcontrollers.** Its input and activations are float32 while its "
        "weights are int8, a mix that TensorFlow Lite Micro refuses (see above). The full-integer variants are "
        "the ones to ship.",
        f"**The essay has no control.** {_verdict(student, control)}",
        _latency(aware, baseline, pruned),
        f"**The accuracies are of one training run** each, on {whole(baseline['test_images'])} test images. "
        f"Differences smaller than the ± column are not evidence.",
    ]
    return "\n".join(f"{number}. {point}" for number, point in enumerate(points, start=1))


def _latency(quantized: Metrics, baseline: Metrics, pruned: Metrics) -> str:
    int8, float32, noise = (f"{figures['latency_us']:,.0f} µs" for figures in (quantized, baseline, pruned))
    if quantized["latency_us"] < FASTER * baseline["latency_us"]:
        return f"**Int8 lowers latency** here: {int8} an image, against {float32} in float32."
    return (
        f"**Int8 is said to lower latency; here it does not.** One image takes {int8} quantized and {float32} in "
        f"float32 on this machine, whose float kernels are strong. (Pruned runs the same arithmetic as baseline, so "
        f"its {noise} show the noise.) A microcontroller without a float unit is another matter."
    )


def report(ours: All, essay: All, micro: All, encoded: All, sensitivity: pd.DataFrame) -> str:
    described = pd.DataFrame(
        [(f"`{name}`", variant.description) for name, variant in VARIANTS.items()], columns=["variant", "what it is"]
    )
    sections = {
        "The answer": answer(ours),
        "Table 1: Deep Compression": "The essay's measure: bytes of the zipped file (Keras `.h5` for baseline and "
        "pruned, `.tflite` for quantized).\n\n" + tables.markdown(table_1(ours, essay)),
        "Table 2: Knowledge Distillation": "The essay's measure: 8 bytes a parameter.\n\n"
        + tables.markdown(table_2(ours, essay)),
        "All variants": tables.markdown(table_of_variants(ours))
        + "\n\n± is the 95 % margin of an accuracy measured on this many test images. Latency: median of single "
        "images, one thread, LiteRT on the machine that ran the pipeline.\n\n" + tables.markdown(described),
        "Compression in each measure": tables.markdown(table_of_ratios(ours)),
        "Deep Compression, all of it": "The essay stops after two of its three steps: no weight is shared, nothing is "
        "Huffman-coded (Han et al. 2015). Bytes of the zipped file, then of the file of Huffman-coded weights.\n\n"
        + tables.markdown(table_of_steps(ours, encoded)),
        "Searched, and all together": "Instead of trial and error: `search` prunes and retrains in rounds, weights "
        "held to few values and int8 throughout, the unpruned network its teacher, until the validation split says "
        "that the budget of accuracy is spent. `student_searched` is the essay's further research, its two methods "
        "together: teacher → student → pruned, few values, int8 → coded.\n\n"
        + tables.markdown(table_of_searched(ours, encoded)),
        "Coded weights, and which layers bear it": "Where the bytes of coded weights go, by Han's accounting: weights "
        "are indices into a codebook, gaps the zeros between them. Beside it, what a perfect code would take "
        "for the same symbols, and the file of an adaptive arithmetic coder, which needs no tables and uses that zeros "
        "come together (`fewbytes/coding/coded.py`).\n\n"
        + tables.markdown(table_of_encoded(encoded))
        + "\n\nWhich layers bear it: accuracy on the validation split with one layer of the baseline alone compressed, "
        "without retraining.\n\n" + "\n\n".join(tables.markdown(table) for table in tables_of_sensitivity(sensitivity)),
        "Does it run on a microcontroller?": runtimes(ours, micro)
        + "\n\n"
        + tables.markdown(table_of_runtimes(ours, micro))
        + "\n\nTFLM is TensorFlow Lite Micro with its reference kernels, run here; the arena is the smallest that "
        "suffices on this 64-bit machine, some hundred bytes more than on a 32-bit one. The NPU is an Arm Ethos-U55 "
        "with 128 multiply-accumulate units at 500 MHz; its figures are Vela's estimates, nothing ran there.",
        "What the essay's numbers really measure": findings(ours, essay),
        "Pictures": "![Accuracy against size](pictures/tradeoff.png)\n\n![Weights before and after pruning]"
        "(pictures/weights.png)\n\n![Training curves](pictures/history.png)\n\n![Accuracy by weights left]"
        "(pictures/searched.png)\n\n![Confusion matrices]"
        "(pictures/confusion.png)",
    }
    return (
        "# Report\n\nMade by `stages/report.py` from metrics/*.json; do not edit.\n\n"
        + "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
        + "\n"
    )


def tradeoff(ours: All) -> pd.DataFrame:
    """Accuracy against each size, a row a variant."""
    return pd.DataFrame(
        [
            {
                "variant": variant,
                **{key: figures[key] for key in ("accuracy", "zip_bytes", "model_bytes", "float32_bytes")},
            }
            for variant, figures in ours.items()
        ]
    )


def _margin_points(accuracy: float, images: int) -> float:
    """Half the 95 % interval of a proportion, in percentage points (normal approximation)."""
    return 100 * 1.96 * math.sqrt(accuracy * (1 - accuracy) / images)


def _optional(figures: Metrics, key: str, show: Callable[[float], str]) -> str:
    return show(figures[key]) if key in figures else "–"


def _points(ours: float, theirs: float) -> str:
    return f"{100 * (ours - theirs):+.2f} points"


def _percent_more(ours: float, theirs: float) -> str:
    return f"{100 * (ours / theirs - 1):+.2f} %"


def load(name: str, variant: Variant) -> Metrics:
    path = metrics.path_of(name)
    return metrics.require(metrics.load(path), FIGURES + (RATIOS if variant.start else ()), str(path))


def load_encoded(name: str) -> Metrics:
    path = metrics.FOLDER / "encoded" / f"{name}.json"
    found = metrics.load(path)
    keys = ("encoded_bytes", "index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes")
    arithmetic = ("arithmetic_bytes", "compression_arithmetic")
    optional = arithmetic if name in SEARCHED else [key for key in arithmetic if key in found]
    return metrics.require(found, (*keys, "entropy_bound_bytes", "compression_encoded", *optional), str(path))


def load_micro(name: str) -> Metrics:
    path = metrics.FOLDER / "micro" / f"{name}.json"
    found = metrics.load(path)
    tflm, npu = found.get("tflm"), found.get("npu")
    if not isinstance(tflm, dict) or not isinstance(npu, dict):
        raise InputError(f"{path}: has no tflm and npu; `git restore {path}` brings it back")
    if not isinstance(tflm.get("runs"), str) or not isinstance(tflm.get("reason", ""), str):
        raise InputError(f"{path}: tflm does not say in words whether it runs; `git restore {path}` brings it back")
    measured = [f"tflm.{key}" for key in tflm if key not in ("runs", "reason")]
    estimated = [f"npu.{key}" for key in {**npu, "npu_operators": 0, "cpu_operators": 0}]
    return metrics.require(found, [*measured, *estimated], str(path))


def main() -> None:
    ours = {name: load(name, variant) for name, variant in VARIANTS.items()}
    micro = {name: load_micro(name) for name in VARIANTS}
    essay = metrics.load_essay()
    encoded = {name: load_encoded(name) for name in ENCODED}
    sensitivity = load_sensitivity(metrics.FOLDER / "sensitivity.csv")
    histories = _tables("history", TRAINED, ("epoch", "accuracy"))
    rounds = _tables("search", SEARCHED, ("weights", "accuracy", "within_budget"))
    confusions = _tables("confusion", VARIANTS, ("images",))
    for variant, table in confusions.items():
        if len(table) != CLASSES**2 or (table["images"] < 0).any() or not table["images"].any():
            path = metrics.FOLDER / "confusion" / f"{variant}.csv"
            raise InputError(f"{path}: not the images of {CLASSES**2} pairs; `git restore {path}` brings it back")
    before, after = load_weights(Path("models/baseline.tflite"), Path("models/pruned.tflite"))
    sizes = tradeoff(ours)

    write_text(metrics.FOLDER / "report.md", report(ours, essay, micro, encoded, sensitivity))
    write_text(metrics.FOLDER / "tradeoff.csv", sizes.to_csv(index=False, lineterminator="\n"))
    folder = metrics.FOLDER / "pictures"
    pictures.draw_tradeoff(folder / "tradeoff.png", sizes, essay)
    pictures.draw_history(folder / "history.png", histories)
    pictures.draw_searched(folder / "searched.png", rounds)
    pictures.draw_confusion(folder / "confusion.png", confusions)
    pictures.draw_weights(folder / "weights.png", before, after)


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
    table = _table(path, ("level", "accuracy"))
    if not {"layer", "kind"} <= set(table.columns) or set(table["kind"]) != {"pruned", "clustered"}:
        raise InputError(f"{path}: not layers pruned and clustered; `git restore {path}` brings it back")
    return table


def _tables(folder: str, variants: Iterable[str], columns: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    return {variant: _table(metrics.FOLDER / folder / f"{variant}.csv", columns) for variant in variants}


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A table with these columns of numbers. Raises InputError for any other."""
    mend = f"`git restore {path}` brings it back"
    try:
        table = pd.read_csv(io.StringIO(texts.read(path)))
    except (ValueError, OverflowError) as error:  # pandas's parser errors are ValueErrors
        raise InputError(f"{path}: {one_line(error)}; {mend}") from None
    checked = [*columns, *(column for column in OPTIONAL if column in table)]
    wrong = [column for column in checked if column not in table or not _finite(table[column])]
    if wrong or table.empty:
        raise InputError(f"{path}: has no column of numbers {', '.join(wrong) or 'at all'}; {mend}")
    return table


def _finite(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "biuf" and bool(np.isfinite(column).all())


if __name__ == "__main__":
    run(main)
