"""`measure`, `fit` and `boards`: the command line of chips."""

import argparse
import json
import re
import tempfile
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import reader
from tflite_to_c.chips import boards
from tflite_to_c.chips.boards import Board, Verdict
from tflite_to_c.chips.measurement import COUNTED, ESTIMATE, Measured, measure, require_packages
from tflite_to_c.chips.program import CORES, OPTIMIZE, Program, generated
from tflite_to_c.chips.reference import reference
from tflite_to_c.errors import InputError, one_line, printable
from tflite_to_c.files import read_model
from tflite_to_c.generator import generate
from tflite_to_c.options import (
    BALANCED,
    GOALS,
    GOALS_HELP,
    IN_PLACE_HELP,
    ROW_INPUT_HELP,
    ROWS_HELP,
    SIZE,
    TINY,
    Options,
    size,
)
from tflite_to_c.source import identifier

RANDOM_INPUTS = 3  # where none are given; instructions hardly differ between inputs
DOES_NOT_FIT = 3  # exit code
TRIED = (BALANCED, SIZE, TINY)  # by `fit`, the quickest first, each row by row after it
BETWEEN = "instructions are counted in an emulator; cycles are estimated from Arm's tables, without wait states"


class Parsers(Protocol):
    """What argparse's add_subparsers returns."""

    def add_parser(self, name: str, **kwargs: Any) -> argparse.ArgumentParser: ...


class _Model(NamedTuple):
    """A model as C, in a folder that is there while it is used."""

    program: Program
    content: bytes


def add_commands(subparsers: Parsers) -> None:
    """Add `measure`, `fit` and `boards`; each sets `run`, a function from its arguments to an exit code."""
    command = _command(
        subparsers, "measure", "what a model's C takes on emulated cores, and whether TFLM agrees", _measure
    )
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = ESTIMATE
    _add_model(command)
    command.add_argument("--core", action="append", choices=CORES, help="by default, cortex-m4; may be given again")
    command.add_argument(
        "--optimize", action="append", choices=GOALS, help=f"{GOALS_HELP}; by default, all, one by one"
    )
    command = _command(
        subparsers, "fit", f"whether a model fits a board: exit code 0, or {DOES_NOT_FIT} where it is too big", _fit
    )
    _add_model(command)
    command.add_argument(
        "--optimize",
        choices=GOALS,
        help=f"{GOALS_HELP}; by default, the first of {', '.join(TRIED)} that fits, as it is or row by row",
    )
    command.add_argument("--board", help="a name that `boards` lists")
    command.add_argument("--file", type=Path, help="a YAML file of your own boards, beside those known")
    command.add_argument("--flash", help="instead of a board: bytes, or with K or M, such as 64K")
    command.add_argument("--ram", help="instead of a board: bytes, or with K or M, such as 8K")
    command.add_argument("--core", choices=CORES, help="with --flash and --ram; by default, cortex-m4")
    command = _command(subparsers, "boards", "the boards known", _boards)
    command.add_argument("--file", type=Path, help="a YAML file of your own boards, beside those known")


def _command(subparsers: Parsers, name: str, says: str, run: Any) -> argparse.ArgumentParser:
    command = subparsers.add_parser(name, help=says, description=says)
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=run)
    return command


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", type=Path, help="a .tflite file, int8 inside; its ends may be float32 or uint8")
    command.add_argument("--inputs", type=Path, help=f"a .npy file, int8, (n, ...); else {RANDOM_INPUTS} random inputs")
    command.add_argument("--rows", action="store_true", help=ROWS_HELP)
    command.add_argument("--row-input", action="store_true", help=ROW_INPUT_HELP)
    command.add_argument("--in-place", action="store_true", help=IN_PLACE_HELP)
    command.add_argument(
        "--clang", choices=OPTIMIZE, default=OPTIMIZE[0], help="how it is compiled; by default, %(default)s"
    )


