"""The mean over height and width, or over time: global average pooling."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.gather import by_rows
from tflite_to_c.graph import INT8, Arithmetic, OneRow, Step, Values, clipped
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Mean(Step):
    multiplier: Multiplier

    RANK: ClassVar[int] = 20

    @property
    def _count(self) -> int:
        """Positions that make one output."""
        return math.prod(self.inputs[0].shape[:-1])

    def arithmetic(self) -> Arithmetic:
        return Arithmetic((self.multiplier,), 255 * self._count)

    def dimensions(self) -> Mapping[str, int]:
        return {}

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("mean", *inputs, output, self._count, self.inputs[0].shape[-1], *self.finish())]

    def finish(self) -> tuple[int, ...]:
        """What turns a sum into its mean: the sum of zeros, the factor, and the output's zero point."""
        return self.inputs[0].zero_point * self._count, *self.multiplier, self.output.zero_point

    def one_row(self) -> OneRow | None:
        return by_rows(self, "mean", self.finish())

    def distance(self) -> int | None:
        return None  # the first output needs the whole input

    def filled(self) -> int:
        return self.inputs[0].shape[-1]

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        source = self.inputs[place]
        return np.arange(source.size) % source.shape[-1]

    def through(self, values: Integers) -> Integers | None:
        return self._scaled(self._count * (values - self.inputs[0].zero_point)).astype(np.int64)

    def compute(self, *inputs: Values) -> Values:
        (images,) = inputs
        apart = images.reshape(len(images), self._count, -1).astype(np.int64)
        sums = (apart - self.inputs[0].zero_point).sum(axis=1)
        # Of fewer channels than the output's where some are left out before it is fused.
        return self._scaled(sums).reshape(len(images), *self.output.shape[:-1], sums.shape[-1])

    def _scaled(self, sums: Integers) -> Values:
        return clipped(arithmetic.scale(sums, *self.multiplier) + self.output.zero_point, *INT8)


def read(operator: Operator) -> Step:
    operator.count(2)
    source, axes = operator.input(), operator.constant(1, "int32")
    rank = len(source.shape) + 1
    wanted = sorted(int(axis) % rank for axis in axes.values.ravel() if -rank <= axis < rank)
    if rank not in (3, 4) or wanted != list(range(1, rank - 1)) or axes.values.size != len(wanted):
        raise UnsupportedError(f"tensor {axes.name!r}: the mean over height and width, axes 1 and 2, is covered")
    *sides, channels = source.shape
    count = math.prod(sides)
    output = operator.shaped(operator.output(), (channels,), (*(1 for _ in sides), channels))
    factor = arithmetic.fitting(arithmetic.mean(source.scale, output.scale, count), 255 * count)
    return Mean(operator.layer, (source,), output, factor)


OPERATORS = {"MEAN": read}
