"""Reading a model, and writing files whole or not at all: nothing half-written is ever taken for a result."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from tflite_to_c.errors import InputError


def read_model(path: Path) -> bytes:
    """Raises InputError where there is no such file."""
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise InputError(f"{path}: a folder; give a .tflite file (of a SavedModel, what a converter makes)") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


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
