"""The sum of two tensors, or of a tensor and a constant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tflite_to_c import arithmetic, binary
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.binary import Binary, Operands
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Arithmetic, Step, Values, clipped
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Add(Binary):
    factors: tuple[Multiplier, Multiplier]
    multiplier: Multiplier

    RANK: ClassVar[int] = 50
    FUNCTION: ClassVar[str] = "add"

    def arithmetic(self) -> Arithmetic:
        return Arithmetic((*self.factors, self.multiplier), 255 << 20)

    def fields(self) -> Mapping[str, int]:
        first, second = self.factors
        fields = {"multiplier_a": first.value, "multiplier_b": second.value, "multiplier": self.multiplier.value}
        fields |= {"shift_a": first.right_shift, "shift_b": second.right_shift, "shift": self.multiplier.right_shift}
        zeros = self.zero_points
        return fields | {"zero": self.output.zero_point, "zero_a": zeros[0], "zero_b": zeros[1]}

    def compute(self, *inputs: Values) -> Values:
        first, second = (
            arithmetic.scale(values << 20, *factor)
            for values, factor in zip(self.operands(inputs), self.factors, strict=True)
        )
        total = arithmetic.scale(self.joined(first, second), *self.multiplier)
        return clipped(total + self.output.zero_point, *self.range).reshape(inputs[0].shape)

    def joined(self, first: Integers, second: Integers) -> Integers:
        """What becomes of both, once they are of one scale."""
        return first + second


def scaled(operator: Operator, options: str) -> tuple[dict[str, Any], Operands]:
    """The fields of an Add but for its inputs, and these."""
    active = operator.range(operator.options(options).FusedActivationFunction())
    operands, output = binary.read(operator)
    twice = 2 * max(operands.scales)
    first, second = (arithmetic.multiplier(scale / twice) for scale in operands.scales)
    whole = arithmetic.multiplier(twice / (2**20 * output.scale))
    if whole.right_shift < 0:
        raise UnsupportedError(f"an output scale of {output.scale:g} under inputs of {twice / 2:g} is not covered")
    fields = {"zero_points": operands.zero_points, "constant": operands.constant, "range": active}
    return fields | {"output": output, "factors": (first, second), "multiplier": whole}, operands


def read(operator: Operator) -> Step:
    fields, operands = scaled(operator, "AddOptions")
    return Add(operator.layer, operands.inputs, **fields)


OPERATORS = {"ADD": read}
