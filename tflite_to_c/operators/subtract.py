"""The difference of two tensors, or of a tensor and a constant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tflite_to_c.arithmetic import Integers
from tflite_to_c.graph import Step
from tflite_to_c.operators import add
from tflite_to_c.operators.add import Add
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Subtract(Add):
    """As a sum, but for a sign. minuend: which operand the other is taken from."""

    minuend: int

    RANK: ClassVar[int] = 51
    FUNCTION: ClassVar[str] = "subtract"

    def fields(self) -> Mapping[str, int]:
        return dict(super().fields()) | {"reversed": self.minuend}

    def joined(self, first: Integers, second: Integers) -> Integers:
        return second - first if self.minuend else first - second


def read(operator: Operator) -> Step:
    fields, operands = add.scaled(operator, "SubOptions")
    return Subtract(operator.layer, operands.inputs, **fields, minuend=operands.order.index(0))


OPERATORS = {"SUB": read}