def _measure(arguments: argparse.Namespace) -> int:
    require_packages()
    goals = list(dict.fromkeys(arguments.optimize or GOALS))
    cores = list(dict.fromkeys(arguments.core or ["cortex-m4"]))
    found: dict[tuple[str, str], Measured] = {}
    for goal in goals:
        with tempfile.TemporaryDirectory() as folder:
            model = _model(arguments, Path(folder), _options(arguments, goal))
            inputs = _inputs(arguments.inputs, model)
            found |= {(core, goal): measure(model.program, core, inputs) for core in cores}
    wanted = reference(model.content, inputs)
    unlike = f"unlike_{wanted.name}_inputs"
    figures = {
        core: {goal: found[core, goal].figures() | {unlike: wanted.unlike(found[core, goal].outputs)} for goal in goals}
        for core in cores
    }
    counted = min(len(inputs), COUNTED)
    if arguments.json:
        head = {
            "model": str(arguments.model),
            "clang": arguments.clang,
            "inputs": len(inputs),
            "counted": counted,
        }
        _print_json(head | {"cores": figures})
        return 0
    keys = ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes", "instructions", "estimated_cycles")
    titles = ["core", "for", "flash B", "weights B", "RAM B", "stack B", "instructions", "estimated cycles"]
    titles.append({"tflm": "unlike TFLM", "numpy": "unlike NumPy"}[wanted.name])
    rows = [
        [core, goal, *(_number(each.get(key)) for key in (*keys, unlike))]
        for core, by_goal in figures.items()
        for goal, each in by_goal.items()
    ]
    _print_table([titles, *rows])
    kind = "given" if arguments.inputs else "random"
    print(f"-{arguments.clang}, {len(inputs)} {kind} inputs, the mean of {counted}; {BETWEEN}")  # noqa: T201
    return 0


def _fit(arguments: argparse.Namespace) -> int:
    board = _chosen(arguments)
    require_packages()
    goals = [arguments.optimize] if arguments.optimize else TRIED
    for goal, rows in product(goals, [True] if arguments.rows or arguments.row_input else [False, True]):
        options = _options(arguments, goal)._replace(rows=rows)
        with tempfile.TemporaryDirectory() as folder:
            model = _model(arguments, Path(folder), options)
            measured = measure(model.program, board.core, _inputs(arguments.inputs, model))
        verdict = boards.fit(measured, board)
        if verdict != Verdict.TOO_BIG:
            break
    duration, energy = boards.milliseconds(measured, board), boards.microjoules(measured, board)
    made = {"optimize": options.optimize, "rows": options.rows}
    if arguments.json:
        limits = {"board": board.name, "core": board.core, "board_flash_bytes": board.flash_bytes}
        figures: dict[str, Any] = {"board_ram_bytes": board.ram_bytes} | measured.figures()
        if duration is not None:
            figures |= {"clock_mhz": board.clock_mhz, "estimated_milliseconds": round(duration, 3)}
        if energy is not None:
            figures["estimated_microjoules"] = {"low": round(energy[0], 1), "high": round(energy[1], 1)}
        _print_json({"model": str(arguments.model), "verdict": verdict.value} | made | limits | figures)
    else:
        _print_fit(f"{printable(arguments.model.name)}, for {options.way},", measured, board, verdict)
    return DOES_NOT_FIT if verdict == Verdict.TOO_BIG else 0


def _print_fit(model: str, measured: Measured, board: Board, verdict: Verdict) -> None:
    lines = [f"{model} on {printable(board.name)} ({board.core}): {verdict.value}"]
    rows = [["", "needs", "has", "used"]]
    for title, needs, has in (
        ("flash B", measured.flash_bytes, board.flash_bytes),
        ("RAM B", measured.ram_bytes, board.ram_bytes),
    ):
        rows.append([title, f"{needs:,}", f"{has:,}", f"{needs / has:.0%}"])
    lines += _table(rows)
    if verdict == Verdict.TIGHT:
        lines.append(f"It leaves less than {boards.SPARE:.0%} of flash or RAM for the program around it.")
    lines.append(f"instructions: {measured.figures()['instructions']:,}")
    duration, energy = boards.milliseconds(measured, board), boards.microjoules(measured, board)
    if duration is not None:
        lines.append(f"time, from estimated cycles at {board.clock_mhz:g} MHz without wait states: {duration:,.2f} ms")
    if energy is not None and board.picojoules_a_cycle is not None:
        low, high = f"{energy[0]:,.1f}", f"{energy[1]:,.1f}"
        between = low if low == high else f"{low} to {high}"
        lines.append(f"energy, from estimated cycles ({board.picojoules_a_cycle.source}): {between} uJ")
    print("\n".join(lines))  # noqa: T201


