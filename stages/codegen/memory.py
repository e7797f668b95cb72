"""Where each tensor lies in the scratch buffer.

A step's output may begin over its input, as far as the step has already read what it writes over ("diagonal memory
optimisation": Blacker et al. 2020). Tensors at the network's ends are the caller's and take no scratch.
"""

from dataclasses import dataclass
from itertools import permutations

from stages.codegen.graph import (
    LANES,
    Add,
    Clamp,
    Convolution,
    Depthwise,
    Graph,
    Pool,
    Rectify,
    Softmax,
    Step,
    Tensor,
    Window,
)

MOST_ORDERS = 5_040  # of placing buffers; seven are tried in every order, more in the first orders


@dataclass(frozen=True)
class Buffer:
    """A tensor's bytes, from the step that writes them to the last one that reads them."""

    tensor: Tensor
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    offsets: dict[int, int]  # by the tensors' index
    bytes: int


def plan(graph: Graph) -> Plan:
    """The offsets that need the smallest scratch found. Deterministic."""
    buffers, distances = _buffers(graph), [distance(step) for step in graph.steps]
    best: Plan | None = None
    by_size = sorted(buffers, key=lambda buffer: -buffer.tensor.size)
    for count, order in enumerate(permutations(by_size)):
        offsets: dict[int, int] = {}
        for buffer in order:
            offsets[buffer.tensor.index] = _lowest(
                buffer, [other for other in order if other.tensor.index in offsets], offsets, graph, distances
            )
        needed = max((offsets[buffer.tensor.index] + buffer.tensor.size for buffer in order), default=0)
        if best is None or needed < best.bytes:
            best = Plan(offsets, needed)
        if count >= MOST_ORDERS:
            break
    assert best is not None
    return best


def _buffers(graph: Graph) -> list[Buffer]:
    ends = {graph.input.index, graph.output.index}
    buffers = []
    for place, step in enumerate(graph.steps):
        tensor = step.output
        if tensor.index not in ends:
            reads = [i for i, other in enumerate(graph.steps) if any(t.index == tensor.index for t in other.inputs)]
            buffers.append(Buffer(tensor, place, max(reads, default=place)))
    return buffers


def _lowest(
    buffer: Buffer, placed: list[Buffer], offsets: dict[int, int], graph: Graph, distances: list[int | None]
) -> int:
    """The lowest offset at which `buffer` disturbs none of those placed."""
    bounds = [
        (
            offsets[other.tensor.index],
            other,
            distances[buffer.first] if _made_from(buffer, other, graph) else None,
            distances[other.first] if _made_from(other, buffer, graph) else None,
        )
        for other in placed
        if buffer.first <= other.last and other.first <= buffer.last
    ]
    candidates = {0}
    for offset, other, under, over in bounds:
        candidates.add(offset + other.tensor.size)
        if under is not None:
            candidates.add(offset - under)
        if over is not None:
            candidates.add(offset + over)

    def fits(start: int) -> bool:
        return start >= 0 and all(
            start + buffer.tensor.size <= offset
            or start >= offset + other.tensor.size
            or (under is not None and start <= offset - under)
            or (over is not None and start >= offset + over)
            for offset, other, under, over in bounds
        )

    return min(filter(fits, candidates))


def _made_from(output: Buffer, source: Buffer, graph: Graph) -> bool:
    """Does the step that writes `output` read `source`, the last to do so?"""
    inputs = {tensor.index for tensor in graph.steps[output.first].inputs}
    return source.last == output.first and source.tensor.index in inputs


def distance(step: Step) -> int | None:
    """The least number of bytes its output must begin before its input, lest it writes over what it still has to read.

    Follows the order in which the kernels in templates/ read and write.
    """
    match step:
        case Rectify() | Clamp() | Add() | Softmax():
            return 0
        case Convolution(pooled=None):
            return _raster(step, step.window, group=LANES, gathered=True)
        case Convolution():
            return _raster(step, _combined(step), group=1, gathered=True)
        case Depthwise():
            return _raster(step, step.window, group=1, gathered=True)
        case Pool():
            return _raster(step, step.window, group=1, gathered=False)
        case _:  # each output may need the whole input, or begins before what it reads
            return None


def _combined(step: Convolution) -> Window:
    """The input window of one pooled output."""
    inner, pool = step.window, step.pool
    return Window(
        (pool.height - 1) * inner.stride_y + inner.height,
        (pool.width - 1) * inner.stride_x + inner.width,
        pool.stride_y * inner.stride_y,
        pool.stride_x * inner.stride_x,
        inner.pad_y + pool.pad_y * inner.stride_y,
        inner.pad_x + pool.pad_x * inner.stride_x,
    )


def _raster(step: Convolution | Depthwise | Pool, window: Window, *, group: int, gathered: bool) -> int:
    """`group` output positions are written at once; where `gathered`, after all that they need has been read."""
    width, channels = step.inputs[0].shape[1:]
    rows, columns = step.output.shape[:2] if isinstance(step, Pool) else step.outputs
    outputs = step.output.shape[-1]
    firsts = [
        (max(0, y * window.stride_y - window.pad_y) * width + max(0, x * window.stride_x - window.pad_x)) * channels
        for y in range(rows)
        for x in range(columns)
    ]
    needed = 0
    still = step.inputs[0].size  # the first byte that later positions read
    for start in reversed(range(0, len(firsts), group)):
        members = firsts[start : start + group]
        if not gathered:
            still = min(still, *members)
        needed = max(needed, (start + len(members)) * outputs - still)
        still = min(still, *members)
    return needed
