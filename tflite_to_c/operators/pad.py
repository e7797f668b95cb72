"""A border of one value around height and width."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.c_text import Constant
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Arithmetic, Step, Values
from tflite_to_c.reading import Operator
from tflite_to_c.window import shape_fields


@dataclass(frozen=True, eq=False)
class Pad(Step):
    top: int
    left: int
    value: int

    RANK: ClassVar[int] = 60

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(clamps=False)

    def dimensions(self) -> Mapping[str, int]:
        return shape_fields(self.inputs[0], self.output.shape) | {"top": self.top, "left": self.left}

    def constants(self, label: str) -> list[Constant]:
        return [c_text.Struct("Pad", label, dict(self.dimensions()) | {"value": self.value})]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("pad", f"&{label}", *inputs, output)]

    def distance(self) -> int | None:
        return None  # its output runs ahead of what it reads

    def filled(self) -> int:
        return self.output.shape[0] * self.output.shape[1] * self.inputs[0].shape[2]

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        height, width, channels = self.inputs[place].shape
        y, x, c = np.ogrid[:height, :width, :channels]
        turns: Integers = ((y + self.top) * self.output.shape[1] + x + self.left) * channels + c
        return turns.ravel()

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - the border has another value
        return None

    def compute(self, *inputs: Values) -> Values:
        (images,) = inputs
        height, width, _ = self.output.shape
        bottom, right = height - self.top - images.shape[1], width - self.left - images.shape[2]
        sides = [(0, 0), (self.top, bottom), (self.left, right), (0, 0)]
        return np.pad(images, sides, constant_values=self.value)


def read(operator: Operator) -> Step:
    operator.count(3 if operator.name == "PADV2" else 2)
    source, sides = operator.input(), operator.constant(1, "int32")
    height, width, channels = operator.image(source)
    if sides.shape != (4, 2) or sides.values.min() < 0 or sides.values[[0, 3]].any():
        raise UnsupportedError(f"tensor {sides.name!r}: padding of height and width is covered")
    top, bottom, left, right = (int(side) for side in sides.values[1:3].ravel())
    output = operator.shaped(operator.output(), (height + top + bottom, width + left + right, channels))
    value = output.zero_point
    if operator.name == "PADV2":
        filling = operator.constant(2, "int8")
        if filling.values.size != 1:
            raise UnsupportedError(f"tensor {filling.name!r} has shape {filling.shape}; one value is covered")
        if (filling.scales.tolist(), filling.zero_points.tolist()) != ([output.scale], [output.zero_point]):
            raise UnsupportedError(f"tensor {filling.name!r} needs the output's scale and zero point")
        value = int(filling.values.ravel()[0])
    return Pad(operator.layer, (source,), output, top, left, value)


OPERATORS = {"PAD": read, "PADV2": read}
