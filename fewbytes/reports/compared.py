"""Every variant, by accuracy, by each size, by what a step of compression saved, by what runs it."""

import pandas as pd

from fewbytes import metrics
from fewbytes.command import printable
from fewbytes.metrics import All, Metrics
from fewbytes.reports.loading import CHAIN, Tables
from fewbytes.reports.tables import NONE, code, margin_points, optional, percent, points, ratio, whole
from fewbytes.variants import Variant

Variants = dict[str, Variant]
PRUNED = 0.1  # sparsity from which a network counts as pruned: int8 makes a few weights zero by itself


def technique(figures: Metrics) -> str:
    """What was done to a network, by its figures: in words."""
    int8 = "chip" in figures or 2 * figures["model_bytes"] < figures["float32_bytes"]
    return f"{'int8' if int8 else 'float32'}{', pruned' if figures['sparsity'] >= PRUNED else ''}"


def table_of_variants(variants: Variants, ours: All) -> pd.DataFrame:
    """What each is, and what it is worth; where classes are uneven, the mean of each class's accuracy too."""
    uneven = any("balanced_accuracy" in figures for figures in ours.values())
    return pd.DataFrame(
        [
            {
                "variant": code(variant),
                "what it is": variants[variant].what,
                "accuracy": percent(figures["accuracy"]),
                **({"balanced": optional(figures, "balanced_accuracy", percent)} if uneven else {}),
                "± points": f"{margin_points(figures['accuracy'], figures['test_images']):.2f}",
            }
            for variant, figures in ours.items()
        ]
    )


def table_of_sizes(ours: All) -> pd.DataFrame:
    """What each weighs, each size under its own name."""
    return pd.DataFrame(
        [
            {
                "variant": code(variant),
                "parameters": whole(figures["parameters"]),
                "sparsity": percent(figures["sparsity"]),
                "8 a parameter B": whole(figures["parameter_bytes"]),
                "float32 B": whole(figures["float32_bytes"]),
                "`.tflite` B": whole(figures["model_bytes"]),
                "zipped B": whole(figures["zip_bytes"]),
                "coded B": smallest_code(figures),
                "flash B": optional(figures, "chip.cortex_m4.flash_bytes", whole),
            }
            for variant, figures in ours.items()
        ]
    )


def smallest_code(figures: Metrics) -> str:
    """The file of coded weights: arithmetic where there is one, else Huffman."""
    key = "coded.arithmetic_bytes" if "arithmetic_bytes" in figures["coded"] else "coded.huffman_bytes"
    return optional(figures, key, whole)


def table_of_ratios(variants: Variants, ours: All) -> pd.DataFrame:
    """Every variant against the start of its chain, in each measure."""
    return pd.DataFrame(
        [
            {
                "variant": code(name),
                "against": code(start),
                "accuracy change, points": points(ours[name]["accuracy_change_points"]),
                "zipped": ratio(ours[name]["compression_zip"]),
                "8 bytes a parameter": ratio(ours[name]["compression_parameter_bytes"]),
                "`.tflite` file": ratio(ours[start]["model_bytes"] / ours[name]["model_bytes"]),
            }
            for name, variant in variants.items()
            if (start := variant.against) and start in ours
        ]
    )


def table_of_steps(ours: All) -> pd.DataFrame:
    """Deep Compression step by step: what each saved and what it cost. Huffman coding, the last, costs nothing."""
    made = [variant for variant in CHAIN if variant in ours]
    rows, before = [], ours[made[0]]
    for variant in made:
        figures = ours[variant]
        change = points(100 * (figures["accuracy"] - before["accuracy"]))
        rows.append(_step(variant, figures, figures["zip_bytes"], before["zip_bytes"], change))
        before = figures
    if before["coded"]:
        packed = before["coded"]["huffman_bytes"]
        rows.append(_step("Huffman-coded", before, packed, before["zip_bytes"], points(0)))
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


def tables_of_coded(coded: All) -> list[pd.DataFrame]:
    """What coded weights amount to; and where the bytes of the Huffman file go, by Han's accounting."""
    parts = {
        "weights": "index_bytes",
        "gaps": "gap_bytes",
        "code tables": "table_bytes",
        "codebooks": "codebook_bytes",
        "biases": "bias_bytes",
        "scales": "scale_bytes",
    }
    totals = [
        {
            "variant": code(variant),
            "Huffman B": whole(figures["coded"]["huffman_bytes"]),
            "by a perfect code B": whole(figures["coded"]["entropy_bound_bytes"]),
            "float32 parameters over Huffman": ratio(figures["coded"]["huffman_ratio"]),
            "arithmetic B": optional(figures, "coded.arithmetic_bytes", whole),
            "over arithmetic": optional(figures, "coded.arithmetic_ratio", ratio),
        }
        for variant, figures in coded.items()
    ]
    shares = [
        {
            "Huffman file of": code(variant),
            **{f"{name} B": whole(figures["coded"][key]) for name, key in parts.items()},
        }
        for variant, figures in coded.items()
    ]
    return [pd.DataFrame(totals), pd.DataFrame(shares)]


def seeds_of_searched(repeats: pd.DataFrame) -> str:
    """repeats: a row a seed, the accuracies of the baseline and of what search found, and its coded bytes."""
    baseline, searched, size = (
        (show(each.median()), show(each.min()), show(each.max()))
        for each, show in (
            (repeats["baseline"], percent),
            (repeats["searched"], percent),
            (repeats["coded_bytes"], lambda value: whole(round(value))),
        )
    )
    return (
        f"All of it anew with {len(repeats)} seeds, trained, searched and made int8: by the median {baseline[0]} "
        f"({baseline[1]} to {baseline[2]}) for the baseline, and {searched[0]} ({searched[1]} to {searched[2]}) in "
        f"{size[0]} coded bytes ({size[1]} to {size[2]}) for `searched`."
    )


