"""Hold what DVC's cache has of this project against its checksums: DVC trusts a damaged object that is read-only."""

import argparse
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import voluptuous
import yaml
from dvc.exceptions import NotDvcRepoError
from dvc.repo import Repo
from dvc.schema import COMPILED_LOCK_FILE_STAGE_SCHEMA

from fewbytes import lock_files
from fewbytes.command import InputError

FOLDER = ".dir"  # ends the checksum of an object that lists a folder


class Cache(NamedTuple):
    """objects: the folder of what stages made. runs: the folder of records, by which DVC need not run a stage again."""

    objects: Path
    runs: Path

    def object(self, checksum: str) -> Path:
        return self.objects / checksum[:2] / checksum[2:]


def find() -> Cache:
    """Where DVC is configured to keep its cache. Raises InputError outside a project of DVC's."""
    try:
        repo = Repo()
    except NotDvcRepoError:
        raise InputError("not a DVC project; run commands from the top folder of the project") from None
    return Cache(Path(repo.cache.local.path), Path(repo.stage_cache.cache_dir))


def recorded() -> dict[str, Any]:
    """What the lock files record, by file and stage. Raises InputError for one that DVC could not read."""
    found: dict[str, Any] = {}
    for path in lock_files.PATHS:
        if path.exists():
            stages = lock_files.stages(path.read_bytes())
            if stages is None:
                raise InputError(f"{path}: unreadable; `python -m fewbytes restore-lock` mends it")
            found |= {f"{path}:{name}": stage for name, stage in stages.items()}
    return found


def read_run(path: Path) -> dict[str, Any] | None:
    """A record of the run cache; None where it is damaged."""
    try:
        return COMPILED_LOCK_FILE_STAGE_SCHEMA(yaml.load(path.read_bytes(), yaml.CSafeLoader))
    except (yaml.YAMLError, voluptuous.Invalid, ValueError):
        return None


def named(stages: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    """Checksums that `stages` name, and the paths they name them for."""
    found: dict[str, set[str]] = {}
    for stage in stages:
        for entry in (*stage.get("deps", []), *stage.get("outs", [])):
            if "md5" in entry:
                found.setdefault(entry["md5"], set()).add(entry["path"])
    return found


def files_of(listing: Path, paths: set[str]) -> dict[str, set[str]]:
    """As `named`, of the files that the object of a folder lists."""
    files = json.loads(listing.read_bytes())
    return {file["md5"]: {f"{path}/{file['relpath']}" for path in paths} for file in files}


def damaged_objects(cache: Cache, named: dict[str, set[str]]) -> Iterator[tuple[Path, set[str]]]:
    """Objects whose content is not that of their checksum, and the paths they are of. Missing ones are fine."""
    for checksum, paths in sorted(named.items()):
        path = cache.object(checksum)
        if not path.is_file():
            continue
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
        if found != checksum.removesuffix(FOLDER):
            yield path, paths
        elif checksum.endswith(FOLDER):
            yield from damaged_objects(cache, files_of(path, paths))


def damage(cache: Cache) -> dict[Path, str]:
    """Damaged files of the cache, and what they are of."""
    runs = {path: read_run(path) for path in sorted(cache.runs.glob("*/*/*")) if path.is_file()}
    objects = named([*recorded().values(), *(record for record in runs.values() if record is not None)])
    found = {path: ", ".join(sorted(paths)) for path, paths in damaged_objects(cache, objects)}
    return found | {path: "a record of a run" for path, record in runs.items() if record is None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove what is damaged; `dvc repro` makes it anew")
    remove = parser.parse_args().remove
    found = damage(find())
    for path, what in found.items():
        if remove:
            path.unlink()
        logging.info("%s: damaged%s: %s", path, ", removed" if remove else "", what)
    if found and not remove:
        raise InputError(
            f"{len(found)} damaged in DVC's cache; "
            "`python -m fewbytes verify-cache --remove`, then `dvc repro`, mends it"
        )
