"""Our numbers beside the essay's, and what the essay's numbers measure."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import stdtrit  # Student's t; scipy.stats takes a second to import

from fewbytes.metrics import All
from fewbytes.reports.tables import NONE, code, margin_points, percent, points, ratio, whole

QUESTION = (
    "*How much can a traditional Deep Learning model be compressed to be more memory-efficient for the field of Tiny "
    "Machine Learning?*"
)


def table_1(ours: All, essay: All | None) -> pd.DataFrame:
    """Effect of Deep Compression: zipped bytes, ratio to the baseline, accuracy."""
    return _beside(("baseline", "pruned", "quantized"), "zip_bytes", "compression_zip", ours, essay)


def table_2(ours: All, essay: All | None) -> pd.DataFrame:
    """Effect of Knowledge Distillation: bytes at 8 a parameter, ratio to the teacher, accuracy."""
    return _beside(("teacher", "student"), "parameter_bytes", "compression_parameter_bytes", ours, essay)


def _beside(rows: tuple[str, ...], size: str, compression: str, ours: All, essay: All | None) -> pd.DataFrame:
    """Without the essay's columns where the network is another."""
    lines = []
    for variant in rows:
        for metric, show, difference in (
            (size, whole, _percent_more),
            (compression, ratio, _percent_more),
            ("accuracy", percent, _points_more),
        ):
            if metric not in ours.get(variant, {}):
                continue
            line = {"variant": variant, "metric": code(metric), "ours": show(ours[variant][metric])}
            if essay is not None and metric in essay[variant]:
                theirs = essay[variant][metric]
                line |= {"essay": show(theirs), "difference": difference(ours[variant][metric], theirs)}
            lines.append(line)
    columns = ["variant", "metric", "ours"] if essay is None else ["variant", "metric", "essay", "ours", "difference"]
    return pd.DataFrame(lines, columns=columns).fillna(NONE)


def _points_more(ours: float, theirs: float) -> str:
    return f"{points(100 * (ours - theirs))} points"


def _percent_more(ours: float, theirs: float) -> str:
    return f"{100 * (ours / theirs - 1):+.2f} %"


def in_short(ours: All, essay: All | None, searched: Iterable[str]) -> str:
    """The chain, beside the essay's figures if they are of it; and the smallest code of what was searched, as accurate.

    Where the network could not be quantized while it trained, the chain ends with what was quantized afterwards.
    """
    figures = next(ours[name] for name in ("quantized", "quantized_full_integer", "baseline") if name in ours)
    whose = "The network" if essay is None else "The essay's network"
    text = (
        f"**{whose}** goes from "
        f"{whole(ours['baseline']['zip_bytes'])} zipped bytes ({percent(ours['baseline']['accuracy'])}) to "
        f"{whole(figures['zip_bytes'])} ({percent(figures['accuracy'])}"
    )
    if essay is not None:
        theirs = essay["quantized"]
        text += f"; the essay has {whole(theirs['zip_bytes'])} and {percent(theirs['accuracy'])}"
    text += ")"
    able = [ours[name] for name in searched if ours[name]["accuracy"] >= figures["accuracy"]]
    sizes = {each["coded"]["arithmetic_bytes"]: each for each in able if "arithmetic_bytes" in each["coded"]}
    if not sizes:
        return f"{text}."
    return f"{text}; searched and coded, to {whole(min(sizes))} ({percent(sizes[min(sizes)]['accuracy'])})."


def answer(ours: All, repeats: pd.DataFrame) -> list[str]:
    """The essay's research question, answered from the measurements."""
    baseline, quantized, teacher, student = (ours[name] for name in ("baseline", "quantized", "teacher", "student"))
    return [
        f"**By the essay's own measures**: pruning and quantization shrink the zipped baseline "
        f"{ratio(quantized['compression_zip'])}, to {whole(quantized['zip_bytes'])} bytes, at "
        f"{points(quantized['accuracy_change_points'])} points of accuracy; distillation ends with "
        f"{ratio(student['compression_parameter_bytes'])} fewer parameters than the teacher, at "
        f"{points(student['accuracy_change_points'])} points.",
        f"**As `.tflite` files**, which TensorFlow Lite Micro loads as they are: "
        f"{ratio(baseline['model_bytes'] / quantized['model_bytes'])}, to {whole(quantized['model_bytes'])} bytes, "
        f"and {ratio(teacher['model_bytes'] / student['model_bytes'])}, to {whole(student['model_bytes'])}.",
        f"**What pruning saves, and where**: {pruning(ours)}",
        f"**Was it the teacher?** {verdict(repeats, student['test_images'])}",
    ]


