"""Hold metrics/*.json against the gates of params.yaml: a table, and exit code 1 that names every gate that fails."""

import logging
import operator
import sys
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

from stages.shared import metrics, params
from stages.shared.command import InputError, run


class Verdict(NamedTuple):
    gate: str  # variant.metric
    bound: str
    value: float | str
    verdict: str


def check(gates: dict[str, dict[str, params.Bound]], folder: Path = metrics.FOLDER) -> list[Verdict]:
    """One verdict a bound. A metric that is missing, or is not a number, fails."""
    verdicts = []
    for variant, bounds in gates.items():
        try:
            figures = metrics.load(folder / f"{variant}.json")
        except InputError:
            figures = {}
        for metric, bound in bounds.items():
            value = figures.get(metric)
            if not isinstance(value, (int, float)):
                value = "missing"
            for limit, sign, passes in ((bound.min, "≥", operator.ge), (bound.max, "≤", operator.le)):
                if limit is not None:
                    passed = value != "missing" and passes(value, limit)
                    verdicts.append(
                        Verdict(f"{variant}.{metric}", f"{sign} {limit:g}", value, "pass" if passed else "FAIL")
                    )
    return verdicts


def main() -> None:
    verdicts = check(params.load().gates)
    sys.stdout.write(tabulate(verdicts, headers=Verdict._fields, tablefmt="github", disable_numparse=True) + "\n")
    gates = dict.fromkeys(verdict.gate for verdict in verdicts)  # one that has two bounds counts once
    failed = dict.fromkeys(verdict.gate for verdict in verdicts if verdict.verdict == "FAIL")
    if failed:
        raise InputError(f"{len(failed)} of {len(gates)} gates failed: {', '.join(failed)}")
    logging.info("all %d gates passed", len(gates))


if __name__ == "__main__":
    run(main)
