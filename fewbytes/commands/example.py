"""Run the pipeline as examples/NAME has it, in a copy of this project, so that the results here stay as they are.

What stands in examples/NAME, params.yaml above all, takes the place of this project's own; DVC's cache is shared. What
comes of it is copied to examples/NAME/report.
"""

import argparse
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fewbytes.command import InputError
from fewbytes.commands import verify_cache
from fewbytes.files import write_all

FOLDER = Path("examples")
COPIES = Path(".examples")  # not in Git
SOURCES = (".dvcignore", "dvc.yaml", "essay.yaml", "params.yaml", "variants.yaml")
SOURCES_BELOW = ("stages", "fewbytes", "tflite_to_c", "firmware/quoted.yaml")
KEPT_HERE = ("README.md", "report")  # of an example: not part of its pipeline
RESULTS = ("metrics/report.md", "metrics/summary.json", "metrics/pictures")


def names() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob("*/params.yaml"))


def sources(example: Path) -> dict[Path, Path]:
    """Every file that the copy holds, by its place there."""
    found = {Path(name): Path(name) for name in SOURCES}
    for name in SOURCES_BELOW:
        found |= {path: path for path in _files(Path(name))}
    for path in _files(example):
        inside = path.relative_to(example)
        if inside.parts[0] not in KEPT_HERE:
            found[inside] = path
    return found


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
    wanted = sources(example)
    for inside, path in wanted.items():
        content, target = path.read_bytes(), copy / inside
        if not target.is_file() or target.read_bytes() != content:
            write_all({target: content})
    for below in SOURCES_BELOW:
        for path in list(_files(copy / below)):
            if path.relative_to(copy) not in wanted:
                path.unlink()
    cache = verify_cache.find().objects.parent.parent
    write_all(
        {copy / ".dvc" / "config": f"[core]\n    analytics = false\n    no_scm = true\n[cache]\n    dir = {cache}\n"}
    )
    return copy


def collect(copy: Path, target: Path) -> None:
    """Replace `target`, a folder, by the results that are in `copy`."""
    contents = {
        target / path.relative_to(copy / "metrics"): path.read_bytes()
        for name in RESULTS
        for path in _files(copy / name)
    }
    if target.exists():
        shutil.rmtree(target)
    write_all(contents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help=f"one of {', '.join(names())}")
    name = parser.parse_args().name
    copy = prepare(name)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    code = subprocess.run(["dvc", "repro"], cwd=copy, env=environment, check=False).returncode
    if code:
        raise InputError(f"{copy}: its pipeline stopped, see above; after mending examples/{name}, run this again")
    collect(copy, FOLDER / name / "report")
    logging.info("%s: see %s", name, FOLDER / name / "report" / "report.md")
