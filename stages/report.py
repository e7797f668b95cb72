"""Set our numbers beside the essay's: metrics/report.md, its pictures, and the data of the trade-off plot."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stages.shared import litert, metrics, pictures, weights
from stages.shared.command import InputError, run
from stages.shared.files import write_text
from stages.shared.metrics import Metrics


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
    "teacher": Variant("the essay's large CNN"),
    "student": Variant("the small CNN, taught by the teacher", "teacher"),
    "student_full_integer": Variant("student, int8 throughout, without further training", "teacher"),
    "student_without_teacher": Variant("control: the same small CNN, trained as long without a teacher", "teacher"),
}
TRAINED = ("baseline", "pruned", "quantized", "teacher", "student", "student_without_teacher")

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


def _beside(rows: tuple[str, ...], size: str, ratio: str, ours: All, essay: All) -> pd.DataFrame:
    lines = []
    for variant in rows:
        for metric, show, difference in (
            (size, _bytes, _percent_more),
            (ratio, _ratio, _percent_more),
            ("accuracy", _percent, _points),
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
                "accuracy": _percent(figures["accuracy"]),
                "± points": f"{_margin_points(figures['accuracy'], figures['test_images']):.2f}",
                "parameters": _bytes(figures["parameters"]),
                "non-zero": _bytes(figures["nonzero_parameters"]),
                "sparsity": _percent(figures["sparsity"]),
                "`.tflite` B": _bytes(figures["model_bytes"]),
                "zipped B": _bytes(figures["zip_bytes"]),
                "float32 B": _bytes(figures["float32_bytes"]),
                "8 a parameter B": _bytes(figures["parameter_bytes"]),
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
                "zipped": _ratio(ours[variant]["compression_zip"]),
                "8 bytes a parameter": _ratio(ours[variant]["compression_parameter_bytes"]),
                "`.tflite` file": _ratio(ours[start]["model_bytes"] / ours[variant]["model_bytes"]),
            }
            for variant, (_, start) in VARIANTS.items()
            if start
        ]
    )


def answer(ours: All) -> str:
    """The essay's research question, answered from the measurements."""
    baseline, quantized, teacher, student = (ours[name] for name in ("baseline", "quantized", "teacher", "student"))
    return "\n".join(
        (
            "*How much can a traditional Deep Learning model be compressed to be more memory-efficient for the field "
            "of Tiny Machine Learning?*\n",
            f"- **By the essay's own measures**: pruning and quantization shrink the zipped baseline "
            f"{_ratio(quantized['compression_zip'])}, to {_bytes(quantized['zip_bytes'])} bytes, at "
            f"{quantized['accuracy_change_points']:+.2f} points of accuracy; distillation ends with "
            f"{_ratio(student['compression_parameter_bytes'])} fewer parameters than the teacher, at "
            f"{student['accuracy_change_points']:+.2f} points.",
            f"- **As files that a device loads** (`.tflite`): "
            f"{_ratio(baseline['model_bytes'] / quantized['model_bytes'])}, to {_bytes(quantized['model_bytes'])} "
            f"bytes, and {_ratio(teacher['model_bytes'] / student['model_bytes'])}, to "
            f"{_bytes(student['model_bytes'])}. Zeros shorten a zip archive, not the model in flash.",
            f"- **Was it the teacher?** {_verdict(student, ours['student_without_teacher'])}",
        )
    )


def _verdict(student: Metrics, control: Metrics) -> str:
    """What the control says of distillation; two accuracies differ by chance within √2 times the margin of one."""
    lead = 100 * (student["accuracy"] - control["accuracy"])
    margin = math.sqrt(2) * _margin_points(control["accuracy"], control["test_images"])
    if abs(lead) <= margin:
        meaning = "no more than chance: that a small network suffices for MNIST explains Table 2 without a teacher"
    elif lead > 0:
        meaning = "more than chance: the teacher helped"
    else:
        meaning = "more than chance: the teacher did harm"
    return (
        f"The same small network reaches {_percent(control['accuracy'])} without a teacher and "
        f"{_percent(student['accuracy'])} with one: {lead:+.2f} points, {meaning} (±{margin:.2f}, 95 %)."
    )


def findings(ours: All, essay: All) -> str:
    """What the essay's numbers really measure, each point checked against our own."""
    teacher, student, control = ours["teacher"], ours["student"], ours["student_without_teacher"]
    aware, dynamic, integer = (ours[f"quantized{way}"] for way in ("", "_dynamic_range", "_full_integer"))
    baseline, pruned = ours["baseline"], ours["pruned"]
    exact = all(essay[name]["parameter_bytes"] == ours[name]["parameter_bytes"] for name in ("teacher", "student"))
    points = [
        f"**Table 2 counts 8 bytes a parameter.** {_bytes(teacher['parameters'])} and {_bytes(student['parameters'])} "
        f"parameters times 8 are {_bytes(teacher['parameter_bytes'])} and {_bytes(student['parameter_bytes'])} bytes, "
        f"{'exactly the essay’s figures' if exact else 'not the essay’s figures, since the networks differ here'}. No "
        f"file has this size: the weights are float32, half of it, and an int8 student would take an eighth. The ratio "
        f"is one of parameter counts.",
        f"**Table 1 counts zipped files, and not of one kind.** Baseline and pruned are Keras `.h5` files in a zip "
        f"archive, quantized is a zipped `.tflite`. Pruning removes {_percent(pruned['sparsity'])} of the parameters, "
        f"yet its `.tflite` has {_bytes(pruned['model_bytes'])} bytes, the baseline's "
        f"{_bytes(baseline['model_bytes'])}: zeros are stored like any weight until something packs them.",
        f"**Quantization-aware training is claimed but not in the appendix**, which quantizes the dynamic range after "
        f"training. Three ways from the same pruned model: quantization-aware {_percent(aware['accuracy'])} in "
        f"{_bytes(aware['zip_bytes'])} zipped bytes, the appendix's way {_percent(dynamic['accuracy'])} in "
        f"{_bytes(dynamic['zip_bytes'])}, full integer after training {_percent(integer['accuracy'])} in "
        f"{_bytes(integer['zip_bytes'])}.",
        "**A dynamic-range model does not run on microcontrollers.** Its input and activations are float32 while its "
        "weights are int8, a mix TensorFlow Lite Micro refuses. The full-integer variants are the ones to ship.",
        f"**The essay has no control.** {_verdict(student, control)}",
        _latency(aware, baseline, pruned),
        f"**The accuracies are of one training run** each, on {_bytes(baseline['test_images'])} test images. "
        f"Differences smaller than the ± column are not evidence.",
    ]
    return "\n".join(f"{number}. {point}" for number, point in enumerate(points, start=1))


