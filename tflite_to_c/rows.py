"""Layers computed together, row by row: of the tensors between them only the rows that are still needed exist.

Line buffers, as image processors have them. Patches (Lin et al. 2021, "MCUNetV2") do the same for a part of the width
at a time, but compute what lies at their seams more than once; rows are computed once, and moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.c_text import Constant
from tflite_to_c.graph import NOTHING, Arithmetic, FaultError, OneRow, Step, Tensor, Values, distance

ALIGNMENT = 4  # of the parts' workspace
BEYOND = -1  # the number of a row of padding


class Lines(NamedTuple):
    """The rows of a tensor that exist at once, the newest last.

    first: the turn that makes row 0. every: turns from one row to the next. padded: are rows read that come before
    row 0 or after the last? They hold zero points.
    """

    tensor: Tensor
    first: int
    every: int
    kept: int
    padded: bool
    place: int  # in the workspace, in bytes

    @property
    def width(self) -> int:
        """Bytes of a row."""
        return _width(self.tensor)

    @property
    def bytes(self) -> int:
        return self.kept * self.width


class Part(NamedTuple):
    """A layer among those computed together. first, every: as those of the lines it writes."""

    step: Step
    row: OneRow
    first: int
    every: int

    @property
    def rows(self) -> int:
        """How often it is computed: once for each row of its output, or of its input where it gathers these."""
        return self.row.gathered or self.step.output.shape[0]

    @property
    def width(self) -> int:
        """Values of its output that it writes at once."""
        return self.step.output.size if self.row.gathered else _width(self.step.output)

    def reads(self, tensor: Tensor) -> bool:
        return any(source.index == tensor.index for source in self.step.inputs)

    def reads_beyond(self, tensor: Tensor) -> bool:
        """Does it see rows before the first or after the last?"""
        end = (self.rows - 1) * self.row.stride - self.row.pad + self.row.height
        return self.row.pad > 0 or end > tensor.shape[0]


@dataclass(frozen=True, eq=False)
class Rows(Step):
    """`parts` as one step: in each turn a row of the output of each part whose rows of input are there.

    It reads one three-dimensional tensor and writes that of its last part; what the others write, nothing else reads.
    streamed: it is given the tensor that it reads a row at a time, and keeps no more of it than it needs.
    """

    parts: tuple[Step, ...]
    streamed: bool = False

    RANK: ClassVar[int] = 90

    @property
    def layers(self) -> tuple[Step, ...]:
        return self.parts

    @property
    def compiled(self) -> tuple[Step, ...]:
        return (*(part.row.step for part in self.timed), self)

    @cached_property
    def timed(self) -> tuple[Part, ...]:
        """Each part as early as its input allows; a turn takes one row of the input of the whole.

        Raises FaultError where a part cannot be computed so.
        """
        clocks = {self.inputs[0].index: (0, 1)}
        timed = []
        for step in self.parts:
            row = step.one_row()
            if row is None:
                raise FaultError(f"{step.layer} is not computed by rows")
            if row.gathered and step is not self.parts[-1]:
                raise FaultError(f"{step.layer} makes a single row, of which no others are made")
            sources = [clocks[tensor.index] for tensor in step.inputs]
            if len({every for _, every in sources}) > 1:
                raise FaultError(f"{step.layer} reads rows that do not come together")
            pace = sources[0][1]
            first = max(first for first, _ in sources) + (row.height - 1 - row.pad) * pace
            timed.append(Part(step, row, first, row.stride * pace))
            clocks[step.output.index] = first, row.stride * pace
        return tuple(timed)

    @property
    def turns(self) -> int:
        last = self.timed[-1]
        needed = last.first + (last.rows - 1) * last.every + 1
        return max(needed, self.inputs[0].shape[0]) if self.streamed else needed

    @cached_property
    def lines(self) -> Mapping[int, Lines]:
        """By a tensor's index: of what lies between parts, and of the input where a part sees rows beyond it.

        Else the input is read where it lies, unless it is streamed.
        """
        (source,) = self.inputs
        made = [(part.step.output, part.first, part.every) for part in self.timed[:-1]]
        if self.streamed or any(part.reads_beyond(source) for part in self.timed if part.reads(source)):
            made.insert(0, (source, 0, 1))
        found: dict[int, Lines] = {}
        place = 0
        for tensor, first, every in made:
            readers = [part for part in self.timed if part.reads(tensor)]
            kept = 1 + max((part.first - first) // every + part.row.pad for part in readers)
            padded = any(part.reads_beyond(tensor) for part in readers)
            found[tensor.index] = Lines(tensor, first, every, kept, padded, place)
            place += found[tensor.index].bytes
        return found

    @property
    def _sums(self) -> int:
        """Where the sums of gathered rows lie, behind all lines."""
        return -(-self.held_bytes() // ALIGNMENT) * ALIGNMENT

    @property
    def _end(self) -> int:
        """Where the workspace of its parts begins, which lasts no longer than each of them."""
        return self._sums + sum(part.row.step.workspace_bytes(()) for part in self.timed if part.row.gathered)

    def held_bytes(self) -> int:
        return sum(lines.bytes for lines in self.lines.values())

    def workspace_bytes(self, steps: Sequence[Step]) -> int:
        own = [part.row.step.workspace_bytes(steps) for part in self.timed if not part.row.gathered]
        return self._end + max(own, default=0)

    def _first_line(self, part: Part, lines: Lines) -> int:
        """Of the lines, the first that a part reads, in each of its turns."""
        return lines.kept - 1 - (part.first - lines.first) // lines.every - part.row.pad

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(clamps=False)

    def dimensions(self) -> Mapping[str, int]:
        return {}

    def constants(self, label: str) -> list[Constant]:
        """Those of its parts, and the function that computes them."""
        names = [f"{label}_{type(part.step).__name__.lower()}_{place}" for place, part in enumerate(self.timed, 1)]
        parts = [part.row.step.constants(name) for part, name in zip(self.timed, names, strict=True)]
        (source,) = self.inputs
        function = c_text.TEMPLATES.get_template("templates/rows.c").render(
            name=label,
            layers=[part.step.layer for part in self.timed],
            turns=self.turns,
            counts=bool(self._moves_on(self.timed[-1])),
            streamed=self.streamed,
            source=self._moved(source),
            rows=source.shape[0],
            parts=[self._shown(part, name, label) for part, name in zip(self.timed, names, strict=True)],
            padded=[self._moved(lines.tensor) for lines in self.lines.values() if lines.padded],
        )
        return [each for part in parts if part for each in (*part, "\n")] + [function]

    def _shown(self, part: Part, name: str, label: str) -> dict[str, Any]:
        """What the template has to know of it."""
        inputs = [self._seen(part, tensor) for tensor in part.step.inputs]
        output = "line" if part.step.output.index in self.lines else "output"
        if self.streamed and output == "output" and self._moves_on(part):
            output = f"output + {label}_made"
        if part.row.gathered:
            inputs.append(_over(f"turn - {part.first}" if part.first else "turn", part.every))
        return {
            "first": part.first,
            "every": part.every,
            "end": part.first + part.rows * part.every,
            "to": self._moved(part.step.output),
            "moves_on": self._moves_on(part),
            "calls": part.row.step.calls(name, inputs, output, self._sums if part.row.gathered else self._end),
        }

    @staticmethod
    def _moves_on(part: Part) -> int:
        """Bytes from a row of its output to the next."""
        return 0 if part.row.gathered else part.width

    def _moved(self, tensor: Tensor) -> dict[str, Any] | None:
        """What the template has to know of a tensor's lines, where it has some."""
        lines = self.lines.get(tensor.index)
        if lines is None:
            return None
        fields = {"place": c_text.scratch(lines.place), "width": lines.width, "zero": tensor.zero_point}
        return fields | {"bytes": lines.bytes, "padded": lines.padded}

    def _seen(self, part: Part, tensor: Tensor) -> str:
        """The rows that a part reads, as a C expression."""
        lines = self.lines.get(tensor.index)
        if lines is None:
            turn = f"(turn - {part.first})" if part.first else "turn"
            return f"input + {turn} * {_width(tensor)}"
        return c_text.scratch(lines.place + self._first_line(part, lines) * lines.width)

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:
        return [c_text.call(label, *inputs, output, c_text.words(workspace))]

    def filled(self) -> int:
        for part in self.timed:
            written = part.row.step.filled()
            if written != part.width:
                raise FaultError(f"{part.step.layer} writes {written} values of a row of {part.width}")
        self._check_lines()
        last = self.timed[-1]
        made = sum(_due(turn, last) and turn < last.first + last.rows * last.every for turn in range(self.turns))
        if last.row.gathered:
            return last.width if made == last.rows else 0
        return made * last.width

    def _check_lines(self) -> None:
        """Raises FaultError where a part would read other rows than those it needs: what the C does, with numbers."""
        held = {index: [BEYOND] * lines.kept for index, lines in self.lines.items()}
        (source,) = self.inputs

        def append(tensor: Tensor, row: int) -> None:
            if tensor.index in held:
                held[tensor.index] = [*held[tensor.index][1:], row if row < tensor.shape[0] else BEYOND]

        for turn in range(self.turns):
            append(source, turn)
            for part in self.timed:
                if not _due(turn, part):
                    continue
                number = (turn - part.first) // part.every
                top = number * part.row.stride - part.row.pad
                for tensor in part.step.inputs if number < part.rows else ():
                    rows = range(top, top + part.row.height)
                    needed = [row if 0 <= row < tensor.shape[0] else BEYOND for row in rows]
                    if tensor.index in held:
                        place = self._first_line(part, self.lines[tensor.index])
                        seen = held[tensor.index][place : place + part.row.height] if place >= 0 else []
                    else:
                        seen = list(range(turn - part.first, turn - part.first + part.row.height))
                    if seen != needed:
                        raise FaultError(f"{part.step.layer} needs rows {needed} and reads {seen}")
                append(part.step.output, number)

    def writes(self) -> Integers:
        last = self.timed[-1]
        turns = last.first + np.arange(last.rows) * last.every
        return np.repeat(turns[-1:] if last.row.gathered else turns, last.width)

    def last_reads(self, place: int) -> Integers:
        source = self.inputs[place]
        last = np.full(source.shape[0], NOTHING)
        if source.index in self.lines:
            read = min(source.shape[0], self.turns)
            last[:read] = np.arange(read)
        for part in self.timed if source.index not in self.lines else ():
            if part.reads(source):
                late = int(part is self.timed[-1])  # which reads and writes in turns of its own
                for number in range(part.rows):
                    top = number * part.row.stride
                    last[top : top + part.row.height] = np.maximum(
                        last[top : top + part.row.height], part.first + number * part.every + late
                    )
        return np.repeat(last, _width(source))

    def distance(self) -> int | None:
        return distance(self.writes(), self.last_reads(0))

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - made after what asks for it
        return None

    def compute(self, *inputs: Values) -> Values:
        known = {self.inputs[0].index: inputs[0]}
        for step in self.parts:
            known[step.output.index] = step.compute(*(known[tensor.index] for tensor in step.inputs))
        return known[self.output.index]

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        lines = [each for step in steps for each in step.lines.values()]
        moves = any(each.kept > 1 for each in lines)
        copies = moves or any(step.inputs[0].index in step.lines for step in steps)
        return {"moves": moves, "copies": copies, "fills": any(each.padded for each in lines)}

    @classmethod
    def template(cls) -> str:
        return "templates/lines.c"


def _width(tensor: Tensor) -> int:
    """Bytes of a row."""
    return tensor.size // tensor.shape[0]


def _over(value: str, divisor: int) -> str:
    """In C."""
    return value if divisor == 1 else f"({value}) / {divisor}"


def _due(turn: int, part: Part) -> bool:
    """Does the part make a row in this turn, be it one of padding?"""
    return turn >= part.first and (turn - part.first) % part.every == 0