def table_of_searched(variants: Variants, ours: All, rounds: Tables) -> pd.DataFrame:
    """What each search found, beside what it began with, by every measure."""
    rows = []
    for name in rounds:
        start, figures = variants[name].against or name, ours[name]
        within = bool(rounds[name]["within_budget"].any())
        size = figures["coded"].get("arithmetic_bytes")
        rows.append(
            {
                "variant": code(name),
                "against": code(start),
                "budget": "kept" if within else "not found: no round kept it",
                "accuracy": percent(figures["accuracy"]),
                "change, points": points(100 * (figures["accuracy"] - ours[start]["accuracy"])),
                "sparsity": percent(figures["sparsity"]),
                "zipped B": whole(figures["zip_bytes"]),
                "zipped ratio": ratio(ours[start]["zip_bytes"] / figures["zip_bytes"]),
                "arithmetic B": optional(figures, "coded.arithmetic_bytes", whole),
                "float32 of the start over it": ratio(ours[start]["float32_bytes"] / size) if size else NONE,
            }
        )
    return pd.DataFrame(rows)


def tables_of_sensitivity(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Accuracy on the validation split with one layer alone pruned, and with one layer alone clustered."""
    tables = []
    for kind, show in (
        ("pruned", lambda level: f"{100 * level:g} % zero"),
        ("clustered", lambda bits: f"{bits:g} {'bit' if bits == 1 else 'bits'}"),
    ):
        wide = rows[rows["kind"] == kind].pivot_table(index="layer", columns="level", values="accuracy", sort=False)
        shown = wide.map(percent).rename(columns=show)
        tables.append(shown.reset_index(names=f"layer {kind} alone"))
    return tables


def table_of_tflm(ours: All) -> pd.DataFrame:
    """Every variant on TensorFlow Lite Micro, as run here."""
    return pd.DataFrame(
        [
            {
                "variant": code(variant),
                "runs on TFLM": figures["tflm"]["runs"].split(":")[0],
                "arena B": optional(figures, "tflm.arena_bytes", whole),
                "`.tflite` B": whole(figures["model_bytes"]),
                "accuracy on TFLM": optional(figures, "tflm.accuracy", percent),
                "on LiteRT": percent(figures["accuracy"]),
                "images classed alike": optional(figures, "tflm.agree_with_litert_images", whole),
            }
            for variant, figures in ours.items()
        ]
    )


def table_of_npu(ours: All) -> pd.DataFrame:
    """On an Ethos-U55-128, as Vela estimates: those of which it takes an operator."""
    return pd.DataFrame(
        [
            {
                "variant": code(variant),
                "operators on the NPU": f"{npu['npu_operators']} of {npu['npu_operators'] + npu['cpu_operators']}",
                "weights B": optional(npu, "weight_bytes", whole),
                "SRAM B": optional(npu, "sram_bytes", whole),
                "cycles": optional(npu, "cycles", whole),
                "µs": optional(npu, "inference_us", lambda value: f"{value:.1f}"),
            }
            for variant, npu in ((name, figures["npu"]) for name, figures in ours.items())
            if npu["npu_operators"]
        ],
        columns=["variant", "operators on the NPU", "weights B", "SRAM B", "cycles", "µs"],
    )


def runtimes(ours: All) -> list[str]:
    """Which variants run on a microcontroller, and for those that do not, why."""
    refused = {name: figures["tflm"]["reason"] for name, figures in ours.items() if "reason" in figures["tflm"]}
    untried = {
        printable(figures["tflm"]["runs"])
        for figures in ours.values()
        if figures["tflm"]["runs"].startswith("not tried")
    }
    said = []
    for name, reason in refused.items():
        essays = " This is the model that the essay's appendix makes." if name == "quantized_dynamic_range" else ""
        said.append(f"**`{name}` does not run.** TFLM says: “{printable(reason)}”{essays}")
    if untried:
        said.append(f"**Nothing was tried on TFLM here**: {untried.pop().removeprefix('not tried: ')}.")
    teacher, baseline, pruned = (ours.get(name, {}) for name in ("teacher", "baseline", "pruned"))
    arena = metrics.find(teacher, "tflm.arena_bytes")
    if arena:
        said.append(
            f"**The teacher runs, in theory**: it needs {whole(arena)} bytes of RAM beside "
            f"{whole(teacher['model_bytes'])} bytes of flash."
        )
    dense, sparse = (metrics.find(figures, "tflm.arena_bytes") for figures in (baseline, pruned))
    if dense and dense == sparse and baseline["model_bytes"] == pruned["model_bytes"]:
        said.append(
            "**Pruning saves nothing on TFLM**: `baseline` and `pruned` need the same flash and the same RAM. It pays "
            "where zeros are left out: in generated C, as the next section has it, or on an NPU, which packs its "
            "weights."
        )
    return said


def tradeoff(ours: All) -> pd.DataFrame:
    """Accuracy against each size, a row a variant."""
    keys = ("accuracy", "zip_bytes", "model_bytes", "float32_bytes")
    return pd.DataFrame(
        [{"variant": variant, **{key: figures[key] for key in keys}} for variant, figures in ours.items()]
    )


def joined(tables: Tables) -> pd.DataFrame:
    """Tables of all variants as one, its first column the variant."""
    return pd.concat([table.assign(variant=name) for name, table in tables.items()])[
        ["variant", *dict.fromkeys(column for table in tables.values() for column in table.columns)]
    ]
