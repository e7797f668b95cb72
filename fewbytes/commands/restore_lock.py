"""Mend what DVC left half-written when it was interrupted, which it refuses to start over: dvc.lock, and its rwlock.

What stands whole before the cut is kept, other stages are as in Git's HEAD, and DVC finds the rest in its run cache.
The rwlock says which process reads and writes what; a damaged one is of a process that is gone. A whole file is never
touched.
"""

import json
import logging
import re
import subprocess
from pathlib import Path
from typing import Any

from dvc.utils.serialize import dumps_yaml

from fewbytes import lock_files
from fewbytes.command import InputError
from fewbytes.files import write_bytes, write_text

RWLOCK = Path(".dvc/tmp/rwlock")
ENTRY = re.compile(r"^  \S", re.MULTILINE)  # where a stage begins


def whole_stages(content: bytes) -> dict[str, Any]:
    """The stages of a cut lock file, without the last one it names: that may be the one that is cut."""
    text = content.decode(errors="replace")
    begins = [match.start() for match in ENTRY.finditer(text)]
    return (lock_files.stages(text[: begins[-1]].encode()) if begins else None) or {}


def committed_stages(path: Path) -> dict[str, Any]:
    """The stages of that lock file in Git's HEAD; none where it has no such file, or an unreadable one."""
    try:
        done = subprocess.run(["git", "show", f"HEAD:./{path.as_posix()}"], capture_output=True, check=False)
    except FileNotFoundError:
        raise InputError("git is not installed") from None
    return (lock_files.stages(done.stdout) if done.returncode == 0 else None) or {}


def restore(path: Path) -> None:
    """Mend the lock file at `path` where it is unreadable, say so, and keep what was there beside it."""
    content = path.read_bytes()
    if lock_files.stages(content) is not None:
        return
    kept = path.with_name(path.name + ".broken")
    write_bytes(kept, content)
    stages = committed_stages(path) | whole_stages(content)
    if stages:
        write_text(path, dumps_yaml({"schema": "2.0", "stages": stages}))
        done = f"restored, {len(stages)} stages, from what was whole of it and from Git"
    else:
        path.unlink()
        done = "removed; DVC makes it anew from its run cache"
    logging.info("%s: unreadable, as an interruption leaves it; %s (the old one is %s)", path, done, kept.name)


def remove_damaged_rwlock() -> None:
    """Remove the rwlock where it is no JSON, and say so."""
    try:
        json.loads(RWLOCK.read_bytes())
    except FileNotFoundError:
        pass
    except ValueError:
        RWLOCK.unlink()
        logging.info("%s: unreadable, as an interruption leaves it; removed", RWLOCK)


def main() -> None:
    remove_damaged_rwlock()
    for path in lock_files.PATHS:
        if path.exists():
            restore(path)
