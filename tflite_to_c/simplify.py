"""A smaller graph that computes the same, bit for bit.

Pooling is fused, and the slice that takes a sequence's last step; channels that never change are left out, and those
that nothing reads.
"""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.arithmetic import Integers
from tflite_to_c.graph import Graph, Range, Step, Tensor, readers
from tflite_to_c.matrix import Matrix
from tflite_to_c.operators.convolution import Convolution
from tflite_to_c.operators.dense import Dense
from tflite_to_c.operators.depthwise import Depthwise
from tflite_to_c.operators.lstm import Lstm
from tflite_to_c.operators.mean import Mean
from tflite_to_c.operators.pool import Pool
from tflite_to_c.operators.rearrange import Rearrange


def simplify(graph: Graph) -> Graph:
    return drop_constant_channels(drop_unread_channels(fuse_pooling(fuse_last_steps(graph))))


def fuse_last_steps(graph: Graph) -> Graph:
    """The last step of a recurrent layer's sequence, where nothing else is read of it: the sequence never exists."""
    counts = readers(graph)
    steps: list[Step] = []
    for step in graph.steps:
        before = steps[-1] if steps else None
        if (
            isinstance(step, Rearrange)
            and isinstance(before, Lstm)
            and step.inputs[0].index == before.output.index
            and counts[before.output.index] == 1
            and step.places.tolist() == list(range(before.output.size - before.units, before.output.size))
        ):
            steps[-1] = replace(before, layer=f"{before.layer}, and {step.layer}", output=step.output, last=True)
        else:
            steps.append(step)
    return replace(graph, steps=tuple(steps))


def fuse_pooling(graph: Graph) -> Graph:
    """Pooling into the convolution before it, where no window overlaps another: the larger tensor never exists.

    A maximum is taken of the sums themselves: it commutes with requantization, which is monotone. A mean is not.
    """
    counts = readers(graph)
    steps: list[Step] = []
    for step in graph.steps:
        before = steps[-1] if steps else None
        if (
            isinstance(step, Pool | Mean)
            and isinstance(before, Convolution)
            and before.pooled is None
            and _follows(step, before, counts)
            and _separate(step, before.positions)
        ):
            layer, active = f"{before.layer}, and {step.layer}", before.range
            if isinstance(step, Pool) and step.kind == "max":
                active = Range(max(active.low, step.range.low), min(active.high, step.range.high))
            if active.low <= active.high:
                steps[-1] = replace(before, layer=layer, output=step.output, range=active, pooled=step)
                continue
        steps.append(step)
    return replace(graph, steps=tuple(steps))


def _separate(step: Pool | Mean, positions: tuple[int, int]) -> bool:
    """Do its windows lie side by side, all within the convolution's positions?"""
    if isinstance(step, Mean):
        return True
    window, output = step.window, step.output.shape
    return (
        window.stride_y >= window.height
        and window.stride_x >= window.width
        and (output[0] - 1) * window.stride_y + window.height <= positions[0]
        and (output[1] - 1) * window.stride_x + window.width <= positions[1]
    )


def drop_constant_channels(graph: Graph) -> Graph:
    """Channels whose weights are all zero give the same value for every input: the next layer's bias takes it over.

    Pruning makes them. Weights that read such a channel go too, whatever their values; so in one pass from the first
    layer to the last, each loses what the one before it no longer gives before its own are looked at.
    """
    counts = readers(graph)
    steps = list(graph.steps)
    for place, step in enumerate(steps):
        if not isinstance(step, Convolution | Dense) or step.weights.any(axis=1).all():
            continue
        found = _chain(steps, place, counts)
        if found is None:
            continue
        between, last, values, steady = found
        constant: NDArray[np.bool_] = ~step.weights.any(axis=1) & steady
        if isinstance(last, Convolution) and last.sees_padding:
            constant &= values == last.inputs[0].zero_point  # elsewhere the border would differ from the middle
        if constant.all():
            constant[0] = False  # a layer without channels is not worth a case of its own
        if not constant.any():
            continue
        kept = np.flatnonzero(~constant)
        steps[place : place + len(between) + 1] = _with_channels([step, *between], kept)
        steps[place + 1 + len(between)] = _without_columns(last, constant, values, len(kept))
    return replace(graph, steps=tuple(steps))


