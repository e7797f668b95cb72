"""Make points of the frontier of what `make explore` has found: the best network for the present budget, or trials.

The first of `teachers` teaches them.
"""

import argparse
import logging
import re
from pathlib import Path

from optuna.trial import FrozenTrial
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fewbytes import frontier, frontier_params, params, texts
from fewbytes.command import InputError
from fewbytes.exploring import study
from fewbytes.files import write_text
from fewbytes.frontier_params import Params
from fewbytes.reports import explored

EMPTY = re.compile(r"^points: *\{ *\}", re.MULTILINE)
END = re.compile(r"\n(?=(?:[ \t]*\n)*\S)|\Z")  # of what is indented


def add(text: str, point: str) -> str:
    """frontier/params.yaml with one point more, the last; the rest of it stays as it is, comments too."""
    text = EMPTY.sub("points:", text)
    start = text.find("\npoints:") + 1
    end = END.search(text, text.find("\n", start))
    assert end is not None
    indented = "\n".join(f"  {line}" for line in point.splitlines())
    return "\n".join([text[: end.start()].rstrip(), indented, text[end.end() :].rstrip() + "\n"])


def require_points(path: Path, text: str, names: list[str]) -> None:
    """Raises InputError where `text`, the new frontier/params.yaml, is not one with these points."""
    try:
        content = YAML(typ="safe", pure=True).load(text)
        added = params.check(content, Params, path).points.keys() >= set(names)
    except (YAMLError, InputError):
        added = False
    if not added:
        raise InputError(f"{path}: points must be a section of its own, its points below it, indented by two spaces")


def find(found: explored.Study, numbers: list[int]) -> list[FrozenTrial]:
    """Trials by their numbers; the best where there are none. Raises InputError for one that did not end."""
    complete = {trial.number: trial for trial in found.complete}
    if not complete:
        raise InputError(f"{frontier.JOURNAL}: no network has gone up all rungs yet for {found.budget}")
    missing = [number for number in numbers if number not in complete]
    if missing:
        known = ", ".join(map(str, complete))
        raise InputError(f"trial {missing[0]} did not go up all rungs for {found.budget}; {known} did, the best first")
    return [complete[number] for number in numbers] or found.complete[:1]


def required(path: Path, settings: Params) -> explored.Study:
    """The study of the budget that `settings` say. Raises InputError where there is none."""
    wanted = study.asked_of(frontier_params.require_explore(settings.explore))
    for each in explored.load(settings):
        if each.asked == wanted:
            return each
    raise InputError(f"{frontier.JOURNAL}: no search for the budget of {path} yet; `make explore` begins it")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trials", type=int, nargs="*", help="numbers, as frontier/explore/report.md has them")
    numbers = parser.parse_args().trials
    path = frontier_params.PATH
    settings = frontier_params.load()
    found = required(path, settings)
    names = []
    text = texts.read(path)
    teacher, *_ = settings.teachers
    for trial in find(found, numbers):
        name, point = explored.as_point(found, trial, teacher=teacher)
        if name in settings.points or name in names:
            raise InputError(f"{path}: points has {name} already")
        text = add(text, point)
        names.append(name)
    require_points(path, text, names)
    write_text(path, text)
    wanted = " ".join(f"frontier/dvc.yaml:rate@{name}" for name in names)
    logging.info("%s: points has %s now; `dvc repro %s frontier/dvc.yaml:chart`", path, ", ".join(names), wanted)
