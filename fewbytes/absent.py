"""A model that a step cannot make. Its file says why in a line instead, so that the stages after it go on."""

from pathlib import Path

from fewbytes.files import write_bytes

MARK = b"not possible: "


def write(path: Path, reason: str) -> None:
    write_bytes(path, MARK + reason.encode())


def status(path: Path) -> str | None:
    """What such a file says, "not possible: …"; None of a model."""
    with path.open("rb") as file:
        if file.read(len(MARK)) != MARK:
            return None
        return (MARK + file.read()).decode(errors="replace")
