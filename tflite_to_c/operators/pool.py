"""Maximum and average over a sliding window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.c_text import Constant
from tflite_to_c.gather import by_rows
from tflite_to_c.graph import NOTHING, Arithmetic, FaultError, OneRow, Range, Step, Values, clipped
from tflite_to_c.reading import Operator
from tflite_to_c.window import Axis, Window, axes, distance, last_positions, seen, shape_fields, window_fields


@dataclass(frozen=True, eq=False)
class Pool(Step):
    kind: str  # max or average
    window: Window
    range: Range

    RANK: ClassVar[int] = 10

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(averages=self.kind == "average")

    def dimensions(self) -> Mapping[str, int]:
        return shape_fields(self.inputs[0], self.output.shape) | window_fields(self.window)

    def constants(self, label: str) -> list[Constant]:
        return [c_text.Struct("Pool", label, dict(self.dimensions()) | self.range._asdict())]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call(f"{self.kind}_pool", f"&{label}", *inputs, output)]

    def distance(self) -> int | None:
        rows, columns, channels = self.output.shape
        return distance(self.inputs[0], (rows, columns), channels, self.window, group=1, late=False)

    def _axes(self) -> tuple[Axis, Axis]:
        return axes(self.inputs[0], self.output.shape, self.window)

    def finish(self) -> tuple[int, ...]:
        """What turns a sum over a window into its average."""
        return self.range if self.kind == "average" else ()

    @property
    def _of_all(self) -> bool:
        """Is it the average of all places?"""
        same = self.inputs[0].shape[:2] == (self.window.height, self.window.width)
        return same and self.kind == "average" and self.output.shape[:2] == (1, 1)

    def one_row(self) -> OneRow | None:
        """Where no row beyond the input is seen: it would count."""
        window, (source,) = self.window, self.inputs
        if self._of_all:
            return by_rows(self, self.kind, self.finish())
        if not self._axes()[0].within():
            return None
        row = replace(self, inputs=(source.with_rows(window.height),), output=self.output.with_rows(1))
        return OneRow(row, window.height, window.stride_y, 0)

    def filled(self) -> int:
        if not all(map(Axis.seen, self._axes())):
            raise FaultError("a window lies beyond its input")
        return self.output.shape[0] * self.output.shape[1] * self.inputs[0].shape[2]

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        positions, channels = last_positions(*self._axes())[..., np.newaxis], self.inputs[place].shape[2]
        return np.where(positions < 0, NOTHING, positions * channels + np.arange(channels)).ravel()

    def through(self, values: Integers) -> Integers | None:
        return np.clip(values, *self.range)  # an average or maximum of equal values is that value

    def compute(self, *inputs: Values) -> Values:
        (images,) = inputs
        positions = self.output.shape[:2]
        if self.kind == "max":
            return clipped(seen(images, self.window, positions, -128).max(axis=(3, 4)).astype(np.int64), *self.range)
        sums = seen(images, self.window, positions, 0).astype(np.int64).sum(axis=(3, 4))
        counts = seen(np.ones_like(images), self.window, positions, 0).astype(np.int64).sum(axis=(3, 4))
        halves_away = np.sign(sums) * ((np.abs(sums) + counts // 2) // counts)
        return clipped(halves_away, *self.range)

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        return {"kinds": {step.kind for step in steps}}


def read(operator: Operator) -> Step:
    operator.count(1)
    options, source = operator.options("Pool2DOptions"), operator.input()
    channels = operator.image(source)[2]
    window, positions = operator.window(options, options.FilterHeight(), options.FilterWidth(), source)
    active = operator.range(options.FusedActivationFunction())
    output = operator.like(source, (*positions, channels))
    kind = "max" if operator.name == "MAX_POOL_2D" else "average"
    return Pool(operator.layer, (source,), output, kind, window, active)


OPERATORS = {"MAX_POOL_2D": read, "AVERAGE_POOL_2D": read}
