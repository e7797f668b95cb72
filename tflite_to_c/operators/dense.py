"""Fully connected layer."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import tflite as schema

from tflite_to_c.arithmetic import Integers
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Step, Values
from tflite_to_c.matrix import Matrix
from tflite_to_c.operators.convolution import Convolution
from tflite_to_c.reading import Operator
from tflite_to_c.tflite_file import Stored
from tflite_to_c.window import ONE


@dataclass(frozen=True, eq=False)
class Dense(Matrix):
    """Each row reads the whole input, in the order it lies in memory."""

    RANK: ClassVar[int] = 3
    FAST: ClassVar[str] = "rows"

    @property
    def uses(self) -> int:
        return 1

    def loops(self) -> dict[str, int]:
        return {}

    def distance(self) -> int | None:
        return None  # each output needs the whole input

    def filled(self) -> int:
        self.check_weights(len(self.weights), self.inputs[0].size)
        return len(self.weights)

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        return np.full(self.inputs[place].size, self.output.size - 1)

    def compute(self, *inputs: Values) -> Values:
        (values,) = inputs
        return self.summed(values.reshape(len(values), -1)).reshape(len(values), *self.output.shape)


def read(operator: Operator) -> Step:
    operator.count(2, 3)
    options, source = operator.options("FullyConnectedOptions"), operator.input()
    kernel = operator.constant(1, "int8")
    if options.WeightsFormat() != schema.FullyConnectedOptionsWeightsFormat.DEFAULT:
        raise UnsupportedError("shuffled weights are not covered")
    if len(kernel.shape) == 2 and len(source.shape) == 2 and kernel.shape[1] == source.shape[1] < source.size:
        return _of_each_row(operator, kernel)
    if len(kernel.shape) != 2 or kernel.shape[1] != source.size:
        raise UnsupportedError(f"tensor {kernel.name!r} has shape {kernel.shape}; (units, {source.size}) is covered")
    matrix = operator.matrix(kernel, kernel.values, 0)
    active = operator.range(options.FusedActivationFunction())
    units = kernel.shape[0]
    output = operator.shaped(operator.output(), (units,), (*(1,) * (len(source.shape) - 1), units))
    return Dense(operator.layer, (source,), output, **matrix, range=active)


def _of_each_row(operator: Operator, kernel: Stored) -> Step:
    """The layer reads each row on its own, as a convolution whose window is one position."""
    source, (units, columns) = operator.input(), kernel.shape
    matrix = operator.matrix(kernel, kernel.values, 0)
    active = operator.range(operator.options("FullyConnectedOptions").FusedActivationFunction())
    rows = source.shape[0]
    output = operator.shaped(operator.output(), (rows, units))
    wide, made = replace(source, shape=(1, rows, columns)), replace(output, shape=(1, rows, units))
    return Convolution(operator.layer, (wide,), made, **matrix, range=active, window=ONE, positions=(1, rows))


OPERATORS = {"FULLY_CONNECTED": read}
