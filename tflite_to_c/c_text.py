"""Numbers as C: arrays and structs, and the templates around them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import ArrayLike

LINE = 116
LONG = 16  # numbers of an array that is worth being shared
BYTES = {f"{sign}int{bits}_t": bits // 8 for bits in (8, 16, 32) for sign in ("", "u")}
COUNT = "COUNT"  # the narrowest type that holds all counts of a file
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class Array:
    """Integers that never change. type_: in C, of BYTES, or COUNT."""

    def __init__(self, type_: str, name: str, values: ArrayLike) -> None:
        self.type, self.name, self.values = type_, name, np.asarray(values, np.int64).ravel()

    def __str__(self) -> str:
        numbers = [f"{value}," for value in self.values.tolist()]
        return f"static const {self.type} {self.name}[{len(numbers)}] = {{\n    {_lines(numbers)}\n}};\n"


class Struct(NamedTuple):
    """fields: numbers, and names of arrays, to which they point."""

    type: str
    name: str
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        """Fields that are zero are left out: C sets them so."""
        shown = [f".{key} = {value}, " for key, value in self.fields.items() if value != 0]
        return f"static const {self.type} {self.name} = {{\n    {_lines(shown).rstrip(', ')}\n}};\n"


Constant = Array | Struct | str  # text: C that is neither


def shared(layers: Sequence[Sequence[Constant]]) -> list[list[Constant]]:
    """Long arrays of the same content once, the first: layers may have the same weights.

    Of those alone that a struct points to, for what else may name an array is not seen here.
    """
    everything = [each for layer in layers for each in layer]
    pointed = {value for each in everything if isinstance(each, Struct) for value in each.fields.values()}
    first: dict[tuple[str, bytes], str] = {}
    renamed: dict[Any, str] = {}
    for each in everything:
        if isinstance(each, Array) and len(each.values) >= LONG and each.name in pointed:
            name = first.setdefault((each.type, each.values.tobytes()), each.name)
            if name != each.name:
                renamed[each.name] = name

    def pointing(each: Constant) -> Constant:
        if not isinstance(each, Struct):
            return each
        return each._replace(fields={key: renamed.get(value, value) for key, value in each.fields.items()})

    return [
        [pointing(each) for each in layer if not (isinstance(each, Array) and each.name in renamed)] for layer in layers
    ]


def array_bytes(layers: Sequence[Sequence[Constant]]) -> list[int]:
    """By layer, of its arrays."""
    arrays = [[each for each in layer if isinstance(each, Array)] for layer in layers]
    counts = [int(each.values.max(initial=0)) for layer in arrays for each in layer if each.type == COUNT]
    count_bytes = BYTES[integer(counts, signed=False)] if counts else 0
    return [
        sum(len(each.values) * (count_bytes if each.type == COUNT else BYTES[each.type]) for each in layer)
        for layer in arrays
    ]


def call(function: str, *arguments: object) -> str:
    return f"{function}({', '.join(map(str, arguments))})"


def scratch(offset: int) -> str:
    """Bytes of the scratch buffer, from `offset` on."""
    return f"scratch + {offset}" if offset else "scratch"


def words(offset: int) -> str:
    """Numbers of 32 bits in the scratch buffer, from byte `offset`, a multiple of 4, on."""
    return f"words + {offset // 4}" if offset else "words"


def integer(values: list[int], *, signed: bool) -> str:
    """The narrowest C type that holds them."""
    most = max((abs(value) for value in values), default=0)
    if signed:
        return "int8_t" if most < 128 else "int16_t" if most < 2**15 else "int32_t"
    return "uint8_t" if most < 256 else "uint16_t" if most < 2**16 else "uint32_t"


def _lines(parts: list[str]) -> str:
    """`parts` one after the other, on lines of a length to read."""
    lines, line = [], ""
    for part in parts:
        if len(line) + len(part) > LINE:
            lines.append(line.rstrip())
            line = ""
        line += part
    return "\n    ".join([*lines, line])


def _float32(value: float) -> str:
    """As a C literal of type float."""
    text = str(np.float32(value))
    return f"{text}f" if re.search("[.e]", text) else f"{text}.0f"


TEMPLATES.filters["float32"] = _float32