def pruning(ours: All) -> str:
    """What zeros save: by file, and in generated C where both networks have it."""
    baseline, pruned = ours["baseline"], ours["pruned"]
    text = (
        f"{percent(pruned['sparsity'])} of the parameters are zero. A `.tflite` stores a zero like any other "
        f"weight: {whole(baseline['model_bytes'])} bytes before, {whole(pruned['model_bytes'])} after. A zip archive "
        f"of the `.h5` shrinks from {whole(baseline['zip_bytes'])} bytes to {whole(pruned['zip_bytes'])}"
    )
    dense, sparse = (ours[name].get("chip") for name in ("baseline_full_integer", "quantized_full_integer"))
    if dense is None or sparse is None:
        return f"{text}."
    before, after = dense["cortex_m4"], sparse["cortex_m4"]
    return (
        f"{text}. Our generated C leaves zeros out: in int8 on a Cortex-M4, pruning takes flash from "
        f"{whole(before['flash_bytes'])} to {whole(after['flash_bytes'])} bytes, and estimated cycles from "
        f"{whole(before['estimated_cycles'])} to {whole(after['estimated_cycles'])}."
    )


def verdict(repeats: pd.DataFrame, examples: int, *, essays: bool = True) -> str:
    """What the control says of distillation, seed by seed.

    repeats: a row a seed, the accuracies of both. The differences of pairs have a mean and Student's 95 % interval; of
    one pair alone, two accuracies differ by chance within √2 times the margin of one, measured on so many `examples`.
    """
    student, control = (repeats[name].to_numpy() for name in ("student", "student_without_teacher"))
    differences = 100 * (student - control)
    lead, count = float(differences.mean()), len(differences)
    if count > 1:
        margin = float(stdtrit(count - 1, 0.975)) * float(differences.std(ddof=1)) / math.sqrt(count)
        said = [
            f"{percent(float(np.median(each)))} ({percent(each.min())} to {percent(each.max())})"
            for each in (control, student)
        ]
        where = (
            f"reaches, by the median of {count} seeds, {said[0]} without a teacher and {said[1]} with one; seed by "
            "seed the difference is, in the mean,"
        )
    else:
        margin = math.sqrt(2) * margin_points(float(control[0]), examples)
        where = f"reaches {percent(float(control[0]))} without a teacher and {percent(float(student[0]))} with one:"
    if abs(lead) <= margin:
        meaning = "no more than chance"
        if essays:
            meaning += ". That a small network suffices for MNIST explains Table 2 without a teacher"
    elif lead > 0:
        meaning = "more than chance: the teacher helped"
    else:
        meaning = "more than chance: the teacher did harm"
    return f"The same small network {where} {points(lead)} points (±{margin:.2f}, 95 %), {meaning}."


def findings(ours: All, essay: All, repeats: pd.DataFrame) -> list[str]:
    """What the essay's numbers measure, each point checked against our own."""
    teacher, student = ours["teacher"], ours["student"]
    aware, dynamic, integer = (ours[f"quantized{way}"] for way in ("", "_dynamic_range", "_full_integer"))
    exact = all(essay[name]["parameter_bytes"] == ours[name]["parameter_bytes"] for name in ("teacher", "student"))
    return [
        f"**Table 2 counts 8 bytes a parameter.** {whole(teacher['parameters'])} and {whole(student['parameters'])} "
        f"parameters times 8 are {whole(teacher['parameter_bytes'])} and {whole(student['parameter_bytes'])} bytes, "
        f"{'exactly the essay’s figures' if exact else 'not the essay’s figures, since the networks differ here'}. No "
        f"file has this size: the weights are float32, half of it, and an int8 student would take an eighth. The ratio "
        f"is one of parameter counts.",
        f"**Table 1 counts zipped files, and not of one kind.** Baseline and pruned are Keras `.h5` files in a zip "
        f"archive, quantized is a zipped `.tflite`. So it shows what pruning saves in an archive. {pruning(ours)}",
        f"**Quantization-aware training is claimed but not in the appendix**, which quantizes the dynamic range after "
        f"training. Three ways from the same pruned model: quantization-aware {percent(aware['accuracy'])} in "
        f"{whole(aware['zip_bytes'])} zipped bytes, the appendix's way {percent(dynamic['accuracy'])} in "
        f"{whole(dynamic['zip_bytes'])}, full integer after training {percent(integer['accuracy'])} in "
        f"{whole(integer['zip_bytes'])}.",
        "**A dynamic-range model does not run on microcontrollers.** Its input and activations are float32 while its "
        "weights are int8, a mix that TensorFlow Lite Micro refuses (see above). The full-integer variants are the "
        "ones to ship.",
        f"**The essay has no control.** {verdict(repeats, student['test_images'])}",
        f"**The other accuracies are of one training run** each, on {whole(teacher['test_images'])} test images. "
        f"Differences smaller than the ± column are not evidence.",
    ]
