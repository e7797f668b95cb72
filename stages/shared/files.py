"""Writing files whole or not at all, so that nothing half-written is ever taken for a result."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def write_all(contents: Mapping[Path, bytes | str]) -> None:
    """Write each content beside its path, then move all there.

    Raises OSError, and leaves every path as it was, when the disk is full.
    """
    for path in contents:
        path.parent.mkdir(parents=True, exist_ok=True)
    partials = {path: path.with_name(path.name + ".partial") for path in contents}
    try:
        for path, content in contents.items():
            if path.is_dir():  # the one thing that would stop a move after others were made
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            partials[path].write_bytes(content.encode() if isinstance(content, str) else content)
        for path, partial in partials.items():
            partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, f"cannot write: {error.strerror}", str(path)) from None
    finally:
        for partial in partials.values():
            partial.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    write_all({path: content})


def write_text(path: Path, content: str) -> None:
    write_all({path: content})


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=2) + "\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())
