"""Sliding windows over height and width: what a convolution or pooling reads for each position, and when."""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tflite_to_c.arithmetic import Integers
from tflite_to_c.graph import NOTHING, Tensor


class Window(NamedTuple):
    """A sliding window over height and width; padding is before the first row and column."""

    height: int
    width: int
    stride_y: int
    stride_x: int
    pad_y: int
    pad_x: int


ONE = Window(1, 1, 1, 1, 0, 0)


def shape_fields(source: Tensor, outputs: tuple[int, ...]) -> dict[str, int]:
    """The fields of a C struct; outputs: rows and columns."""
    height, width, channels = source.shape
    return {
        "height": height,
        "width": width,
        "channels": channels,
        "out_height": outputs[0],
        "out_width": outputs[1],
    }


def window_fields(window: Window) -> dict[str, int]:
    """The fields of a C struct."""
    return {
        "kernel_y": window.height,
        "kernel_x": window.width,
        "stride_y": window.stride_y,
        "stride_x": window.stride_x,
        "pad_y": window.pad_y,
        "pad_x": window.pad_x,
    }


def seen(images: NDArray[np.int8], window: Window, positions: tuple[int, ...], outside: int) -> NDArray[np.int8]:
    """(n, rows, columns, kernel height, kernel width, channels): what each position sees of images (n, h, w, c).

    outside: what it sees beyond them.
    """
    sides = [(0, 0)]
    for count, stride, kernel, pad, side in zip(
        positions, window[2:4], window[:2], window[4:], images.shape[1:3], strict=True
    ):
        sides.append((pad, max(0, (count - 1) * stride + kernel - pad - side)))
    padded = np.pad(images, [*sides, (0, 0)], constant_values=outside)
    views = sliding_window_view(padded, window[:2], axis=(1, 2))[:, :: window.stride_y, :: window.stride_x]
    return np.moveaxis(views[:, : positions[0], : positions[1]], 3, -1)


def distance(source: Tensor, outputs: tuple[int, int], channels: int, window: Window, *, group: int, late: bool) -> int:
    """Step.distance where `group` output positions are written at once, row by row, with so many channels.

    late: they are written after all that they need has been read.
    """
    width, depth = source.shape[1:]
    firsts = [
        (max(0, y * window.stride_y - window.pad_y) * width + max(0, x * window.stride_x - window.pad_x)) * depth
        for y in range(outputs[0])
        for x in range(outputs[1])
    ]
    needed = 0
    still = source.size  # the first byte that later positions read
    for start in reversed(range(0, len(firsts), group)):
        members = firsts[start : start + group]
        if not late:
            still = min(still, *members)
        needed = max(needed, (start + len(members)) * channels - still)
        still = min(still, *members)
    return needed


class Axis(NamedTuple):
    """How a window goes along one side of the input: `pooled` of its positions make one output."""

    side: int
    outputs: int
    pooled: int
    pool_stride: int
    size: int
    stride: int
    pad: int

    def starts(self) -> Integers:
        """(outputs, pooled)."""
        positions = np.arange(self.outputs)[:, np.newaxis] * self.pool_stride + np.arange(self.pooled)
        return positions * self.stride - self.pad

    def within(self) -> bool:
        """Does no position see beyond the input?"""
        return bool(((self.starts() >= 0) & (self.starts() + self.size <= self.side)).all())

    def seen(self) -> bool:
        """Does every position see some of the input?"""
        return bool(((self.starts() < self.side) & (self.starts() + self.size > 0)).all())

    def last_reads(self) -> Integers:
        """(side,): the last output that reads each place."""
        last = np.full(self.side, NOTHING)
        for output, starts in enumerate(self.starts().tolist()):
            for start in starts:
                last[max(0, start) : max(0, start + self.size)] = output
        return last


def axes(source: Tensor, outputs: tuple[int, ...], window: Window, pool: Window = ONE) -> tuple[Axis, Axis]:
    """Height and width; `pool` makes one output of several positions."""
    height, width, _ = source.shape
    return (
        Axis(height, outputs[0], pool.height, pool.stride_y, window.height, window.stride_y, window.pad_y),
        Axis(width, outputs[1], pool.width, pool.stride_x, window.width, window.stride_x, window.pad_x),
    )


def last_positions(height: Axis, width: Axis) -> Integers:
    """(height, width): the last output position, counted row by row, whose window has each place of the input."""
    rows, columns = height.last_reads()[:, np.newaxis], width.last_reads()
    return np.where((rows < 0) | (columns < 0), NOTHING, rows * width.outputs + columns)
