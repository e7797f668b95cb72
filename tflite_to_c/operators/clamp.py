"""ReLU6 on its own: values beyond a range become its ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.graph import Arithmetic, Elementwise, Range, Step, Values, clipped
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Clamp(Elementwise):
    range: Range

    RANK: ClassVar[int] = 40

    def arithmetic(self) -> Arithmetic:
        return Arithmetic()

    def constants(self, label: str) -> str:  # noqa: ARG002
        return ""

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


OPERATORS = {"RELU6": read}
