"""Hold metrics against the gates of params.yaml and of the frontier: a table; exit code 1 names those that fail."""

import logging
import operator
import sys
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

from fewbytes import frontier, frontier_params, metrics, params, variants
from fewbytes.command import InputError


class Verdict(NamedTuple):
    gate: str  # variant.metric
    bound: str
    value: float | str
    verdict: str


Gates = dict[str, dict[str, params.Bound]]  # by variant of the pipeline, or frontier/POINT, and metric
FRONTIER = "frontier/"


def load() -> Gates:
    """All gates, of the frontier too where there is one. Raises InputError where there are none."""
    gates = dict(params.load().gates)
    if frontier_params.PATH.exists():
        gates |= {f"{FRONTIER}{point}": bounds for point, bounds in frontier_params.load().gates.items()}
    if not gates:
        raise InputError(f"{params.PATH}: gates holds no gate, so nothing was checked")
    return gates


def path_of(variant: str) -> Path:
    point = variant.removeprefix(FRONTIER)
    return variants.metrics_path(variant) if point == variant else frontier.metrics_path(point)


def check(gates: Gates) -> list[Verdict]:
    """One verdict a bound. Metrics within metrics are named with dots. One that is missing, or no number, fails.

    Raises InputError where a file is there and cannot be read, or where there is nothing to check.
    """
    verdicts = []
    for variant, bounds in gates.items():
        if not bounds:
            point = variant.removeprefix(FRONTIER)
            where = params.PATH if point == variant else frontier_params.PATH
            raise InputError(f"{where}: gates.{point} holds no gate; give a metric its min, max or both")
        figures = metrics.load(path_of(variant)) if path_of(variant).exists() else {}
        for metric, bound in bounds.items():
            number = metrics.find(figures, metric)
            value = "missing" if number is None else number
            for limit, sign, passes in ((bound.min, "≥", operator.ge), (bound.max, "≤", operator.le)):
                if limit is not None:
                    passed = not isinstance(value, str) and passes(value, limit)
                    verdicts.append(
                        Verdict(f"{variant}.{metric}", f"{sign} {limit:g}", value, "pass" if passed else "FAIL")
                    )
    return verdicts


def main() -> None:
    verdicts = check(load())
    sys.stdout.write(tabulate(verdicts, headers=Verdict._fields, tablefmt="github", disable_numparse=True) + "\n")
    gates = dict.fromkeys(verdict.gate for verdict in verdicts)  # one that has two bounds counts once
    failed = dict.fromkeys(verdict.gate for verdict in verdicts if verdict.verdict == "FAIL")
    if failed:
        raise InputError(f"{len(failed)} of {len(gates)} gates failed: {', '.join(failed)}")
    logging.info("all %d gates passed", len(gates))
