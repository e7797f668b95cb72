"""Operators of two operands: two tensors, or a tensor and a constant; the smaller is repeated along the larger."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.c_text import Constant
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Elementwise, FaultError, OneRow, Range, Tensor, Values
from tflite_to_c.reading import Operator


class Operands(NamedTuple):
    """The larger first. constant: the flat values of the second where it is one; else it is the last of the inputs.

    order: their places in the file.
    """

    inputs: tuple[Tensor, ...]
    constant: Values | None
    scales: tuple[float, float]
    zero_points: tuple[int, int]
    order: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Binary(Elementwise):
    zero_points: tuple[int, int]
    constant: Values | None
    range: Range

    FUNCTION: ClassVar[str]  # in C; FUNCTION_rows where the second operand is repeated

    @abstractmethod
    def fields(self) -> Mapping[str, int]:
        """Of its struct, without the range."""

    @property
    def _second(self) -> int:
        """Values of the second operand."""
        return self.inputs[1].size if self.constant is None else self.constant.size

    @property
    def _repeats(self) -> bool:
        return self.constant is not None or self._second != self.inputs[0].size

    def constants(self, label: str) -> list[Constant]:
        values = [] if self.constant is None else [c_text.Array("int8_t", f"{label}_constant", self.constant)]
        return [*values, c_text.Struct(type(self).__name__, label, dict(self.fields()) | self.range._asdict())]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        operands = inputs if self.constant is None else [*inputs, f"{label}_constant"]
        size = self.inputs[0].size
        if self._repeats:
            return [
                c_text.call(f"{self.FUNCTION}_rows", f"&{label}", *operands, output, size // self._second, self._second)
            ]
        return [c_text.call(self.FUNCTION, f"&{label}", *operands, output, size)]

    def distance(self) -> int | None:
        return None if self.constant is None and self._repeats else 0

    def one_row(self) -> OneRow | None:
        row = super().one_row()
        if row and self.constant is not None and row.step.output.size % self.constant.size:
            return None
        return row

    def filled(self) -> int:
        if self.inputs[0].size % self._second:
            raise FaultError("its second operand does not fit into the first")
        return self.inputs[0].size

    def last_reads(self, place: int) -> Integers:
        size = self.inputs[place].size
        return np.arange(self.output.size - size, self.output.size)

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - the second operand has all channels
        return None

    def operands(self, inputs: tuple[Values, ...]) -> tuple[Integers, Integers]:
        """(n, …) each, without their zero points, of one shape but for what NumPy repeats."""
        first = inputs[0].astype(np.int64)
        rows = first.reshape(len(first), -1, self._second)
        second = self.constant if self.constant is not None else inputs[1].reshape(len(first), 1, -1)
        return rows - self.zero_points[0], second.astype(np.int64) - self.zero_points[1]

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        return {"repeats": any(step._repeats for step in steps)}


def read(operator: Operator) -> tuple[Operands, Tensor]:
    """Both operands and the output."""
    operator.count(2)
    stored = [operator.stored_input(place) for place in range(2)]
    constant = [place for place in range(2) if stored[place].data is not None]
    if len(constant) == 2:
        raise UnsupportedError("both operands are constants, which is not covered")
    if constant:
        source, other = operator.input(1 - constant[0]), operator.constant(constant[0], "int8")
        if len(other.scales) != 1 or len(other.zero_points) != 1 or not -128 <= other.zero_points[0] <= 127:
            raise UnsupportedError(f"tensor {other.name!r} needs one scale and one zero point of int8")
        scales, zero_points = (source.scale, float(other.scales[0])), (source.zero_point, int(other.zero_points[0]))
        order = 1 - constant[0], constant[0]
        operands = Operands((source,), other.values.ravel(), scales, zero_points, order)
        small = other.shape
    else:
        order = (0, 1) if operator.input(0).size >= operator.input(1).size else (1, 0)
        first, second = (operator.input(place) for place in order)
        source, small = first, second.shape
        scales, zero_points = (first.scale, second.scale), (first.zero_point, second.zero_point)
        operands = Operands((first, second), None, scales, zero_points, order)
    output = operator.shaped(operator.output(), source.shape)
    while small[:1] == (1,):
        small = small[1:]
    if source.shape[len(source.shape) - len(small) :] != small:
        raise UnsupportedError(f"its operands have shapes {source.shape} and {small}; the second must end the first")
    return operands, output
