"""A smaller graph that computes the same, bit for bit: pooling fused, and channels that never change left out."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import arithmetic
from tflite_to_c.graph import (
    Clamp,
    Convolution,
    Dense,
    Graph,
    Matrix,
    Mean,
    Pool,
    Range,
    Rectify,
    Step,
    Tensor,
)


def simplify(graph: Graph) -> Graph:
    return drop_constant_channels(fuse_pooling(graph))


def fuse_pooling(graph: Graph) -> Graph:
    """Pooling into the convolution before it, where no window overlaps another: the larger tensor never exists.

    A maximum is taken of the sums themselves: it commutes with requantization, which is monotone. A mean is not.
    """
    readers = _readers(graph)
    steps: list[Step] = []
    for step in graph.steps:
        before = steps[-1] if steps else None
        if (
            isinstance(step, Pool | Mean)
            and isinstance(before, Convolution)
            and before.pooled is None
            and _follows(step, before, readers)
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
    readers = _readers(graph)
    steps = list(graph.steps)
    for place, step in enumerate(steps):
        if not isinstance(step, Convolution | Dense) or step.weights.any(axis=1).all():
            continue
        chain = _chain(steps, place, readers)
        if not chain:
            continue
        constant: NDArray[np.bool_] = np.asarray(~step.weights.any(axis=1))
        *between, last = chain
        values = _requantized(step)
        if isinstance(step, Convolution) and step.pooled:
            values = _through(step.pooled, values)
        for other in between:
            values = _through(other, values)
        assert isinstance(last, Convolution | Dense)
        if isinstance(last, Convolution) and sees_padding(last):
            constant &= values == last.inputs[0].zero_point  # elsewhere the border would differ from the middle
        if constant.all():
            constant[0] = False  # a layer without channels is not worth a case of its own
        if not constant.any():
            continue
        kept = np.flatnonzero(~constant)
        outputs = [_narrow(other.output, len(kept)) for other in (step, *between)]
        steps[place] = _with_rows(step, kept, outputs[0])
        for number, other in enumerate(between):
            steps[place + 1 + number] = replace(other, inputs=(outputs[number],), output=outputs[number + 1])
        steps[place + 1 + len(between)] = _without_columns(last, constant, values, len(kept))
    return replace(graph, steps=tuple(steps))


def _chain(steps: list[Step], place: int, readers: Counter[int]) -> list[Step]:
    """The steps after that at `place` in which its channels stay apart, up to the matrix that mixes them; else none."""
    chain: list[Step] = []
    for before, step in pairwise(steps[place:]):
        if not _follows(step, before, readers):
            return []
        chain.append(step)
        match step:
            case Convolution() | Dense():
                return chain
            case Pool() | Mean() | Rectify() | Clamp():
                continue
            case _:
                return []
    return []


def _readers(graph: Graph) -> Counter[int]:
    """How many read each tensor, by its index: steps, and the caller, who reads the network's output."""
    return Counter([graph.output.index, *(index for step in graph.steps for index in {t.index for t in step.inputs})])


def _follows(step: Step, before: Step, readers: Counter[int]) -> bool:
    """Does `step`, and nothing else, read what `before` gives, and in the same shape?

    A dense layer may read it reshaped: the order of the values is the same, and it does not see their shape.
    """
    source = step.inputs[0]
    return (
        source.index == before.output.index
        and readers[source.index] == 1
        and (source.shape == before.output.shape or isinstance(step, Dense))
    )


def _requantized(step: Matrix) -> NDArray[np.int64]:
    """What each row gives where its weights are all zero."""
    values = [
        arithmetic.scale(int(bias), factor) + step.zero_point
        for bias, factor in zip(step.bias, step.multipliers, strict=True)
    ]
    return np.clip(np.array(values, np.int64), *step.range)


def _through(step: Step, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """What becomes of constant channels: an average or maximum of equal values is that value."""
    match step:
        case Mean():
            height, width, _ = step.inputs[0].shape
            sums = (height * width * (values - step.inputs[0].zero_point)).tolist()
            return np.clip(
                [arithmetic.scale(total, step.multiplier) + step.output.zero_point for total in sums], -128, 127
            )
        case Rectify():
            source = step.inputs[0].zero_point
            scaled = [arithmetic.scale(x, step.above if x >= 0 else step.below) for x in (values - source).tolist()]
            return np.clip(np.array(scaled, np.int64) + step.output.zero_point, *step.range)
        case Pool() | Clamp():
            return np.clip(values, *step.range)
        case _:
            raise AssertionError(step)


def _narrow(tensor: Tensor, channels: int) -> Tensor:
    return replace(tensor, shape=(*tensor.shape[:-1], channels))


def _with_rows(step: Convolution | Dense, rows: NDArray[np.int64], output: Tensor) -> Step:
    multipliers = tuple(step.multipliers[row] for row in rows)
    return replace(step, output=output, weights=step.weights[rows], bias=step.bias[rows], multipliers=multipliers)


def _without_columns(
    step: Convolution | Dense, constant: NDArray[np.bool_], values: NDArray[np.int64], channels: int
) -> Step:
    """`step` reading `channels` channels only. Its columns run through all channels at each position."""
    repeats = step.weights.shape[1] // len(constant)
    gone, each = np.tile(constant, repeats), np.tile(values, repeats)
    bias = step.bias + step.weights[:, gone].astype(np.int64) @ each[gone]
    source = step.inputs[0]
    narrow = (
        _narrow(source, channels) if isinstance(step, Convolution) else replace(source, shape=(repeats * channels,))
    )
    return replace(step, inputs=(narrow,), weights=step.weights[:, ~gone], bias=bias)


def sees_padding(step: Convolution) -> bool:
    """Does any position see beyond the input?"""
    window = step.window
    return any(
        pad > 0 or (count - 1) * stride + kernel > side
        for pad, count, stride, kernel, side in zip(
            (window.pad_y, window.pad_x),
            step.positions,
            (window.stride_y, window.stride_x),
            (window.height, window.width),
            step.inputs[0].shape[:2],
            strict=True,
        )
    )