def _boards(arguments: argparse.Namespace) -> int:
    known = _known(arguments.file)
    if arguments.json:
        _print_json({name: _as_json(board) for name, board in known.items()})
        return 0
    rows = [["board", "core", "flash KB", "RAM KB", "MHz", "source"]]
    for board in known.values():
        sizes = [f"{size / 1024:,g}" for size in (board.flash_bytes, board.ram_bytes)]
        rows.append([printable(board.name), board.core, *sizes, f"{board.clock_mhz:g}", printable(board.source)])
    _print_table(rows)
    return 0


def _as_json(board: Board) -> dict[str, Any]:
    fields = board._asdict() | {"picojoules_a_cycle": board.picojoules_a_cycle and board.picojoules_a_cycle._asdict()}
    del fields["name"]
    return fields


def _known(file: Path | None) -> dict[str, Board]:
    return boards.load() | (boards.load(file) if file else {})


def _chosen(arguments: argparse.Namespace) -> Board:
    sizes = arguments.flash, arguments.ram
    if arguments.board is None:
        if None in sizes:
            raise InputError("fit: give --board NAME, or both --flash and --ram")
        flash, ram = _bytes("--flash", arguments.flash), _bytes("--ram", arguments.ram)
        return Board(f"{arguments.flash} of flash, {arguments.ram} of RAM", arguments.core or "cortex-m4", flash, ram)
    if sizes != (None, None) or arguments.core:
        raise InputError("fit: --board says flash, RAM and core; leave out --flash, --ram and --core")
    known = _known(arguments.file)
    if arguments.board not in known:
        raise InputError(f"{printable(arguments.board)}: no board known by that name; `boards` lists {len(known)}")
    return known[arguments.board]


def _bytes(option: str, text: str) -> int:
    try:
        return size(text)
    except ValueError as error:
        raise InputError(f"{option} {printable(text)}: {error}") from None


def stack_bytes(content: bytes, origin: str, core: str, options: Options) -> int:
    """How deep the stack of a model's C goes for a random input. Raises InputError where there is no such core."""
    require_packages()
    with tempfile.TemporaryDirectory() as folder:
        model = _generated(content, origin, "model", Path(folder), options)
        return measure(model.program, core, _inputs(None, model)[:1]).stack_bytes


def _options(arguments: argparse.Namespace, goal: str) -> Options:
    return Options(goal, arguments.rows, arguments.in_place, row_input=arguments.row_input)


def _model(arguments: argparse.Namespace, folder: Path, options: Options) -> _Model:
    path = arguments.model
    content = read_model(path)
    model = _generated(content, printable(path.name), identifier(path.stem), folder, options)
    return model._replace(program=model.program._replace(optimize=arguments.clang))


def _generated(content: bytes, origin: str, name: str, folder: Path, options: Options) -> _Model:
    source, graph = generate(content, origin, name, options=options), reader.read(content, origin)
    (folder / f"{name}.h").write_text(source.header, encoding="utf-8")
    (folder / f"{name}.c").write_text(source.code, encoding="utf-8")
    ends = graph.input.size, graph.output.size
    row = re.search(r"_ROW_BYTES (\d+)", source.header)
    program = generated(folder, name, ends, in_place=options.in_place)
    return _Model(program._replace(row_bytes=int(row[1]) if row else None), content)


def _inputs(path: Path | None, model: _Model) -> NDArray[np.int8]:
    """(n, …), in the order of the model's input."""
    if path is None:
        generator = np.random.default_rng(0)
        return generator.integers(-128, 128, (RANDOM_INPUTS, model.program.input_bytes), dtype=np.int8)
    try:
        inputs = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{printable(str(path))}: {printable(one_line(error))}") from None
    if not isinstance(inputs, np.ndarray) or inputs.dtype != np.int8 or not inputs.ndim or not len(inputs):
        raise InputError(f"{printable(str(path))}: not one int8 array of inputs (n, ...)")
    if inputs[0].size != model.program.input_bytes:
        raise InputError(
            f"{printable(str(path))}: {inputs[0].size:,} values an input; the model takes {model.program.input_bytes:,}"
        )
    return inputs


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "-" if value is None else str(value)


def _print_json(content: Any) -> None:
    print(json.dumps(content, indent=2))  # noqa: T201


def _print_table(rows: list[list[str]]) -> None:
    print("\n".join(_table(rows)))  # noqa: T201


def _table(rows: list[list[str]]) -> list[str]:
    """Lines in columns: texts left, numbers right."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numeric = [all(re.fullmatch(r"[\d,.%-]+", cell) for cell in column[1:]) for column in columns]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in rows
    ]
