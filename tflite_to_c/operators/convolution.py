"""Convolution, transposed or not, with the pooling after it fused where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import tflite as schema

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, FaultError, OneRow, Step, Values
from tflite_to_c.matrix import Matrix
from tflite_to_c.operators.mean import Mean
from tflite_to_c.operators.pool import Pool
from tflite_to_c.reading import Operator
from tflite_to_c.window import ONE, Axis, Window, axes, distance, last_positions, seen, shape_fields, window_fields

LANES = 4  # positions computed at once, so that a weight is fetched and decoded once for all of them


@dataclass(frozen=True, eq=False)
class Convolution(Matrix):
    """Columns in the order kernel row, kernel column, input channel. `pooled` is the step fused after it.

    spread: how far the input's values are set apart, with zero points between: a transposed convolution with strides of
    as much, its kernel turned around.
    """

    window: Window
    positions: tuple[int, int]  # rows and columns of the convolution itself, before any pooling
    pooled: Pool | Mean | None = None
    spread: tuple[int, int] = (1, 1)

    RANK: ClassVar[int] = 1
    FAST: ClassVar[str] = "pairs"
    POSITIONS: ClassVar[int] = LANES

    @property
    def zero_point(self) -> int:
        return (self.pooled.inputs[0] if self.pooled else self.output).zero_point

    @property
    def pooling(self) -> str | None:
        match self.pooled:
            case Pool():
                return self.pooled.kind
            case Mean():
                return "mean"
            case None:
                return None

    @property
    def outputs(self) -> tuple[int, int]:
        """Rows and columns of what it gives."""
        return (1, 1) if isinstance(self.pooled, Mean) else (self.output.shape[0], self.output.shape[1])

    @property
    def pool(self) -> Window:
        """The positions that make one output."""
        match self.pooled:
            case Pool():
                return self.pooled.window
            case Mean():
                return Window(*self.positions, *self.positions, 0, 0)
            case None:
                return ONE

    @property
    def transposed(self) -> bool:
        return self.spread != (1, 1)

    @property
    def kind(self) -> str:
        return super().kind.replace("convolution", "transposed") if self.transposed else super().kind

    def fast(self) -> str | None:
        return None if self.transposed else self.FAST

    @property
    def sees_padding(self) -> bool:
        """Does any position see beyond the input, or between its values?"""
        return self.transposed or not all(map(Axis.within, axes(self.inputs[0], self.positions, self.window)))

    def arithmetic(self) -> Arithmetic:
        own = super().arithmetic()
        return own if self.pooled is None else self.pooled.arithmetic().beside(own)

    @property
    def uses(self) -> int:
        return self.positions[0] * self.positions[1]

    def loops(self) -> dict[str, int]:
        fields = shape_fields(self.inputs[0], self.outputs) | window_fields(self.window)
        if self.transposed:
            fields |= {"spread_y": self.spread[0], "spread_x": self.spread[1]}
        if self.pooled:
            pool = self.pool
            fields |= {"pool_y": pool.height, "pool_x": pool.width}
            fields |= {"pool_stride_y": pool.stride_y, "pool_stride_x": pool.stride_x}
        return fields

    def workspace_bytes(self, steps: Sequence[Step]) -> int:
        if self.wide:
            return self._pooled_bytes() + 2 * LANES * self.columns
        return self._pooled_bytes() + (LANES - 1) * _patch(steps) + _patch([self])

    @property
    def wide(self) -> bool:
        """Does its kernel read 16-bit values?"""
        return any(coded.name == "pairs" for coded in self.encoded)

    def _pooled_bytes(self) -> int:
        """Of the sums of a pooling window, one a channel."""
        return 4 * len(self.weights) if self.pooled else 0

    def workspace_arguments(self, workspace: int) -> tuple[str, ...]:
        place = workspace + self._pooled_bytes()
        patch = f"(int16_t *)({c_text.words(place)})" if self.wide else c_text.scratch(place)
        return (patch, c_text.words(workspace)) if self.pooled else (patch,)

    def finish(self) -> tuple[int, ...]:
        return self.pooled.finish() if self.pooled else ()

    def one_row(self) -> OneRow | None:
        whole, pool, (source,) = self._whole_window(), self.pool, self.inputs
        if self.transposed or isinstance(self.pooled, Mean) or pool.pad_y:
            return None
        pooled = self.pooled
        if pooled:
            among = pooled.inputs[0].with_rows(pool.height)
            pooled = replace(pooled, inputs=(among,), output=pooled.output.with_rows(1))
        row = replace(
            self,
            inputs=(source.with_rows(whole.height),),
            output=self.output.with_rows(1),
            window=self.window._replace(pad_y=0),
            positions=(pool.height, self.positions[1]),
            pooled=pooled,
        )
        return OneRow(row, whole.height, whole.stride_y, whole.pad_y)

    def apart(self) -> tuple[Step, ...]:
        """A mean of all places is of rows that need not exist at once."""
        row = self.pooled.one_row() if self.pooled else None
        if self.pooled is None or row is None or row.gathered is None:
            return (self,)
        made = replace(self.pooled.inputs[0], shape=(*self.positions, len(self.weights)))  # some may be left out
        layer = self.layer.removesuffix(f", and {self.pooled.layer}")
        mean = replace(self.pooled, inputs=(made,), output=self.output)
        return replace(self, layer=layer, output=made, pooled=None), mean

    def distance(self) -> int | None:
        if self.transposed:
            return None
        window, group = (self._whole_window(), 1) if self.pooled else (self.window, LANES)
        return distance(self.inputs[0], self.outputs, self.output.shape[-1], window, group=group, late=True)

    def _whole_window(self) -> Window:
        """What one pooled output sees of the input."""
        inner, pool = self.window, self.pool
        return Window(
            (pool.height - 1) * inner.stride_y + inner.height,
            (pool.width - 1) * inner.stride_x + inner.width,
            pool.stride_y * inner.stride_y,
            pool.stride_x * inner.stride_x,
            inner.pad_y + pool.pad_y * inner.stride_y,
            inner.pad_x + pool.pad_x * inner.stride_x,
        )

    def _axes(self) -> tuple[Axis, Axis]:
        return axes(self.inputs[0], self.outputs, self.window, self.pool)

    def filled(self) -> int:
        self.check_weights(len(self.weights), self.window.height * self.window.width * self.inputs[0].shape[2])
        if not self.sees_padding and not all(map(Axis.within, self._axes())):
            raise FaultError("its window reaches beyond its input")
        return self.outputs[0] * self.outputs[1] * len(self.weights)

    def writes(self) -> Integers:
        positions = np.arange(self.output.size) // len(self.weights)
        return positions if self.pooled else positions // LANES

    def last_reads(self, place: int) -> Integers:
        if self.transposed:
            return np.full(self.inputs[place].size, self.output.size)  # no output lies over it
        positions = last_positions(*self._axes())
        return np.repeat((positions if self.pooled else positions // LANES).ravel(), self.inputs[place].shape[2])

    def compute(self, *inputs: Values) -> Values:
        (images,) = inputs
        outside = self.inputs[0].zero_point
        views = seen(_apart(images, self.spread, outside), self.window, self.positions, outside)
        sums = self.summed(views.reshape(*views.shape[:3], -1))
        return self.pooled.compute(sums) if self.pooled else sums

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        return {
            "LANES": LANES,
            "patch": _patch(steps),
            "padded": any(step.sees_padding for step in steps),
            "wide": any(step.wide for step in steps),
            "bytewise": not all(step.wide for step in steps),
            "gathers": any(not step.wide and not step.transposed for step in steps),
        }


def _patch(steps: Sequence[Step]) -> int:
    """How far the patches of two lanes lie apart: one number for a network's kernels, known to the compiler."""
    convolutions = [step for step in steps if isinstance(step, Convolution)]
    return max((int(step.weights.shape[1]) for step in convolutions if not step.wide), default=0)


