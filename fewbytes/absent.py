"""A model that a step cannot make of the user's network: a note in its file's place, so that others still run."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fewbytes.command import InputError
from fewbytes.files import write_all

MARK = "not made: "
LONGEST = 1_000  # bytes of a note; every model is larger, or is no text


class NotMadeError(InputError):
    """Why a step cannot handle a network, in one line."""


def reason(path: Path) -> str | None:
    """Why there is no model in the file; None where there is one, or no file."""
    if not path.is_file() or path.stat().st_size > LONGEST:
        return None
    text = path.read_bytes().decode(errors="replace")
    return text.removeprefix(MARK).strip() if text.startswith(MARK) else None


@contextmanager
def noted(models: Sequence[Path], tables: Sequence[Path] = ()) -> Iterator[None]:
    """Where the block raises NotMadeError, write the reason to each of `models`, leave `tables` empty, and go on."""
    try:
        yield
    except NotMadeError as error:
        logging.warning("warning: %s: not made: %s", models[0], error)
        write_all(dict.fromkeys(models, f"{MARK}{error}\n") | dict.fromkeys(tables, ""))
