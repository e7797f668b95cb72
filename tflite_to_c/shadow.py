"""A run of the plan without numbers: which tensor each byte of memory holds, step by step, before any C is written.

It follows the loops of templates/ and nothing that simplify.py or memory.py believe, so that their next mistake is
refused instead of generated: a value that is read must have been written and not overwritten since, and every value
of the output must be written.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.errors import InputError
from tflite_to_c.graph import (
    LANES,
    Convolution,
    Dense,
    Depthwise,
    Graph,
    Matrix,
    Mean,
    Pad,
    Pool,
    Step,
    Tensor,
    Window,
)
from tflite_to_c.memory import Plan
from tflite_to_c.simplify import sees_padding

NOTHING = -1
Times = NDArray[np.int64]


class _FaultError(Exception):
    """What the C would do wrong."""


def run(graph: Graph, plan: Plan, origin: str) -> None:
    """Raises InputError, one line that names the layer, where the C for `graph` and `plan` would be wrong."""
    memory = _Memory(graph, plan)
    for step in graph.steps:
        try:
            _check_sizes(step)
            memory.read(step)
            memory.write(step)
        except _FaultError as fault:
            raise _error(origin, f"{step.layer}: {fault}") from None
    if not memory.holds(graph.output):
        raise _error(origin, f"not all of the output, tensor {graph.output.name!r}, is written")


def _error(origin: str, fault: str) -> InputError:
    return InputError(f"{origin}: {fault}; no C is written: a fault of the generator, please report it with the model")


class _Memory:
    """The caller's input and output, and the scratch buffer: for each byte the index of the tensor it holds."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self._input, self._output = graph.input.index, graph.output.index
        self._bytes = {
            "input": np.full(graph.input.size, self._input),
            "output": np.full(graph.output.size, NOTHING),
            "scratch": np.full(plan.bytes, NOTHING),
        }
        self._plan = plan

    def _place(self, tensor: Tensor) -> tuple[str, int]:
        if tensor.index == self._input:
            return "input", 0
        if tensor.index == self._output:
            return "output", 0
        return "scratch", self._plan.offsets[tensor.index]

    def _part(self, tensor: Tensor) -> NDArray[np.int64]:
        name, offset = self._place(tensor)
        part = self._bytes[name][offset : offset + tensor.size]
        if offset < 0 or len(part) < tensor.size:
            raise _FaultError(f"tensor {tensor.name!r} reaches beyond its buffer")
        return part

    def holds(self, tensor: Tensor) -> bool:
        return bool((self._part(tensor) == tensor.index).all())

    def read(self, step: Step) -> None:
        for tensor in step.inputs:
            if not self.holds(tensor):
                raise _FaultError(f"reads tensor {tensor.name!r} where it was not written, or was overwritten")
            self._check_overlap(step, tensor)

    def _check_overlap(self, step: Step, tensor: Tensor) -> None:
        """Where the output lies over an input, each byte must have been read for the last time before it is written."""
        (here, start), (there, begin) = self._place(tensor), self._place(step.output)
        first, end = max(start, begin), min(start + tensor.size, begin + step.output.size)
        if here != there or first >= end:
            return
        read, written = _last_reads(step), _writes(step)
        if (read[first - start : end - start] > written[first - begin : end - begin]).any():
            raise _FaultError(f"writes over tensor {tensor.name!r} before it has read it")

    def write(self, step: Step) -> None:
        if step.output.index == self._input:
            raise _FaultError("writes into the input")
        self._part(step.output)[:] = step.output.index


def _check_sizes(step: Step) -> None:
    """Do the loops, by the numbers the C is given, stay within the tensors, and fill the output?"""
    source, output = step.inputs[0], step.output
    filled = output.size
    match step:
        case Convolution() | Depthwise():
            kernel, channels = step.window.height * step.window.width, source.shape[2]
            columns = kernel if isinstance(step, Depthwise) else kernel * channels
            rows = channels * step.depth_multiplier if isinstance(step, Depthwise) else len(step.weights)
            _require(step.weights.shape == (rows, columns), "its weights are not those its loops read")
            filled = step.outputs[0] * step.outputs[1] * rows
            if isinstance(step, Convolution) and not sees_padding(step):
                _require(all(map(_Axis.within, _axes(step))), "its window reaches beyond its input")
        case Dense():
            _require(step.weights.shape[1] == source.size, "its weights are not those its loops read")
            filled = len(step.weights)
        case Pool():
            _require(all(map(_Axis.seen, _axes(step))), "a window lies beyond its input")
            filled = output.shape[0] * output.shape[1] * source.shape[2]
        case Mean():
            filled = source.shape[2]
        case Pad():
            filled = output.shape[0] * output.shape[1] * source.shape[2]
        case _:
            _require(len({tensor.size for tensor in step.inputs}) == 1, "its inputs are not of one size")
            filled = source.size
    _require(output.size == filled, f"its output has {output.size} values, its loops write {filled}")
    if isinstance(step, Matrix):
        rows = len(step.weights)
        _require(len(step.bias) == len(step.multipliers) == rows, "its biases or multipliers are not one a row")


