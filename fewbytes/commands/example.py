"""Run the pipeline as examples/NAME has it, in a copy of this project, so that the results here stay as they are.

What examples/NAME/params.yaml says takes the place of what params.yaml says; the other files there are added. fetch.py,
where there is one, fetches data first; with frontier/params.yaml the example has a frontier of its own. DVC's cache is
shared. What comes of it is copied to examples/NAME/report, and held against the example's gates.
"""

import argparse
import io
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fewbytes import frontier, frontier_params, params, yaml_files
from fewbytes.command import InputError
from fewbytes.commands import verify_cache
from fewbytes.files import write_all

FOLDER = Path("examples")
COPIES = Path(".examples")  # not in Git
OWN = Path("data/own")
SOURCES = (".dvcignore", "dvc.yaml", "essay.yaml", "metrics/dvc.yaml", "params.yaml", "variants.yaml")
SOURCES_BELOW = ("stages", "fewbytes", "tflite_to_c", "firmware/quoted.yaml", "frontier/published.yaml")
FRONTIERS = frontier.FOLDER / "dvc.yaml", frontier.EXPLORE / "dvc.yaml"  # unless the example has its own
EMPTY = OWN, frontier.FOLDER / "c", frontier.FOLDER / "metrics"  # folders that stages read, whatever is in them
CHOOSING = {"source", "family"}  # keys by which a section is of one kind or another
REPLACED = {"gates"}  # sections that hold for one set of parameters alone
FETCH = "fetch.py"
KEPT_HERE = ("README.md", "report", "report.partial")  # of an example: not part of its pipeline
PAGE = Path("metrics/report.html")
RESULTS = (
    *("metrics/report.md", "metrics/summary.json", "metrics/pictures", "metrics/variants"),
    *("metrics/repeats.csv", "metrics/repeats_searched.csv"),
)
FRONTIER_RESULTS = ("frontier/report.md", "frontier/frontier.png", "frontier/metrics")
EXPLORE_RESULTS = ("report.md", "found.json", "found.png")


def names() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob("*/params.yaml"))


def sources(example: Path) -> dict[Path, Path]:
    """Every file that the copy holds, by its place there."""
    found = {Path(name): Path(name) for name in SOURCES}
    for name in SOURCES_BELOW:
        found |= {path: path for path in _files(Path(name))}
    if has_frontier(example):
        found |= {path: path for path in FRONTIERS}
    for path in _files(example):
        inside = path.relative_to(example)
        if inside.parts[0] not in KEPT_HERE:
            found[inside] = path
    return found


def has_frontier(example: Path) -> bool:
    return (example / frontier_params.PATH).is_file()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".partial":
            yield path


def prepare(name: str) -> Path:
    """The copy, made or brought up to date; what its pipeline made is kept. Raises InputError for no such example."""
    example = FOLDER / name
    if name not in names():
        raise InputError(f"{name}: no example; examples/ has {', '.join(names()) or 'none'}")
    copy = COPIES / name
    wanted = {inside: path.read_bytes() for inside, path in sources(example).items()}
    wanted[params.PATH] = merged(yaml_files.load(params.PATH), yaml_files.load(example / params.PATH))
    for inside, content in wanted.items():
        target = copy / inside
        there = target.read_bytes() if target.is_file() else None
        goes_on = inside == frontier.JOURNAL and there is not None and there.startswith(content)  # after a kill, say
        if there != content and not goes_on:
            write_all({target: content})
    for below in SOURCES_BELOW:
        for path in list(_files(copy / below)):
            if path.relative_to(copy) not in wanted:
                path.unlink()
    for folder in EMPTY:
        (copy / folder).mkdir(parents=True, exist_ok=True)
    cache = verify_cache.find().objects.parent.parent
    write_all(
        {copy / ".dvc" / "config": f"[core]\n    analytics = false\n    no_scm = true\n[cache]\n    dir = {cache}\n"}
    )
    return copy


def merged(whole: Any, changes: Any) -> bytes:
    """params.yaml with `changes`, key by key; gates, and what chooses another source or family, section by section."""
    text, yaml = io.BytesIO(), YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.dump(_merged(whole, changes), text)
    return text.getvalue()


