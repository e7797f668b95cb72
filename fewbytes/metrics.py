"""Reading metrics: one JSON object a variant in metrics/, and the essay's own figures in essay.yaml."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from fewbytes import params, texts, yaml_files
from fewbytes.command import InputError, one_line
from fewbytes.section import Section

FOLDER = Path("metrics")
ESSAY = Path("essay.yaml")
LARGEST = 2**53  # beyond, floats no longer tell whole numbers apart
# What others are divided by; of every other figure zero makes sense.
POSITIVE = {
    *("test_images", "images", "parameters", "instructions"),
    *("zip_bytes", "model_bytes", "parameter_bytes", "float32_bytes"),
    *("huffman_bytes", "arithmetic_bytes", "coded_bytes", "flash_bytes", "ram_bytes"),
}

Metrics = dict[str, Any]
All = dict[str, Metrics]  # by variant, point or engine


def load(path: Path) -> Metrics:
    """Raises InputError when the file is missing, or is not a JSON object of finite numbers."""
    try:
        content = json.loads(texts.read(path), parse_constant=_number, parse_float=_number, parse_int=_whole)
        json.dumps(content, ensure_ascii=False).encode()  # a ValueError for half a character
    except RecursionError:
        raise InputError(f"{path}: not JSON (nested too deep); `git restore {path}` brings it back") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({one_line(error)}); `git restore {path}` brings it back") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a JSON object; `git restore {path}` brings it back")
    return content


def _number(text: str) -> float:
    number = float(text)
    if not is_number(number):
        raise ValueError(f"{text[:40]} is no finite number")
    return number


def _whole(text: str) -> int:
    if len(text) > 40:
        raise ValueError(f"a number of {len(text):,} digits")
    return int(text)


def is_number(value: Any) -> bool:
    """Is it a finite number? True and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def find(figures: Metrics, metric: str) -> float | None:
    """The number under `metric`, whose parts are joined by dots; None where there is none."""
    value: Any = figures
    for key in metric.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if is_number(value) else None


def require(figures: Metrics, keys: Iterable[str], source: str) -> Metrics:
    """Return `figures`; raise InputError unless all `keys`, found as `find` does, are numbers that make sense."""
    found = {key: find(figures, key) for key in keys}
    missing = [key for key, value in found.items() if value is None]
    if missing:
        raise InputError(f"{source}: has no number for {', '.join(missing)}; `git restore {source}` brings it back")
    for key, value in found.items():
        lowest, highest = _range(key.rpartition(".")[2])
        if value is not None and not lowest <= value <= highest:
            raise InputError(
                f"{source}: {key} = {value:g}: must be from {lowest:g} to {highest:g}; "
                f"`git restore {source}` brings it back"
            )
    return figures


def _range(name: str) -> tuple[float, float]:
    if "change" in name:
        return -LARGEST, LARGEST
    if "accuracy" in name or name == "sparsity":
        return 0, 1
    return (1 if name in POSITIVE else 0), LARGEST


Size = Annotated[int, Field(ge=1, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1)]


class Zipped(Section):
    """A line of the essay's Table 1."""

    accuracy: Share
    zip_bytes: Size
    compression_zip: Annotated[float, Field(gt=0)] | None = None
    accuracy_change_points: float | None = None


class Counted(Section):
    """A line of the essay's Table 2."""

    accuracy: Share
    parameter_bytes: Size
    compression_parameter_bytes: Annotated[float, Field(gt=0)] | None = None
    accuracy_change_points: float | None = None


class Essay(Section):
    baseline: Zipped
    pruned: Zipped
    quantized: Zipped
    teacher: Counted
    student: Counted


def load_essay(path: Path = ESSAY) -> dict[str, Metrics]:
    """Variant → the figures the essay gives for it, as they are written. Raises InputError for any other file."""
    essay: dict[str, Metrics] = yaml_files.load(path)
    params.check(essay, Essay, path)
    return essay
