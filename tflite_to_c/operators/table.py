"""Functions of one value: 256 outputs looked up, computed beforehand as TFLite's runtimes compute them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, exponential, reciprocal, shift_right
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, Elementwise, Step, Values, clipped
from tflite_to_c.reading import Operator

INTEGER_BITS = 4  # of the fixed-point numbers that TFLite takes a sigmoid of


@dataclass(frozen=True, eq=False)
class Table(Elementwise):
    """values: (256,) for the inputs from -128 on."""

    values: Values

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(clamps=False)

    def constants(self, label: str) -> str:
        return c_text.array("int8_t", label, self.values)

    def flash_bytes(self) -> int:
        return self.values.size

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("look_up", label, *inputs, output, self.inputs[0].size)]

    def through(self, values: Integers) -> Integers | None:
        return self.values[values + 128].astype(np.int64)

    def compute(self, *inputs: Values) -> Values:
        found: Values = self.values[inputs[0].astype(np.int64) + 128]
        return found


def _sigmoid(operator: Operator) -> Step:
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    if (output.scale, output.zero_point) != (1 / 256, -128):
        raise UnsupportedError(f"tensor {output.name!r} needs scale 1/256 and zero point -128")
    factor = arithmetic.multiplier(source.scale * 2 ** (31 - INTEGER_BITS))
    if factor.right_shift > 0:
        raise ValueError(f"an input scale of {source.scale:g}")
    radius = math.floor((2**INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS) / 2**-factor.right_shift)
    x = np.arange(-128, 128, dtype=np.int64) - source.zero_point
    near = np.clip(x, 1 - radius, radius - 1) if radius else np.zeros_like(x)
    fixed = arithmetic.scale(near, *factor)
    positive = reciprocal(exponential(-np.abs(fixed), INTEGER_BITS))
    exact = np.where(fixed > 0, positive, np.where(fixed < 0, 2**31 - 1 - positive, 2**30))
    shares = np.where(x <= -radius, 0, np.where(x >= radius, 255, shift_right(exact, 23)))
    return Table(operator.layer, (source,), output, clipped(shares - 128, *INT8))


OPERATORS = {"LOGISTIC": _sigmoid}