def _latency(quantized: Metrics, baseline: Metrics, pruned: Metrics) -> str:
    int8, float32, noise = (f"{figures['latency_us']:,.0f} µs" for figures in (quantized, baseline, pruned))
    if quantized["latency_us"] < baseline["latency_us"]:
        return f"**Int8 lowers latency** here: {int8} an image, against {float32} in float32."
    return (
        f"**Int8 is said to lower latency; here it does not.** One image takes {int8} quantized and {float32} in "
        f"float32 on this machine, whose float kernels are strong. (Pruned runs the same arithmetic as baseline, so "
        f"its {noise} show the noise.) A microcontroller without a float unit is another matter."
    )


def report(ours: All, essay: All) -> str:
    described = pd.DataFrame(
        [(f"`{name}`", variant.description) for name, variant in VARIANTS.items()], columns=["variant", "what it is"]
    )
    sections = {
        "The answer": answer(ours),
        "Table 1: Deep Compression": "The essay's measure: bytes of the zipped file (Keras `.h5` for baseline and "
        "pruned, `.tflite` for quantized).\n\n" + _markdown(table_1(ours, essay)),
        "Table 2: Knowledge Distillation": "The essay's measure: 8 bytes a parameter.\n\n"
        + _markdown(table_2(ours, essay)),
        "All variants": _markdown(table_of_variants(ours))
        + "\n\n± is the 95 % margin of an accuracy measured on this many test images. Latency: median of single "
        "images, one thread, LiteRT on the machine that ran the pipeline.\n\n" + _markdown(described),
        "Compression in each measure": _markdown(table_of_ratios(ours)),
        "What the essay's numbers really measure": findings(ours, essay),
        "Pictures": "![Accuracy against size](pictures/tradeoff.png)\n\n![Weights before and after pruning]"
        "(pictures/weights.png)\n\n![Training curves](pictures/history.png)\n\n![Confusion matrices]"
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


def _markdown(table: pd.DataFrame) -> str:
    aligned = ["left" if table[column].str.contains("[a-z]").any() else "right" for column in table.columns]
    return table.to_markdown(index=False, colalign=aligned, disable_numparse=True)


def _margin_points(accuracy: float, images: int) -> float:
    """Half the 95 % interval of a proportion, in percentage points (normal approximation)."""
    return 100 * 1.96 * math.sqrt(accuracy * (1 - accuracy) / images)


def _bytes(value: float) -> str:
    return f"{value:,}"


def _ratio(value: float) -> str:
    return f"{value:.2f}×"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _points(ours: float, theirs: float) -> str:
    return f"{100 * (ours - theirs):+.2f} points"


def _percent_more(ours: float, theirs: float) -> str:
    return f"{100 * (ours / theirs - 1):+.2f} %"


def load(name: str, variant: Variant) -> Metrics:
    path = metrics.path_of(name)
    return metrics.require(metrics.load(path), FIGURES + (RATIOS if variant.start else ()), str(path))


def main() -> None:
    ours = {name: load(name, variant) for name, variant in VARIANTS.items()}
    essay = metrics.load_essay()
    write_text(metrics.FOLDER / "report.md", report(ours, essay))
    sizes = tradeoff(ours)
    write_text(metrics.FOLDER / "tradeoff.csv", sizes.to_csv(index=False, lineterminator="\n"))

    folder = metrics.FOLDER / "pictures"
    before, after = (
        weights.read(litert.read_model(path), str(path))
        for path in (Path("models/baseline.tflite"), Path("models/pruned.tflite"))
    )
    pictures.draw_tradeoff(folder / "tradeoff.png", sizes, essay)
    pictures.draw_history(folder / "history.png", _tables("history", TRAINED))
    pictures.draw_confusion(folder / "confusion.png", _tables("confusion", VARIANTS))
    pictures.draw_weights(folder / "weights.png", before, after)


def _tables(folder: str, variants: Iterable[str]) -> dict[str, pd.DataFrame]:
    tables = {}
    for variant in variants:
        path = metrics.FOLDER / folder / f"{variant}.csv"
        try:
            tables[variant] = pd.read_csv(path, dtype=float)
        except ValueError as error:  # pandas's parser errors are ValueErrors
            raise InputError(f"{path}: {' '.join(str(error).split())}; `git restore {path}` brings it back") from None
    return tables


if __name__ == "__main__":
    run(main)
