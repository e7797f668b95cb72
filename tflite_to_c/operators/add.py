"""The sum of two tensors, or of a tensor and a constant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Arithmetic, Elementwise, Range, Step, Values, clipped
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Add(Elementwise):
    factors: tuple[Multiplier, Multiplier]
    multiplier: Multiplier
    range: Range

    RANK: ClassVar[int] = 50

    def arithmetic(self) -> Arithmetic:
        return Arithmetic((*self.factors, self.multiplier), 255 << 20)

    def constants(self, label: str) -> str:
        first, second = self.factors
        fields = {"multiplier_a": first.value, "multiplier_b": second.value, "multiplier": self.multiplier.value}
        fields |= {"shift_a": first.right_shift, "shift_b": second.right_shift, "shift": self.multiplier.right_shift}
        fields |= {"zero": self.output.zero_point, "zero_a": self.inputs[0].zero_point}
        fields |= {"zero_b": self.inputs[1].zero_point}
        return c_text.struct("Add", label, fields | self.range._asdict())

    def calls(self, label: str, inputs: Sequence[str], output: str) -> list[str]:
        return [c_text.call("add", f"&{label}", *inputs, output, self.inputs[0].size)]

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - the other tensor has them all
        return None

    def compute(self, *inputs: Values) -> Values:
        scaled = [
            arithmetic.scale((values.astype(np.int64) - tensor.zero_point) << 20, *factor)
            for values, tensor, factor in zip(inputs, self.inputs, self.factors, strict=True)
        ]
        total = arithmetic.scale(scaled[0] + scaled[1], *self.multiplier)
        return clipped(total + self.output.zero_point, *self.range)


def read(operator: Operator) -> Step:
    operator.count(2)
    first, second = operator.input(0), operator.input(1)
    active = operator.range(operator.options("AddOptions").FusedActivationFunction())
    output = operator.shaped(operator.output(), first.shape)
    operator.shaped(second, first.shape)
    twice = 2 * max(first.scale, second.scale)
    factors = arithmetic.multiplier(first.scale / twice), arithmetic.multiplier(second.scale / twice)
    whole = arithmetic.multiplier(twice / (2**20 * output.scale))
    if whole.right_shift < 0:
        raise UnsupportedError(f"an output scale of {output.scale:g} under inputs of {twice / 2:g} is not covered")
    return Add(operator.layer, (first, second), output, factors, whole, active)


OPERATORS = {"ADD": read}
