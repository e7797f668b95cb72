"""Writing files whole or not at all, so that nothing half-written is ever taken for a result."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tflite_to_c.files import write_all

__all__ = ["write_all", "write_bytes", "write_csv", "write_json", "write_text"]


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
