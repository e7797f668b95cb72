"""Boards, the verdict whether a network fits one, and what its estimated cycles come to there."""

from collections.abc import Mapping
from enum import StrEnum
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from tflite_to_c.chips.measurement import Measured
from tflite_to_c.chips.program import CORES
from tflite_to_c.errors import InputError, one_line, printable

PATH = Path(__file__).parent / "boards.yaml"
MOST_BYTES = 100_000  # of a file of boards; the one here has 7,000
SPARE = 0.2  # of flash and of RAM that the program around a network should find free; our choice
REQUIRED, OPTIONAL = ("core", "flash_kb", "ram_kb", "clock_mhz", "source"), ("picojoules_a_cycle",)


class Energy(NamedTuple):
    """Picojoules a cycle, between low and high."""

    low: float
    high: float
    source: str


class Board(NamedTuple):
    """flash_bytes, ram_bytes: all there is. clock_mhz: the highest; None where nobody said."""

    name: str
    core: str
    flash_bytes: int
    ram_bytes: int
    clock_mhz: float | None = None
    source: str = ""
    picojoules_a_cycle: Energy | None = None


class Verdict(StrEnum):
    FITS = "FITS"
    TIGHT = "TIGHT"  # fits, and leaves less than SPARE of flash or RAM
    TOO_BIG = "TOO BIG"


def fit(measured: Measured, board: Board) -> Verdict:
    """Whether the network alone, measured for the board's core, fits it, and leaves room for a program around it."""
    used = max(measured.flash_bytes / board.flash_bytes, measured.ram_bytes / board.ram_bytes)
    if used > 1:
        return Verdict.TOO_BIG
    return Verdict.TIGHT if used > 1 - SPARE else Verdict.FITS


def milliseconds(measured: Measured, board: Board) -> float | None:
    """Of an inference at the board's clock, by estimated cycles; None where either is not known."""
    if measured.cycles is None or board.clock_mhz is None:
        return None
    return float(measured.cycles.mean()) / (1e3 * board.clock_mhz)


def microjoules(measured: Measured, board: Board) -> tuple[float, float] | None:
    """Of an inference, low and high, by estimated cycles; None where nothing is known."""
    if measured.cycles is None or board.picojoules_a_cycle is None:
        return None
    low, high, _ = board.picojoules_a_cycle
    return float(measured.cycles.mean()) * low / 1e6, float(measured.cycles.mean()) * high / 1e6


def load(path: Path = PATH) -> dict[str, Board]:
    """Boards by name, of a file written as boards.yaml. Raises InputError, one line that names file and key."""
    content = _read(path)
    if not isinstance(content, dict) or set(content) != {"boards"} or not isinstance(content["boards"], dict):
        raise InputError(
            f"{path}: one key wanted, `boards`, with a board a line: NAME: {{{': …, '.join(REQUIRED)}: …}}"
        )
    if not content["boards"]:
        raise InputError(f"{path}: boards: there are none")
    return {str(name): _board(path, str(name), fields) for name, fields in content["boards"].items()}


def _read(path: Path) -> Any:
    if find_spec("yaml") is None:
        raise InputError("not installed: pyyaml; `pip install pyyaml`")
    import yaml  # noqa: PLC0415 - an extra

    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if len(text) > MOST_BYTES:
        raise InputError(f"{path}: over {MOST_BYTES:,} bytes, no table of boards")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise InputError(f"{path}: not valid YAML: {printable(one_line(error))}") from None


def _board(path: Path, name: str, fields: Any) -> Board:
    where = f"{path}: boards.{printable(name)}"
    _check_keys(where, fields, REQUIRED, OPTIONAL)
    core = fields["core"]
    if not isinstance(core, str) or core not in CORES:
        raise InputError(f"{where}.core: {_shown(core)} is none of {', '.join(CORES)}")
    energy = fields.get("picojoules_a_cycle")
    return Board(
        name,
        core,
        round(1024 * _positive(where, fields, "flash_kb")),
        round(1024 * _positive(where, fields, "ram_kb")),
        _positive(where, fields, "clock_mhz"),
        _text(where, fields, "source"),
        None if energy is None else _energy(f"{where}.picojoules_a_cycle", energy),
    )


def _energy(where: str, fields: Any) -> Energy:
    _check_keys(where, fields, Energy._fields, ())
    energy = Energy(_positive(where, fields, "low"), _positive(where, fields, "high"), _text(where, fields, "source"))
    if energy.low > energy.high:
        raise InputError(f"{where}: low, {energy.low:g}, is above high, {energy.high:g}")
    return energy


def _check_keys(where: str, fields: Any, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    if not isinstance(fields, dict):
        raise InputError(f"{where}: {_shown(fields)} where {', '.join(required)} are wanted")
    missing = [key for key in required if key not in fields]
    if missing:
        raise InputError(f"{where}.{missing[0]}: missing")
    unknown = [key for key in fields if key not in (*required, *optional)]
    if unknown:
        raise InputError(
            f"{where}.{printable(str(unknown[0]))}: unknown; known are {', '.join((*required, *optional))}"
        )


def _positive(where: str, fields: Mapping[str, Any], key: str) -> float:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9 or not isfinite(value):
        raise InputError(f"{where}.{key}: {_shown(value)} is not a number above 0")
    return value


def _text(where: str, fields: Mapping[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str) or not value:
        raise InputError(f"{where}.{key}: {_shown(value)} is not a text")
    return value


def _shown(value: object) -> str:
    return printable(one_line(repr(value)))
