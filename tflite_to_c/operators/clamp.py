"""ReLU6 on its own, and the smaller or larger of values and a constant: values beyond a range become its ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, Elementwise, Range, Step, Values, clipped
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Clamp(Elementwise):
    range: Range

    RANK: ClassVar[int] = 40

    def arithmetic(self) -> Arithmetic:
        return Arithmetic()

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("limit", *inputs, output, self.inputs[0].size, *self.range)]

    def through(self, values: Integers) -> Integers | None:
        return np.clip(values, *self.range)

    def compute(self, *inputs: Values) -> Values:
        return clipped(inputs[0].astype(np.int64), *self.range)


def read(operator: Operator) -> Step:
    operator.count(1)
    source = operator.input()
    six = source.zero_point + arithmetic.quantized(6, source.scale)
    output = operator.shaped(operator.output(), source.shape)
    return Clamp(operator.layer, (source,), output, Range(source.zero_point, min(127, six)))


def _bounded(operator: Operator) -> Step:
    operator.count(2)
    places = sorted(range(2), key=lambda place: operator.stored_input(place).data is not None)
    bound, source = operator.constant(places[1], "int8"), operator.input(places[0])
    if bound.values.size != 1:
        raise UnsupportedError(f"tensor {bound.name!r} has shape {bound.shape}; one value is covered")
    if (bound.scales.tolist(), bound.zero_points.tolist()) != ([source.scale], [source.zero_point]):
        raise UnsupportedError(f"tensor {bound.name!r} needs the scale and zero point of tensor {source.name!r}")
    value = int(bound.values.ravel()[0])
    active = Range(INT8.low, value) if operator.name == "MINIMUM" else Range(value, INT8.high)
    return Clamp(operator.layer, (source,), operator.like(source, source.shape), active)


OPERATORS = {"RELU6": read, "MINIMUM": _bounded, "MAXIMUM": _bounded}
