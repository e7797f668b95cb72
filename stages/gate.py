"""Hold metrics/*.json against the gates of params.yaml: a table, and exit code 1 that names every gate that fails."""

import logging
import operator
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tabulate import tabulate

from stages.shared import frontier, frontier_params, metrics, params
from stages.shared.command import InputError, run
from stages.shared.metrics import Metrics


class Verdict(NamedTuple):
    gate: str  # variant.metric
    bound: str
    value: float | str
    verdict: str


def find(figures: Metrics, metric: str) -> float | str:
    """The number under `metric`, whose parts are joined by dots; "missing" where there is none."""
    value: Any = figures
    for key in metric.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, (int, float)) else "missing"


def path_of(variant: str) -> Path:
    """A variant of the pipeline, or frontier/POINT."""
    point = variant.removeprefix("frontier/")
    return metrics.path_of(variant) if point == variant else frontier.metrics_path(point)


def check(gates: dict[str, dict[str, params.Bound]]) -> list[Verdict]:
    """One verdict a bound. Metrics within metrics are named with dots. One that is missing, or no number, fails."""
    verdicts = []
    for variant, bounds in gates.items():
        try:
            figures = metrics.load(path_of(variant))
        except InputError:
            figures = {}
        for metric, bound in bounds.items():
            value = find(figures, metric)
            for limit, sign, passes in ((bound.min, "≥", operator.ge), (bound.max, "≤", operator.le)):
                if limit is not None:
                    passed = not isinstance(value, str) and passes(value, limit)
                    verdicts.append(
                        Verdict(f"{variant}.{metric}", f"{sign} {limit:g}", value, "pass" if passed else "FAIL")
                    )
    return verdicts


def main() -> None:
    frontier_params.load()  # nobody else looks at it where no stage runs
    verdicts = check(params.load().gates)
    sys.stdout.write(tabulate(verdicts, headers=Verdict._fields, tablefmt="github", disable_numparse=True) + "\n")
    gates = dict.fromkeys(verdict.gate for verdict in verdicts)  # one that has two bounds counts once
    failed = dict.fromkeys(verdict.gate for verdict in verdicts if verdict.verdict == "FAIL")
    if failed:
        raise InputError(f"{len(failed)} of {len(gates)} gates failed: {', '.join(failed)}")
    logging.info("all %d gates passed", len(gates))


if __name__ == "__main__":
    run(main)
