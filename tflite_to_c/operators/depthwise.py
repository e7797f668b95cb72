"""Depthwise convolution: each output channel reads one input channel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.encodings import TOGETHER
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import NOTHING, OneRow, Step, Values
from tflite_to_c.matrix import Matrix
from tflite_to_c.reading import Operator
from tflite_to_c.window import Axis, Window, axes, distance, last_positions, seen, shape_fields, window_fields


@dataclass(frozen=True, eq=False)
class Depthwise(Matrix):
    """Columns in the order kernel row, kernel column; row r reads input channel r // depth_multiplier."""

    window: Window
    depth_multiplier: int

    RANK: ClassVar[int] = 2
    GATHERING: ClassVar[float] = 20

    def fast(self) -> str | None:
        return "taps" if self.depth_multiplier == 1 else None

    @property
    def by_taps(self) -> bool:
        return any(coded.name == "taps" for coded in self.encoded)

    @property
    def sees_padding(self) -> bool:
        """Does any position see beyond the input?"""
        return not all(map(Axis.within, axes(self.inputs[0], self.outputs, self.window)))

    @property
    def outputs(self) -> tuple[int, int]:
        """Rows and columns of what it gives."""
        return self.output.shape[0], self.output.shape[1]

    @property
    def uses(self) -> int:
        return self.outputs[0] * self.outputs[1]

    def loops(self) -> dict[str, int]:
        fields = shape_fields(self.inputs[0], self.outputs) | window_fields(self.window)
        return fields | {"depth_multiplier": self.depth_multiplier}

    def workspace_bytes(self, steps: Sequence[Step]) -> int:  # noqa: ARG002
        if self.by_taps:  # what channels see beyond the input
            return -(-len(self.weights) // TOGETHER) * TOGETHER if self.sees_padding else 0
        return int(self.weights.size) // self.depth_multiplier

    def workspace_arguments(self, workspace: int) -> tuple[str, ...]:
        return ("0",) if self.by_taps and not self.sees_padding else (c_text.scratch(workspace),)

    def one_row(self) -> OneRow | None:
        window, (source,) = self.window, self.inputs
        inputs, output = (source.with_rows(window.height),), self.output.with_rows(1)
        row = replace(self, inputs=inputs, output=output, window=window._replace(pad_y=0))
        return OneRow(row, window.height, window.stride_y, window.pad_y)

    def distance(self) -> int | None:
        late = not self.by_taps  # which writes some channels before it reads the next
        return distance(self.inputs[0], self.outputs, self.output.shape[-1], self.window, group=1, late=late)

    def filled(self) -> int:
        rows = self.inputs[0].shape[2] * self.depth_multiplier
        self.check_weights(rows, self.window.height * self.window.width)
        return self.outputs[0] * self.outputs[1] * rows

    def through(self, values: Integers) -> Integers | None:
        """Where no position sees beyond the input, or what it sees there is the value itself."""
        if self.depth_multiplier != 1:
            return None
        return self.requantized(self.bias + self.weights.astype(np.int64).sum(axis=1) * values).astype(np.int64)

    def writes(self) -> Integers:
        if self.by_taps:
            return np.arange(self.output.size)
        return np.arange(self.output.size) // len(self.weights)

    def last_reads(self, place: int) -> Integers:
        channels = self.inputs[place].shape[2]
        positions = last_positions(*axes(self.inputs[0], self.outputs, self.window)).ravel()
        if not self.by_taps:
            return np.repeat(positions, channels)
        # Four channels at once: the first of them is written once all are read, and no later.
        last = positions[:, np.newaxis] * channels + np.arange(channels) // TOGETHER * TOGETHER
        return np.where(positions[:, np.newaxis] < 0, NOTHING, last).ravel()

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        taps = [step for step in steps if step.by_taps]
        return {
            "taps": max((step.weights.shape[1] for step in taps), default=0),
            "padded_taps": any(step.sees_padding for step in taps),
            "apart": len(taps) < len(steps),
        }

    def compute(self, *inputs: Values) -> Values:
        (images,) = inputs
        views = seen(images, self.window, self.outputs, self.inputs[0].zero_point)
        apart = np.repeat(views.reshape(*views.shape[:3], -1, views.shape[-1]), self.depth_multiplier, axis=-1)
        sums = np.einsum("nyxkr,rk->nyxr", apart.astype(np.int64), self.weights.astype(np.int64))
        return self.requantized(sums + self.bias)


def read(operator: Operator) -> Step:
    operator.count(2, 3)
    options, source = operator.options("DepthwiseConv2DOptions"), operator.input()
    kernel = operator.constant(1, "int8")
    operator.undilated(options)
    channels = operator.image(source)[2]
    if len(kernel.shape) != 4 or kernel.shape[0] != 1 or kernel.shape[3] % channels:
        raise UnsupportedError(f"tensor {kernel.name!r} has shape {kernel.shape}; (1, h, w, n * {channels}) is covered")
    rows = kernel.shape[3]
    if options.DepthMultiplier() * channels != rows:
        raise UnsupportedError(
            f"depth multiplier {options.DepthMultiplier()} does not make {rows} of {channels} channels"
        )
    window, positions = operator.window(options, kernel.shape[1], kernel.shape[2], source)
    matrix = operator.matrix(kernel, np.ascontiguousarray(kernel.values.reshape(-1, rows).T), 3)
    active = operator.range(options.FusedActivationFunction())
    output = operator.shaped(operator.output(), (*positions, rows))
    return Depthwise(
        operator.layer,
        (source,),
        output,
        **matrix,
        range=active,
        window=window,
        depth_multiplier=options.DepthMultiplier(),
    )


OPERATORS = {"DEPTHWISE_CONV_2D": read}