def _require(fits: bool, fault: str) -> None:
    if not fits:
        raise _FaultError(fault)


def _writes(step: Step) -> Times:
    """For each byte of the output the turn of the step's loops that writes it; a turn reads before it writes."""
    places = np.arange(step.output.size)
    match step:
        case Convolution(pooled=None):
            return places // len(step.weights) // LANES
        case Convolution() | Depthwise():
            return places // len(step.weights)
        case _:
            return places


def _last_reads(step: Step) -> Times:
    """For each byte of an input the last turn of the step's loops that reads it; NOTHING where none does."""
    source, output = step.inputs[0], step.output
    match step:
        case Convolution() | Depthwise():
            positions = _last_positions(step)
            turns = positions // LANES if isinstance(step, Convolution) and step.pooled is None else positions
            return np.repeat(turns.ravel(), source.shape[2])
        case Pool():
            positions, channels = _last_positions(step), source.shape[2]
            turns = positions[..., np.newaxis] * channels + np.arange(channels)
            return np.where(positions[..., np.newaxis] < 0, NOTHING, turns).ravel()
        case Dense():
            return np.full(source.size, output.size - 1)
        case Mean():
            return np.arange(source.size) % source.shape[2]
        case Pad():
            height, width, channels = source.shape
            y, x, c = np.ogrid[:height, :width, :channels]
            turns = ((y + step.top) * output.shape[1] + x + step.left) * channels + c
            return turns.ravel()
        case _:  # value by value
            return np.arange(source.size)


def _last_positions(step: Convolution | Depthwise | Pool) -> Times:
    """(height, width): the last output position, counted row by row, whose window has each place of the input."""
    height, width = _axes(step)
    rows, columns = height.last_reads()[:, np.newaxis], width.last_reads()
    return np.where((rows < 0) | (columns < 0), NOTHING, rows * width.outputs + columns)


class _Axis(NamedTuple):
    """How a window goes along one side of the input: `pooled` of its positions make one output."""

    side: int
    outputs: int
    pooled: int
    pool_stride: int
    size: int
    stride: int
    pad: int

    def starts(self) -> Times:
        """(outputs, pooled)."""
        positions = np.arange(self.outputs)[:, np.newaxis] * self.pool_stride + np.arange(self.pooled)
        return positions * self.stride - self.pad

    def within(self) -> bool:
        """Does no position see beyond the input?"""
        return bool(((self.starts() >= 0) & (self.starts() + self.size <= self.side)).all())

    def seen(self) -> bool:
        """Does every position see some of the input?"""
        return bool(((self.starts() < self.side) & (self.starts() + self.size > 0)).all())

    def last_reads(self) -> Times:
        """(side,): the last output that reads each place."""
        last = np.full(self.side, NOTHING)
        for output, starts in enumerate(self.starts().tolist()):
            for start in starts:
                last[max(0, start) : max(0, start + self.size)] = output
        return last


def _axes(step: Convolution | Depthwise | Pool) -> tuple[_Axis, _Axis]:
    """Height and width."""
    outputs = step.output.shape if isinstance(step, Pool) else step.outputs
    pool = step.pool if isinstance(step, Convolution) else Window(1, 1, 1, 1, 0, 0)
    window, (height, width, _) = step.window, step.inputs[0].shape
    return (
        _Axis(height, outputs[0], pool.height, pool.stride_y, window.height, window.stride_y, window.pad_y),
        _Axis(width, outputs[1], pool.width, pool.stride_x, window.width, window.stride_x, window.pad_x),
    )
