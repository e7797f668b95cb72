"""Text files as they are read everywhere: UTF-8 whatever the locale, and never more than is sensible."""

from pathlib import Path

from fewbytes.command import InputError, missing

MOST_BYTES = 10_000_000  # the largest here has 300 kB


def read(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """Raises InputError when the file is missing, has over `most_bytes`, or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except FileNotFoundError:
        raise missing(path) from None
    if len(content) > most_bytes:
        raise InputError(f"{path}: over {most_bytes:,} bytes; such a file is not this large")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from None
