"""What the generator knows of a network: int8 tensors and the steps that compute them, all numbers final."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.arithmetic import Multiplier

LANES = 4  # positions a convolution computes at once, so that a weight is fetched and decoded once for all of them


@dataclass(frozen=True)
class Tensor:
    """An int8 tensor computed at run time: real value = scale · (stored - zero_point)."""

    index: int  # of its storage: reshaped tensors share it
    name: str
    shape: tuple[int, ...]  # without the batch, which is 1
    scale: float
    zero_point: int

    @property
    def size(self) -> int:
        """Elements, and bytes."""
        return int(np.prod(self.shape, dtype=np.int64))


class Window(NamedTuple):
    """A sliding window over height and width; padding is before the first row and column."""

    height: int
    width: int
    stride_y: int
    stride_x: int
    pad_y: int
    pad_x: int


class Range(NamedTuple):
    """What a fused activation leaves of int8."""

    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Step:
    """One operator of the file. `layer` names it for people: its place and kind."""

    layer: str
    inputs: tuple[Tensor, ...]
    output: Tensor


@dataclass(frozen=True, eq=False)
class Matrix(Step):
    """Weights (rows, columns) int8, a row an output channel, and what turns its int32 sums into int8.

    bias: int64 (rows,), with the input's zero point folded in, so that a sum is bias + weights · input.
    """

    weights: NDArray[np.int8]
    bias: NDArray[np.int64]
    multipliers: tuple[Multiplier, ...]
    range: Range

    @property
    def zero_point(self) -> int:
        """Of what it gives before anything fused after it."""
        return self.output.zero_point


@dataclass(frozen=True, eq=False)
class Pool(Step):
    kind: str  # max or average
    window: Window
    range: Range


@dataclass(frozen=True, eq=False)
class Mean(Step):
    """The mean over height and width."""

    multiplier: Multiplier


@dataclass(frozen=True, eq=False)
class Convolution(Matrix):
    """Columns in the order kernel row, kernel column, input channel. `pooled` is the step fused after it."""

    window: Window
    positions: tuple[int, int]  # rows and columns of the convolution itself, before any pooling
    pooled: Pool | Mean | None = None

    @property
    def zero_point(self) -> int:
        return (self.pooled.inputs[0] if self.pooled else self.output).zero_point

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
                return Window(1, 1, 1, 1, 0, 0)


@dataclass(frozen=True, eq=False)
class Depthwise(Matrix):
    """Columns in the order kernel row, kernel column; row r reads input channel r // depth_multiplier."""

    window: Window
    depth_multiplier: int

    @property
    def outputs(self) -> tuple[int, int]:
        """Rows and columns of what it gives."""
        return self.output.shape[0], self.output.shape[1]


@dataclass(frozen=True, eq=False)
class Dense(Matrix):
    pass


@dataclass(frozen=True, eq=False)
class Rectify(Step):
    """ReLU and LeakyReLU: one factor for inputs at or above the zero point, one for those below."""

    above: Multiplier
    below: Multiplier
    range: Range


@dataclass(frozen=True, eq=False)
class Clamp(Step):
    range: Range


@dataclass(frozen=True, eq=False)
class Softmax(Step):
    multiplier: Multiplier
    smallest_difference: int


@dataclass(frozen=True, eq=False)
class Add(Step):
    factors: tuple[Multiplier, Multiplier]
    multiplier: Multiplier
    range: Range


@dataclass(frozen=True, eq=False)
class Pad(Step):
    top: int
    left: int
    value: int


@dataclass(frozen=True)
class Graph:
    steps: tuple[Step, ...]
    input: Tensor
    output: Tensor