def _apart(images: Values, spread: tuple[int, int], between: int) -> Values:
    """Images (n, h, w, c) with their values so far apart."""
    count, height, width, channels = images.shape
    sides = (height - 1) * spread[0] + 1, (width - 1) * spread[1] + 1
    apart = np.full((count, *sides, channels), between, np.int8)
    apart[:, :: spread[0], :: spread[1]] = images
    return apart


def read(operator: Operator) -> Step:
    operator.count(2, 3)
    options, source, kernel = operator.options("Conv2DOptions"), operator.input(), operator.constant(1, "int8")
    operator.undilated(options)
    channels = operator.image(source)[2]
    if len(kernel.shape) != 4 or kernel.shape[3] != channels:
        raise UnsupportedError(
            f"tensor {kernel.name!r} has shape {kernel.shape}; (filters, h, w, {channels}) is covered"
        )
    window, positions = operator.window(options, kernel.shape[1], kernel.shape[2], source)
    matrix = operator.matrix(kernel, kernel.values.reshape(kernel.shape[0], -1), 0)
    active = operator.range(options.FusedActivationFunction())
    output = operator.shaped(operator.output(), (*positions, kernel.shape[0]))
    return Convolution(operator.layer, (source,), output, **matrix, range=active, window=window, positions=positions)


def _transposed(operator: Operator) -> Step:
    """A convolution of the input's values set apart, as each position of its output sees them."""
    operator.count(3, 4)
    operator = operator.reading(input=2, bias=3)
    options, source, kernel = operator.options("TransposeConvOptions"), operator.input(), operator.constant(1, "int8")
    if options.FusedActivationFunction() != schema.ActivationFunctionType.NONE:
        raise UnsupportedError("a fused activation is not covered")
    channels, output = operator.image(source)[2], operator.output()
    rows, columns, filters = operator.image(output)
    if len(kernel.shape) != 4 or (kernel.shape[0], kernel.shape[3]) != (filters, channels):
        raise UnsupportedError(
            f"tensor {kernel.name!r} has shape {kernel.shape}; ({filters}, h, w, {channels}) is covered"
        )
    # The convolution that it is the transpose of goes from its output to its input.
    back, positions = operator.window(options, kernel.shape[1], kernel.shape[2], output)
    if positions != source.shape[:2]:
        raise UnsupportedError(f"{rows} x {columns} does not come of {source.shape[0]} x {source.shape[1]}")
    turned = np.ascontiguousarray(kernel.values[:, ::-1, ::-1]).reshape(filters, -1)
    window = Window(back.height, back.width, 1, 1, back.height - 1 - back.pad_y, back.width - 1 - back.pad_x)
    return Convolution(
        operator.layer,
        (source,),
        output,
        **operator.matrix(kernel, turned, 0),
        range=INT8,
        window=window,
        positions=(rows, columns),
        spread=(back.stride_y, back.stride_x),
    )


OPERATORS = {"CONV_2D": read, "TRANSPOSE_CONV": _transposed}
