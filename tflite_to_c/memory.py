"""Where each tensor lies in the scratch buffer.

A step's output may begin over its input, as far as the step has already read what it writes over ("diagonal memory
optimisation": Blacker et al. 2020). Tensors at the network's ends are the caller's and take no scratch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

from tflite_to_c.graph import Graph, Tensor

MOST_PERMUTED = 7  # buffers that are placed in every order
MOST_ROUNDS = 100  # of moving the buffer that ends last to the front, where there are more


@dataclass(frozen=True)
class Buffer:
    """A tensor's bytes, from the step that writes them to the last one that reads them."""

    tensor: Tensor
    first: int
    last: int


class Neighbour(NamedTuple):
    """A buffer that must not be disturbed, and how far before or behind it another may begin and yet lie over it."""

    tensor: int  # its index
    size: int
    under: int | None  # the other begins at least as many bytes before it
    over: int | None  # the other begins at least as many bytes behind it


@dataclass(frozen=True)
class Plan:
    offsets: dict[int, int]  # by the tensors' index
    bytes: int


def plan(graph: Graph) -> Plan:
    """The offsets that need the smallest scratch found. Deterministic."""
    buffers, distances = _buffers(graph), [step.distance() for step in graph.steps]
    neighbours = _neighbours(buffers, graph, distances)
    enough = _least(buffers, graph, distances)
    best: Plan | None = None
    for found in _plans(buffers, neighbours):
        if best is None or found.bytes < best.bytes:
            best = found
        if best.bytes <= enough:
            break
    assert best is not None
    return best


def _plans(buffers: list[Buffer], neighbours: dict[int, list[Neighbour]]) -> Iterator[Plan]:
    """The largest buffer is placed first; then every other order is tried where there are few buffers.

    Where there are more, the one that ended last is placed first in the next round.
    """
    order = sorted(buffers, key=lambda buffer: -buffer.tensor.size)
    if len(order) <= MOST_PERMUTED:
        yield from (_placed(permuted, neighbours) for permuted in permutations(order))
        return
    for _ in range(MOST_ROUNDS):
        placed = _placed(order, neighbours)
        yield placed
        highest = max(order, key=lambda buffer: placed.offsets[buffer.tensor.index] + buffer.tensor.size)
        order = [highest, *(buffer for buffer in order if buffer is not highest)]


def _placed(order: Sequence[Buffer], neighbours: dict[int, list[Neighbour]]) -> Plan:
    """Each buffer as low as those placed before it allow."""
    offsets: dict[int, int] = {}
    for buffer in order:
        offsets[buffer.tensor.index] = _lowest(buffer, neighbours[buffer.tensor.index], offsets)
    return Plan(offsets, max((offsets[buffer.tensor.index] + buffer.tensor.size for buffer in order), default=0))


def _buffers(graph: Graph) -> list[Buffer]:
    ends = {graph.input.index, graph.output.index}
    last = {tensor.index: place for place, step in enumerate(graph.steps) for tensor in step.inputs}
    return [
        Buffer(step.output, place, last.get(step.output.index, place))
        for place, step in enumerate(graph.steps)
        if step.output.index not in ends
    ]


def _alive(buffers: list[Buffer]) -> Iterator[tuple[Buffer, list[Buffer]]]:
    """Each buffer in the order they are written, and those written before that are still needed by then."""
    alive: list[Buffer] = []
    for buffer in buffers:
        alive = [other for other in alive if other.last >= buffer.first]
        yield buffer, alive
        alive.append(buffer)


def _neighbours(buffers: list[Buffer], graph: Graph, distances: list[int | None]) -> dict[int, list[Neighbour]]:
    """By a tensor's index, the buffers that are needed while it is."""
    found: dict[int, list[Neighbour]] = {buffer.tensor.index: [] for buffer in buffers}
    for buffer, alive in _alive(buffers):
        for other in alive:
            apart = distances[buffer.first] if _made_from(buffer, other, graph) else None
            found[buffer.tensor.index].append(Neighbour(other.tensor.index, other.tensor.size, apart, None))
            found[other.tensor.index].append(Neighbour(buffer.tensor.index, buffer.tensor.size, None, apart))
    return found


def _least(buffers: list[Buffer], graph: Graph, distances: list[int | None]) -> int:
    """Bytes that no plan can go below: what is needed at once while some step runs, its output over its input."""
    least = 0
    for buffer, alive in _alive(buffers):
        apart, size = distances[buffer.first], buffer.tensor.size
        sources = [other for other in alive if apart is not None and _made_from(buffer, other, graph)]
        others = sum(other.tensor.size for other in alive if other not in sources)
        before = sum(source.tensor.size for source in sources)
        if len(sources) == 1 and apart is not None:
            both = min(before + size, max(apart + before, size))
        else:
            both = max(before, size)
        least = max(least, others + both)
    return least


def _lowest(buffer: Buffer, neighbours: list[Neighbour], offsets: dict[int, int]) -> int:
    """The lowest offset at which `buffer` disturbs none of those placed."""
    size = buffer.tensor.size
    bounds = [
        (
            start - size,
            start + other.size,
            None if other.under is None else start - other.under,
            None if other.over is None else start + other.over,
        )
        for other in neighbours
        if (start := offsets.get(other.tensor)) is not None
    ]
    candidates = {0}
    for _, above, under, over in bounds:
        candidates.add(above)
        candidates.update(place for place in (under, over) if place is not None)

    def fits(start: int) -> bool:
        return start >= 0 and all(
            start <= below
            or start >= above
            or (under is not None and start <= under)
            or (over is not None and start >= over)
            for below, above, under, over in bounds
        )

    return min(filter(fits, candidates))


def _made_from(output: Buffer, source: Buffer, graph: Graph) -> bool:
    """Does the step that writes `output` read `source`, the last to do so?"""
    inputs = {tensor.index for tensor in graph.steps[output.first].inputs}
    return source.last == output.first and source.tensor.index in inputs