def drop_unread_channels(graph: Graph) -> Graph:
    """Channels that the next layer's weights, all zero, do not read. From the last layer to the first, as each that
    loses channels may read fewer itself."""
    counts = readers(graph)
    steps = list(graph.steps)
    for place in reversed(range(len(steps))):
        last = steps[place]
        if not isinstance(last, Convolution | Dense):
            continue
        first = _makes(steps, place, counts)
        if first is None:
            continue
        channels = steps[first].output.shape[-1]
        read = np.asarray(last.weights.reshape(len(last.weights), -1, channels).any(axis=(0, 1)))
        if not read.any():
            read[0] = True  # a layer without channels is not worth a case of its own
        if not read.all():
            kept = np.flatnonzero(read)
            steps[first:place] = _with_channels(steps[first:place], kept)
            steps[place] = _without_columns(last, ~read, np.zeros(channels, np.int64), len(kept))
    return replace(graph, steps=tuple(steps))


def _makes(steps: list[Step], place: int, counts: Counter[int]) -> int | None:
    """The place of the layer with weights whose channels, kept apart by the steps between, are what this one mixes."""
    for before in reversed(range(place)):
        if not _follows(steps[before + 1], steps[before], counts):
            return None
        if isinstance(steps[before], Convolution | Dense):
            return before
        channels = steps[before].output.shape[-1]
        if steps[before].through(np.zeros(channels, np.int64)) is None:
            return None
    return None


def _with_channels(steps: list[Step], kept: Integers) -> list[Step]:
    """A layer with weights and the steps behind it that keep channels apart, all with these channels only."""
    narrowed: list[Step] = []
    for step in steps:
        fewer = step.with_rows(kept) if isinstance(step, Matrix) else step
        inputs = (narrowed[-1].output,) if narrowed else step.inputs
        narrowed.append(replace(fewer, inputs=inputs, output=_narrow(step.output, len(kept))))
    return narrowed


class Chain(NamedTuple):
    """The steps after a layer with weights in which its channels stay apart, and the layer that mixes them.

    values: (channels,) what the mixing layer sees of each channel whose weights are all zero. steady: of which channels
    it sees that everywhere.
    """

    between: list[Step]
    last: Convolution | Dense
    values: Integers
    steady: NDArray[np.bool_]


def _chain(steps: list[Step], place: int, counts: Counter[int]) -> Chain | None:
    before = steps[place]
    assert isinstance(before, Convolution | Dense)
    values: Integers | None = _requantized(before)
    if isinstance(before, Convolution) and before.pooled:
        values = before.pooled.through(_requantized(before))
    between: list[Step] = []
    steady = np.ones(len(before.weights), np.bool_)
    for step in steps[place + 1 :]:
        if values is None or not _follows(step, before, counts):
            return None
        if isinstance(step, Convolution | Dense):
            return Chain(between, step, values, steady)
        if isinstance(step, Depthwise) and step.sees_padding:
            steady &= values == step.inputs[0].zero_point
        values = step.through(values)
        between.append(step)
        before = step
    return None


def _follows(step: Step, before: Step, counts: Counter[int]) -> bool:
    """Does `step`, and nothing else, read what `before` gives, and in the same shape?

    A dense layer may read it reshaped: the order of the values is the same, and it does not see their shape.
    """
    source = step.inputs[0]
    return (
        source.index == before.output.index
        and counts[source.index] == 1
        and (source.shape == before.output.shape or isinstance(step, Dense))
    )


def _requantized(step: Matrix) -> Integers:
    """What each row gives where its weights are all zero."""
    return step.requantized(step.bias).astype(np.int64)


def _narrow(tensor: Tensor, channels: int) -> Tensor:
    return replace(tensor, shape=(*tensor.shape[:-1], channels))


def _without_columns(step: Convolution | Dense, constant: NDArray[np.bool_], values: Integers, channels: int) -> Step:
    """`step` reading `channels` channels only. Its columns run through all channels at each position."""
    repeats = step.weights.shape[1] // len(constant)
    gone, each = np.tile(constant, repeats), np.tile(values, repeats)
    bias = step.bias + step.weights[:, gone].astype(np.int64) @ each[gone]
    source = step.inputs[0]
    narrow = (
        _narrow(source, channels) if isinstance(step, Convolution) else replace(source, shape=(repeats * channels,))
    )
    return replace(step, inputs=(narrow,), weights=step.weights[:, ~gone], bias=bias)
