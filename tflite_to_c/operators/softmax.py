"""Softmax along the last side, in fixed point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, Multiplier, exponential, high_product, reciprocal, shift_right
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, Elementwise, Step, Values, clipped
from tflite_to_c.reading import Operator

MOST_CLASSES = 511  # from 512 on, TFLite's sum of exponentials asks for shifts by 32 bits or more


@dataclass(frozen=True, eq=False)
class Softmax(Elementwise):
    """Row by row it reads all before it writes any; each value once more just before it writes it."""

    multiplier: Multiplier
    smallest_difference: int

    RANK: ClassVar[int] = 70

    def arithmetic(self) -> Arithmetic:
        return Arithmetic()

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        size, depth = self.inputs[0].size, self.inputs[0].shape[-1]
        powers = self.multiplier.value, -self.multiplier.right_shift, self.smallest_difference
        return [c_text.call("softmax", *inputs, output, size // depth, depth, *powers)]

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - each output needs all channels
        return None

    def compute(self, *inputs: Values) -> Values:
        values = inputs[0].astype(np.int64)
        differences = values - values.max(axis=-1, keepdims=True)
        counts = differences >= self.smallest_difference
        shifted = np.where(counts, differences, 0) << -self.multiplier.right_shift
        powers = exponential(high_product(shifted, self.multiplier.value), 5)
        sums = np.where(counts, shift_right(powers, 12), 0).sum(axis=-1, keepdims=True)
        over = 32 - np.frexp(sums.astype(np.float64))[1].astype(np.int64)  # leading zeros
        factor = reciprocal((sums << over) - 2**31)
        shares = shift_right(high_product(powers, factor), 35 - over)
        return clipped(np.where(counts, shares, 0) - 128, *INT8)


def read(operator: Operator) -> Step:
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    if (output.scale, output.zero_point) != (1 / 256, -128):
        raise UnsupportedError(f"tensor {output.name!r} needs scale 1/256 and zero point -128")
    beta = operator.options("SoftmaxOptions").Beta()
    if not 0 < beta < math.inf:
        raise UnsupportedError(f"beta {beta} is not covered")
    if not source.shape:
        raise UnsupportedError(f"tensor {source.name!r} has no dimension of classes")
    if source.shape[-1] > MOST_CLASSES:
        raise UnsupportedError(
            f"tensor {source.name!r} has {source.shape[-1]:,} classes; up to {MOST_CLASSES} are covered"
        )
    return Softmax(operator.layer, (source,), output, *arithmetic.softmax(beta, source.scale))


OPERATORS = {"SOFTMAX": read}
