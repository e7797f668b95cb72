"""Numbers as C: arrays and structs, and the templates around them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

LINE = 116
LONG = 16  # numbers of an array that is worth being shared
POINTED = re.compile(r"= ([a-z]\w*)")
INTEGERS = re.compile(r"static const u?int(\d+)_t \w+\[(\d+)\]")
ARRAY = re.compile(r"static const (\w+) (\w+)\[(\d+)\] = \{\n(.*?)\n\};\n", re.DOTALL)
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def array(type_: str, name: str, values: Any) -> str:
    numbers = [f"{int(value)}," for value in np.asarray(values).ravel()]
    return f"static const {type_} {name}[{len(numbers)}] = {{\n    {_lines(numbers)}\n}};\n"


def shared(texts: list[str]) -> list[str]:
    """Long arrays of the same content once, the first: layers may have the same weights.

    Of those alone that a struct beside them points to, for what else may name an array is not seen here.
    """
    pointed = set(POINTED.findall("".join(texts)))
    first: dict[tuple[str, str], str] = {}
    renamed: dict[str, str] = {}

    def drop_copy(found: re.Match[str]) -> str:
        type_, name, count, content = found.groups()
        if int(count) >= LONG and name in pointed:
            renamed[name] = first.setdefault((type_, content), name)
        return found[0] if renamed.get(name, name) == name else ""

    dropped = [ARRAY.sub(drop_copy, text) for text in texts]
    return [POINTED.sub(lambda found: f"= {renamed.get(found[1], found[1])}", text) for text in dropped]


def array_bytes(text: str) -> int:
    """Of the arrays of integers in it."""
    return sum(int(bits) * int(count) // 8 for bits, count in INTEGERS.findall(text))


def struct(type_: str, name: str, fields: Mapping[str, Any]) -> str:
    """Fields that are zero are left out: C sets them so."""
    shown = [f".{key} = {value}, " for key, value in fields.items() if value != 0]
    return f"static const {type_} {name} = {{\n    {_lines(shown).rstrip(', ')}\n}};\n"


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
