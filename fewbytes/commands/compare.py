"""Compare two Git revisions: each variant's accuracy and bytes, zipped, coded and as flash of a Cortex-M4."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import PurePosixPath

from tabulate import tabulate

from fewbytes import metrics, variants
from fewbytes.command import InputError, one_line
from fewbytes.metrics import All, Metrics
from fewbytes.reports.tables import NONE, percent, whole

COLUMNS = {
    "accuracy": (("accuracy",), percent),
    "zip B": (("zip_bytes",), whole),
    "coded B": (("coded.arithmetic_bytes", "coded.huffman_bytes"), whole),
    "flash B": (("chip.cortex_m4.flash_bytes",), whole),
}


def git(*arguments: str) -> str | None:
    """What git prints; None where it fails."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, encoding="utf-8", errors="replace", check=False)
    except FileNotFoundError:
        raise InputError("git is not installed") from None
    return None if done.returncode else done.stdout


def at(revision: str) -> All:
    """Figures of the variants that are in Git at `revision`. Raises InputError where there are none."""
    commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise InputError(f"{revision}: no revision of a Git repository here")
    listed = git("ls-tree", "--name-only", commit.strip(), f"{variants.FOLDER.as_posix()}/") or ""
    paths = [path for path in listed.splitlines() if path.endswith(".json")]
    if not paths:
        raise InputError(f"{revision}: has no {variants.FOLDER}/*.json, which this compares")
    return {PurePosixPath(path).stem: _figures(revision, commit.strip(), path) for path in paths}


def _figures(revision: str, commit: str, path: str) -> Metrics:
    try:
        content = json.loads(git("show", f"{commit}:./{path}") or "")
    except (ValueError, RecursionError) as error:
        raise InputError(f"{revision}:{path}: not JSON ({one_line(error)})") from None
    if not isinstance(content, dict):
        raise InputError(f"{revision}:{path}: not a JSON object")
    return content


def here() -> All:
    """Figures of the work tree's variants that were measured."""
    paths = {name: variants.metrics_path(name) for name in variants.load()}
    return {name: metrics.load(path) for name, path in paths.items() if path.exists()}


def table(before: All, after: All) -> list[dict[str, str]]:
    """A row a variant: one figure where nothing changed, else both."""
    return [
        {
            "variant": name,
            **{
                column: _cell(_show(before.get(name, {}), *what), _show(after.get(name, {}), *what))
                for column, what in COLUMNS.items()
            },
        }
        for name in dict.fromkeys([*after, *before])
    ]


def _show(figures: Metrics, keys: tuple[str, ...], show: Callable[[float], str]) -> str:
    values = [value for key in keys if (value := metrics.find(figures, key)) is not None]
    return show(values[0]) if values else NONE


def _cell(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", nargs="?", default="HEAD", help="a Git revision (default: HEAD)")
    parser.add_argument("after", nargs="?", help="another (default: the work tree)")
    arguments = parser.parse_args()
    before = at(arguments.before)
    after = at(arguments.after) if arguments.after else here()
    sys.stdout.write(tabulate(table(before, after), headers="keys", tablefmt="simple", disable_numparse=True) + "\n")
