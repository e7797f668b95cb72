"""Functions of one value: 256 outputs looked up, computed beforehand as TFLite's runtimes compute them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, exponential, ratio, reciprocal, shift_right
from tflite_to_c.c_text import Constant
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, Elementwise, Step, Values, clipped
from tflite_to_c.reading import Operator

INTEGER_BITS = 4  # of the fixed-point numbers that TFLite takes these functions of


@dataclass(frozen=True, eq=False)
class Table(Elementwise):
    """values: (256,) for the inputs from -128 on."""

    values: Values

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(clamps=False)

    def constants(self, label: str) -> list[Constant]:
        return [c_text.Array("int8_t", label, self.values)]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("look_up", label, *inputs, output, self.inputs[0].size)]

    def through(self, values: Integers) -> Integers | None:
        return self.values[values + 128].astype(np.int64)

    def compute(self, *inputs: Values) -> Values:
        found: Values = self.values[inputs[0].astype(np.int64) + 128]
        return found


def _sigmoid(operator: Operator) -> Step:
    def shares(fixed: Integers) -> Integers:
        positive = reciprocal(exponential(-np.abs(fixed), INTEGER_BITS))
        exact = np.where(fixed > 0, positive, np.where(fixed < 0, 2**31 - 1 - positive, 2**30))
        return shift_right(exact, 23) - 128

    return _tabulated(operator, shares, 256, -128)


def _tangent(operator: Operator) -> Step:
    def values(fixed: Integers) -> Integers:
        positive = ratio(exponential(-np.abs(fixed), INTEGER_BITS + 1))  # one bit more doubles what it stands for
        return shift_right(np.sign(fixed) * positive, 24)

    return _tabulated(operator, values, 128, 0)


def _tabulated(operator: Operator, function: Callable[[Integers], Integers], fraction: int, zero_point: int) -> Step:
    """A function of fixed-point numbers, which goes from -128 to 127; its output has scale 1 / fraction."""
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    if (output.scale, output.zero_point) != (1 / fraction, zero_point):
        raise UnsupportedError(f"tensor {output.name!r} needs scale 1/{fraction} and zero point {zero_point}")
    x = np.arange(-128, 128, dtype=np.int64) - source.zero_point
    try:
        factor = arithmetic.multiplier(source.scale * 2 ** (31 - INTEGER_BITS))
    except ValueError:  # so large that every input is far from zero, zero too
        return Table(operator.layer, (source,), output, np.where(x <= 0, INT8.low, INT8.high).astype(np.int8))
    if factor.right_shift > 0:
        raise ValueError(f"an input scale of {source.scale:g}")
    radius = math.floor((2**INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS) / 2**-factor.right_shift)
    near = np.clip(x, 1 - radius, radius - 1)
    values = function(arithmetic.scale(near, *factor))
    values = np.where(x <= -radius, INT8.low, np.where(x >= radius, INT8.high, values))
    return Table(operator.layer, (source,), output, clipped(values, *INT8))


OPERATORS = {"LOGISTIC": _sigmoid, "TANH": _tangent}
