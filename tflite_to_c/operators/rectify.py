"""ReLU, leaky ReLU, and a change of scale: one factor for inputs at or above the zero point, one for those below."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.c_text import Constant
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, Elementwise, Range, Step, Values, clipped
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Rectify(Elementwise):
    above: Multiplier
    below: Multiplier
    range: Range

    RANK: ClassVar[int] = 30

    def arithmetic(self) -> Arithmetic:
        return Arithmetic((self.above, self.below), 255)

    def constants(self, label: str) -> list[Constant]:
        fields = {"above": self.above.value, "below": self.below.value}
        fields |= {"above_shift": self.above.right_shift, "below_shift": self.below.right_shift}
        fields |= {"input_zero": self.inputs[0].zero_point, "output_zero": self.output.zero_point}
        return [c_text.Struct("Rectify", label, fields | self.range._asdict())]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("rectify", f"&{label}", *inputs, output, self.inputs[0].size)]

    def through(self, values: Integers) -> Integers | None:
        return self._rectified(values).astype(np.int64)

    def compute(self, *inputs: Values) -> Values:
        return self._rectified(inputs[0].astype(np.int64))

    def _rectified(self, values: Integers) -> Values:
        x = values - self.inputs[0].zero_point
        scaled = np.where(x >= 0, arithmetic.scale(x, *self.above), arithmetic.scale(x, *self.below))
        return clipped(scaled + self.output.zero_point, *self.range)


def rescaled(operator: Operator, leak: float, low: int | None) -> Step:
    """The output is the input, times `leak` where negative, in another scale. low: by default the output's zero."""
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    above, below = (
        arithmetic.fitting(arithmetic.multiplier(source.scale * factor / output.scale), 255) for factor in (1.0, leak)
    )
    active = Range(output.zero_point if low is None else low, INT8.high)
    return Rectify(operator.layer, (source,), output, above, below, active)


def _relu(operator: Operator) -> Step:
    return rescaled(operator, 1.0, None)


def _leaky_relu(operator: Operator) -> Step:
    alpha = np.float32(operator.options("LeakyReluOptions").Alpha())
    if not 0 <= alpha < math.inf:
        raise UnsupportedError(f"alpha {alpha} is not covered")
    return rescaled(operator, float(alpha), INT8.low)


OPERATORS = {"RELU": _relu, "LEAKY_RELU": _leaky_relu}
