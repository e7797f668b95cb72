"""The product of two tensors, or of a tensor and a constant: a batch normalization that was not folded begins so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tflite_to_c import arithmetic, binary
from tflite_to_c.arithmetic import Multiplier
from tflite_to_c.binary import Binary
from tflite_to_c.graph import Arithmetic, Step, Values, clipped
from tflite_to_c.reading import Operator

LARGEST = 255 * 255  # product of two int8 without their zero points


@dataclass(frozen=True, eq=False)
class Multiply(Binary):
    multiplier: Multiplier

    FUNCTION: ClassVar[str] = "multiply"

    def arithmetic(self) -> Arithmetic:
        return Arithmetic((self.multiplier,), LARGEST)

    def fields(self) -> Mapping[str, int]:
        fields = {"multiplier": self.multiplier.value, "shift": self.multiplier.right_shift}
        zeros = self.zero_points
        return fields | {"zero": self.output.zero_point, "zero_a": zeros[0], "zero_b": zeros[1]}

    def compute(self, *inputs: Values) -> Values:
        first, second = self.operands(inputs)
        product = arithmetic.scale(first * second, *self.multiplier)
        return clipped(product + self.output.zero_point, *self.range).reshape(inputs[0].shape)


def read(operator: Operator) -> Step:
    active = operator.range(operator.options("MulOptions").FusedActivationFunction())
    operands, output = binary.read(operator)
    factor = arithmetic.multiplier(operands.scales[0] * operands.scales[1] / output.scale)
    return Multiply(
        operator.layer,
        operands.inputs,
        output,
        zero_points=operands.zero_points,
        constant=operands.constant,
        range=active,
        multiplier=arithmetic.fitting(factor, LARGEST),
    )


OPERATORS = {"MUL": read}
