"""The command tflite-to-c: from a .tflite model to C, and what that C takes."""

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tflite_to_c import inspection
from tflite_to_c.errors import InputError, one_line, printable
from tflite_to_c.files import read_model, write_all
from tflite_to_c.generator import generate
from tflite_to_c.operators import OPERATORS
from tflite_to_c.options import (
    BALANCED,
    GOALS,
    GOALS_HELP,
    IN_PLACE_HELP,
    RAM_HELP,
    ROW_INPUT_HELP,
    ROWS_HELP,
    Options,
    size,
)
from tflite_to_c.source import identifier

NOT_COVERED = 3  # exit code of inspect
GENERATE = "write NAME.h and NAME.c; the word itself may be left out"
INSPECT = f"layers, shapes, bytes and scratch; exit code {NOT_COVERED} where an operator is not covered, and why"
CHIPS = {  # imported only when asked for: their packages are an extra
    "measure": "flash, RAM, instructions on an emulated core",
    "fit": "does it fit a board?",
    "boards": "the boards known",
}
CHIPS_PACKAGES = ("capstone", "unicorn", "yaml", "ziglang")
EPILOG = """examples:
  tflite-to-c model.tflite -o src          src/model.h and src/model.c; call model_run()
  tflite-to-c inspect model.tflite         before any C is written
  tflite-to-c measure model.tflite         on an emulated Cortex-M4 (pip install 'tflite-to-c[chips]')
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; what a user can mend ends in one line on stderr. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows ASCII only
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except InputError as error:
        return _failed(str(error))
    except BrokenPipeError:  # `| head` has read enough; Python would complain when it flushes what is left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed(f"{where}{error.strerror or one_line(error)}")
    except MemoryError:
        return _failed("out of memory")
    except KeyboardInterrupt:
        return _failed("interrupted", 130)
    return code


def _failed(reason: str, code: int = 1) -> int:
    sys.stderr.write(f"error: {printable(reason)}\n")
    return code


def _run(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="tflite-to-c", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"tflite-to-c {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_generate(commands)
    _add_inspect(commands)
    asks_chips = bool(words) and words[0] in CHIPS
    if asks_chips:
        from tflite_to_c.chips.commands import add_commands  # noqa: PLC0415 - slower to start with

        add_commands(commands)
    else:
        for name, says in CHIPS.items():
            commands.add_parser(name, help=says)
    if words and words[0] not in (*commands.choices, "-h", "--help", "--version"):
        words = ["generate", *words]
    parsed = parser.parse_args(words)
    if asks_chips:
        _require_chips(words[0])
    code: int = parsed.run(parsed)
    return code


def _require_chips(word: str) -> None:
    if not all(map(find_spec, CHIPS_PACKAGES)):
        raise InputError(f"{word} needs pip install 'tflite-to-c[chips]'")


def _version() -> str:
    try:
        return version("tflite-to-c")
    except PackageNotFoundError:
        return "(not installed)"


def _add_generate(commands: Any) -> None:
    command = commands.add_parser("generate", help=GENERATE, description="From a .tflite model, int8 inside, to C99.")
    _add_model(command)
    command.add_argument(
        "-o", "--output", type=Path, default=Path(), metavar="FOLDER", help="to write into; by default, this one"
    )
    command.add_argument("--name", help="prefix of files and functions; by default, the model's own name")
    command.add_argument(
        "--stack",
        action="append",
        metavar="CORE",
        help="measure the stack on this emulated core, and say it in the header; may be given again (needs [chips])",
    )
    command.set_defaults(run=_generate)


def _add_inspect(commands: Any) -> None:
    command = commands.add_parser("inspect", help=INSPECT, description=f"Show a model's {INSPECT}.")
    _add_model(command)
    command.set_defaults(run=_inspect)


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", type=Path, help="a .tflite file, int8 inside; its ends may be float32 or uint8")
    command.add_argument("--optimize", choices=GOALS, default=BALANCED, help=f"{GOALS_HELP}; by default, %(default)s")
    command.add_argument("--ram", type=_size, metavar="BYTES", help=RAM_HELP)
    command.add_argument("--rows", action="store_true", help=ROWS_HELP)
    command.add_argument("--row-input", action="store_true", help=ROW_INPUT_HELP)
    command.add_argument("--in-place", action="store_true", help=IN_PLACE_HELP)
    command.add_argument("--json", action="store_true", help="print JSON")


def _size(text: str) -> int:
    try:
        return size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{printable(text)}: {error}") from None


def _generate(arguments: argparse.Namespace) -> int:
    model, origin = read_model(arguments.model), printable(arguments.model.name)
    name = identifier(arguments.name or arguments.model.stem)
    options = _options(arguments)
    stack = _stack(model, origin, arguments.stack or [], options)
    written = generate(model, origin, name, stack=stack, options=options)
    header, code = arguments.output / f"{name}.h", arguments.output / f"{name}.c"
    write_all({header: written.header, code: written.code})
    found = inspection.inspect(model, origin, options)
    if arguments.json:
        _print_json({"model": str(arguments.model), "header": str(header), "code": str(code)} | _figures(found))
    else:
        _print(f"{header} and {code}: call {name}_run(); {_bytes(found)}")
    return 0


def _options(arguments: argparse.Namespace) -> Options:
    return Options(arguments.optimize, arguments.rows, arguments.in_place, arguments.ram, arguments.row_input)


def _stack(model: bytes, origin: str, cores: Sequence[str], options: Options) -> dict[str, int]:
    """By core."""
    if not cores:
        return {}
    _require_chips("--stack")
    from tflite_to_c.chips.commands import stack_bytes  # noqa: PLC0415 - slower to start with

    return {core: stack_bytes(model, origin, core, options) for core in cores}


def _inspect(arguments: argparse.Namespace) -> int:
    origin = printable(arguments.model.name)
    found = inspection.inspect(read_model(arguments.model), origin, _options(arguments))
    if arguments.json:
        layers = [layer._asdict() for layer in found.layers]
        covered = {"model": str(arguments.model), "covered": not found.uncovered, "uncovered": found.uncovered}
        _print_json(covered | ({} if found.uncovered else _figures(found) | {"layers": layers}))
    elif found.uncovered:
        others = f"Covered are {', '.join(OPERATORS)}."
        _print("\n".join([f"{origin}: not covered", *(f"  {line}" for line in found.uncovered), others]))
    else:
        _print("\n".join([f"{origin}: covered", *_ends(found), *_table(found), _bytes(found)]))
    return NOT_COVERED if found.uncovered else 0


def _ends(found: inspection.Inspection) -> list[str]:
    lines = []
    for which, end, type_ in (("input", found.input, found.input_type), ("output", found.output, found.output_type)):
        assert end is not None
        shape = " x ".join(map(str, end.shape))
        other = "" if type_ == "int8" else f"; {type_} in the file, int8 in C with a helper between"
        lines.append(f"  {which:<6}  {shape} int8, scale {end.scale:g}, zero point {end.zero_point}{other}")
    return lines


def _figures(found: inspection.Inspection) -> dict[str, Any]:
    ends = {}
    for which, end, type_ in (("input", found.input, found.input_type), ("output", found.output, found.output_type)):
        assert end is not None
        ends[which] = {"shape": end.shape, "type": type_, "scale": end.scale, "zero_point": end.zero_point}
    sizes = {"constant_bytes": found.flash_bytes, "scratch_bytes": found.scratch_bytes}
    made = {"optimize": found.options.optimize, "rows": found.options.rows}
    return made | ends | sizes | ({"state_bytes": found.state_bytes} if found.state_bytes else {})


def _bytes(found: inspection.Inspection) -> str:
    state = f", {found.state_bytes:,} bytes of state" if found.state_bytes else ""
    sizes = f"{found.flash_bytes:,} bytes of constants, {found.scratch_bytes:,} of scratch{state}"
    return f"for {found.options.way}: {sizes}"


def _table(found: inspection.Inspection) -> list[str]:
    rows = [("layer", "output", "weights", "encoding", "bytes")]
    for layer in found.layers:
        weights = f"{layer.weights:,}" if layer.weights else ""
        shape = " x ".join(map(str, layer.shape))
        rows.append((layer.name, shape, weights, layer.encoding or "", f"{layer.flash_bytes:,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join((*map(str.ljust, row[:2], widths), row[2].rjust(widths[2]), row[3].ljust(widths[3]), row[4]))
        for row in ((*row[:4], row[4].rjust(widths[4])) for row in rows)
    ]


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _print_json(content: dict[str, Any]) -> None:
    _print(json.dumps(content, indent=2))
