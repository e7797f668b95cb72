"""Rate every point of the frontier anew from the models in Git, and compare with the figures in Git. Trains nothing."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tabulate import tabulate

from fewbytes import frontier, frontier_params, metrics
from fewbytes.command import InputError
from fewbytes.measuring import verdicts
from fewbytes.metrics import Metrics

SEEDS = (1, 2, 3)
SHOWN = ("accuracy", "tflm_accuracy", "coded_bytes", "activation_bytes")


def differing(found: Metrics, committed: Metrics) -> list[str]:
    """Keys whose figures are not the same.

    LiteRT's kernels round differently on different processors, so its accuracies may differ by a few images; those of
    TensorFlow Lite Micro may not, but where it has no package they are not missed.
    """
    keys = [key for key in committed if key != "chip" and (key != "tflm_accuracy" or key in found)]
    return [key for key in keys if key not in found or not _same(key, found[key], committed[key])]


def _same(key: str, found: Any, committed: Any) -> bool:
    if "accuracy" in key and key != "tflm_accuracy" and metrics.is_number(found) and metrics.is_number(committed):
        return bool(abs(found - committed) <= verdicts.ROUNDING)
    return bool(found == committed)


def load(path: Path) -> Metrics:
    """A point's figures in Git. Raises InputError where one of those that every point has is missing."""
    keys = ("seed", *(key for key in SHOWN if key != "tflm_accuracy"))
    return metrics.require(metrics.load(path), keys, str(path))


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows, wrong = [], []
    points = frontier_params.load().points
    everything = {point: load(frontier.metrics_path(point)) for point in points}
    seeds = [committed["seed"] for committed in everything.values()]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        rated = list(pool.map(verdicts.rate_point, everything, [SEEDS] * len(everything), seeds))
    for (point, committed), (found, *_) in zip(everything.items(), rated, strict=True):
        unlike = differing(found, committed)
        wrong += [f"{point}: {key} is {found.get(key)}, committed {committed[key]}" for key in unlike]
        rows.append([point, *(found.get(key, "–") for key in SHOWN), "differs" if unlike else "as committed"])
    rows.sort(key=lambda row: row[1 + SHOWN.index("coded_bytes")])
    headers = ["point", *SHOWN, "verdict"]
    sys.stdout.write(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True) + "\n")
    if wrong:
        raise InputError("; ".join(wrong))
