"""Tensors one after the other along one side."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tflite as schema

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Arithmetic, FaultError, Step, Tensor, Values
from tflite_to_c.reading import Operator


@dataclass(frozen=True, eq=False)
class Concatenation(Step):
    """One input after the other is copied, in rows: what lies between two positions along the sides before `axis`."""

    axis: int  # of the shapes, which have no batch

    @property
    def _rows(self) -> int:
        return math.prod(self.output.shape[: self.axis])

    def _length(self, tensor: Tensor) -> int:
        """Of a row."""
        return math.prod(tensor.shape[self.axis :])

    def _starts(self) -> list[int]:
        """Of each input in a row of the output."""
        lengths = [self._length(tensor) for tensor in self.inputs]
        return [sum(lengths[:place]) for place in range(len(lengths))]

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(clamps=False)

    def dimensions(self) -> Mapping[str, int]:
        return {}

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [
            c_text.call(
                "join",
                source,
                f"{output} + {start}" if start else output,
                self._rows,
                self._length(tensor),
                self._length(self.output),
            )
            for source, tensor, start in zip(inputs, self.inputs, self._starts(), strict=True)
        ]

    def distance(self) -> int | None:
        return None  # the first input is written over where the others lie

    def filled(self) -> int:
        if any(tensor.shape[: self.axis] != self.output.shape[: self.axis] for tensor in self.inputs):
            raise FaultError("its inputs have not as many rows as its output")
        return self._rows * sum(self._length(tensor) for tensor in self.inputs)

    def writes(self) -> Integers:
        turns = np.split(np.arange(self.output.size), np.cumsum([tensor.size for tensor in self.inputs])[:-1])
        return np.concatenate([part.reshape(self._rows, -1) for part in turns], axis=1).ravel()

    def last_reads(self, place: int) -> Integers:
        before = sum(tensor.size for tensor in self.inputs[:place])
        return np.arange(before, before + self.inputs[place].size)

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - the other inputs have channels too
        return None

    def compute(self, *inputs: Values) -> Values:
        return np.concatenate(inputs, axis=self.axis + 1)


def read(operator: Operator) -> Step:
    options = operator.options("ConcatenationOptions")
    if options.FusedActivationFunction() != schema.ActivationFunctionType.NONE:
        raise UnsupportedError("a fused activation is not covered")
    if not operator.inputs:
        raise UnsupportedError("has no inputs")
    inputs = tuple(operator.input(place) for place in range(operator.inputs))
    rank = len(inputs[0].shape) + 1
    axis = options.Axis() % rank - 1 if -rank <= options.Axis() < rank else -1
    if axis < 0:
        raise UnsupportedError(f"axis {options.Axis()} is not covered; those after the batch are")
    shapes = {(*tensor.shape[:axis], *tensor.shape[axis + 1 :]) for tensor in inputs}
    if len(shapes) > 1 or {len(tensor.shape) for tensor in inputs} != {rank - 1}:
        raise UnsupportedError(f"its inputs have shapes {', '.join(str(tensor.shape) for tensor in inputs)}")
    whole = sum(tensor.shape[axis] for tensor in inputs)
    output = operator.like(inputs[0], (*inputs[0].shape[:axis], whole, *inputs[0].shape[axis + 1 :]))
    for tensor in inputs:
        operator.check_like(tensor, output)
    return Concatenation(operator.layer, inputs, output, axis)


OPERATORS = {"CONCATENATION": read}