def _merged(whole: Any, changes: Any) -> Any:
    if not isinstance(whole, dict) or not isinstance(changes, dict) or not changes or CHOOSING & changes.keys():
        return changes
    return whole | {key: value if key in REPLACED else _merged(whole.get(key), value) for key, value in changes.items()}


def fetch(copy: Path) -> None:
    """Run the example's fetch.py, once."""
    script, own = copy / FETCH, copy / OWN
    if script.exists() and not any(own.iterdir()):
        whole = False
        try:
            whole = subprocess.run([sys.executable, FETCH], cwd=copy, check=False).returncode == 0
        finally:
            if not whole:  # also after Ctrl-C: a part of the files would be taken for all of them
                shutil.rmtree(own)
        if not whole:
            raise InputError(f"{script}: failed, see above")


def collect(copy: Path, example: Path) -> None:
    """Replace the example's report, a folder, by the results that are in `copy`."""
    target, made = example / "report", example / "report.partial"
    places = {path: path.relative_to(copy / "metrics") for name in RESULTS for path in _files(copy / name)}
    if has_frontier(example):
        places |= {path: path.relative_to(copy) for name in FRONTIER_RESULTS for path in _files(copy / name)}
        places |= _explored(copy)
    contents = {made / place: path.read_bytes() for path, place in places.items()}
    shutil.rmtree(made, ignore_errors=True)
    write_all(contents)
    shutil.rmtree(target, ignore_errors=True)  # not before the new one is whole
    made.rename(target)


def _explored(copy: Path) -> dict[Path, Path]:
    """What the search has found, and where it goes in the example's report."""
    found = [path for name in EXPLORE_RESULTS for path in _files(copy / frontier.EXPLORE / name)]
    return {path: path.relative_to(copy) for path in found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help=f"one of {', '.join(names())}")
    parser.add_argument("--explore", action="store_true", help="search for networks, as its frontier/params.yaml says")
    arguments = parser.parse_args()
    name = arguments.name
    example = FOLDER / name
    if arguments.explore and not has_frontier(example):
        raise InputError(f"{example}: has no {frontier_params.PATH}, which says what to search for")
    copy = prepare(name)
    fetch(copy)
    if arguments.explore:
        _explore(copy, example)
        write_all({example / "report" / place: path.read_bytes() for path, place in _explored(copy).items()})
        logging.info("%s: see %s", name, example / "report" / frontier.EXPLORE / "report.md")
        return
    _reproduce(copy, example, *(["dvc.yaml", "frontier/dvc.yaml"] if has_frontier(example) else ["dvc.yaml"]))
    _reproduce(copy, example, "--single-item", "metrics/dvc.yaml:page")
    collect(copy, example)
    gated = has_frontier(example) or yaml_files.load(copy / params.PATH).get("gates")
    if gated and subprocess.run([sys.executable, "-m", "fewbytes", "gate"], cwd=copy, check=False).returncode:
        raise InputError(f"{example}: its report is new, and not all its gates passed, see above")
    logging.info("%s: see %s, and to look into it %s", name, example / "report" / "report.md", copy / PAGE)


def _explore(copy: Path, example: Path) -> None:
    """The search goes on from the example's journal, which is brought back however it ends."""
    pipeline = frontier.EXPLORE / "dvc.yaml"
    _reproduce(copy, example, "prepare")
    try:
        _reproduce(copy, example, "--force", "--single-item", f"{pipeline}:explore")
    finally:
        if (copy / frontier.JOURNAL).is_file():
            write_all({example / frontier.JOURNAL: (copy / frontier.JOURNAL).read_bytes()})
    _reproduce(copy, example, "--single-item", f"{pipeline}:survey")


def _reproduce(copy: Path, example: Path, *wanted: str) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    if subprocess.run(["dvc", "repro", *wanted], cwd=copy, env=environment, check=False).returncode:
        raise InputError(f"{copy}: its pipeline stopped, see above; after mending {example}, run this again")
