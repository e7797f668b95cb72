"""Where each tensor lies in the scratch buffer, and what a step needs only while it runs, its workspace.

A step's output may begin over its input, as far as the step has already read what it writes over ("diagonal memory
optimisation": Blacker et al. 2020). Tensors at the network's ends are the caller's, or lie in scratch as all others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import NamedTuple

from tflite_to_c.graph import Graph

MOST_PERMUTED = 7  # buffers that are placed in every order
NONE = -1  # tensors have indices from 0 on
BEFORE = -1  # all steps
MOST_ROUNDS = 100  # of moving the buffer that ends last to the front, where there are more
FEW_ROUNDS = 10  # to compare orders of the steps by; the best is placed with care


ALIGNMENT = 4  # of a workspace, which may hold int32


@dataclass(frozen=True)
class Buffer:
    """Bytes that are needed from one step to another: a tensor's, or a workspace's."""

    index: int  # of the tensor; NONE - the step's place for a workspace
    size: int
    first: int  # the step that writes it; the caller writes the input before the first
    last: int  # that reads it; the caller reads the output after the last

    @property
    def is_workspace(self) -> bool:
        return self.index <= NONE

    @property
    def alignment(self) -> int:
        return ALIGNMENT if self.is_workspace else 1


class Neighbour(NamedTuple):
    """A buffer that must not be disturbed, and how far before or behind it another may begin and yet lie over it."""

    buffer: int  # its index
    size: int
    under: int | None  # the other begins at least as many bytes before it
    over: int | None  # the other begins at least as many bytes behind it


@dataclass(frozen=True)
class Plan:
    offsets: dict[int, int]  # by the tensors' index
    bytes: int
    workspaces: dict[int, int] = field(default_factory=dict)  # by the step's place

    @property
    def words(self) -> int:
        """Of four bytes each, that hold it."""
        return -(-self.bytes // ALIGNMENT)


def plan(graph: Graph, *, workspaces: bool = True, ends: bool = False, rounds: int = MOST_ROUNDS) -> Plan:
    """The offsets that need the smallest scratch found. Deterministic.

    workspaces: else tensors alone are placed, and what steps hold of them. ends: place input and output too, which
    else are the caller's. rounds: at most, where tensors are too many for every order.
    """
    sizes = graph.workspaces() if workspaces else [step.held_bytes() for step in graph.steps]
    buffers, distances = _buffers(graph, sizes, ends=ends), [step.distance() for step in graph.steps]
    neighbours = _neighbours(buffers, graph, distances)
    enough = max(_needs(buffers, graph, distances), default=0)
    best: Plan | None = None
    for found in _plans(buffers, neighbours, rounds):
        if best is None or found.bytes < best.bytes:
            best = found
        if best.bytes <= enough:
            break
    assert best is not None
    offsets = {index: offset for index, offset in best.offsets.items() if index > NONE}
    apart = {NONE - index: offset for index, offset in best.offsets.items() if index <= NONE}
    return Plan(offsets, best.bytes, apart)


def ordered(graph: Graph, *, ends: bool = False) -> tuple[Graph, Plan]:
    """`graph` with its steps in the order that needs the least scratch found, and its plan.

    The order is the file's, neighbours exchanged. A chain has one order; of a branched graph the branches may be
    computed one after the other. ends: as in `plan`.
    """
    best, changed = plan(graph, ends=ends), True
    while changed:
        changed = False
        for place in range(len(graph.steps) - 1):
            first, second = graph.steps[place : place + 2]
            if any(tensor.index == first.output.index for tensor in second.inputs):
                continue
            steps = *graph.steps[:place], second, first, *graph.steps[place + 2 :]
            other = replace(graph, steps=steps)
            if (found := plan(other, ends=ends, rounds=FEW_ROUNDS)).bytes < best.bytes:
                graph, best, changed = other, found, True
    return graph, min(best, plan(graph, ends=ends), key=lambda found: found.bytes)


def _plans(buffers: list[Buffer], neighbours: dict[int, list[Neighbour]], rounds: int) -> Iterator[Plan]:
    """The larger before the smaller, of equals the earlier or the later first; workspaces among them or after them."""
    orders = [sorted(buffers, key=lambda buffer: (-buffer.size, sign * buffer.first)) for sign in (1, -1)]
    for order in orders:  # the later lower: an output may begin before its input, no input before its output
        yield from _orders(order, [], neighbours, rounds)
    for order in orders:
        workspaces = [buffer for buffer in order if buffer.is_workspace]
        if workspaces:
            yield from _orders([buffer for buffer in order if not buffer.is_workspace], workspaces, neighbours, rounds)


def _orders(
    first: list[Buffer], then: list[Buffer], neighbours: dict[int, list[Neighbour]], rounds: int
) -> Iterator[Plan]:
    """Plans that place `first`, its first one before all others, in every order where they are few, then `then`.

    Where they are more, the one that ended last is placed before all others in the next round.
    """
    if len(first) <= MOST_PERMUTED:
        yield from (_placed((*permuted, *then), neighbours) for permuted in permutations(first))
        return
    order = first
    for _ in range(rounds):
        placed = _placed((*order, *then), neighbours)
        yield placed
        highest = max(order, key=lambda buffer: placed.offsets[buffer.index] + buffer.size)
        order = [highest, *(buffer for buffer in order if buffer is not highest)]


def _placed(order: Sequence[Buffer], neighbours: dict[int, list[Neighbour]]) -> Plan:
    """Each buffer as low as those placed before it allow."""
    offsets: dict[int, int] = {}
    for buffer in order:
        offsets[buffer.index] = _lowest(buffer, neighbours[buffer.index], offsets)
    return Plan(offsets, max((offsets[buffer.index] + buffer.size for buffer in order), default=0))


def _buffers(graph: Graph, workspaces: list[int], *, ends: bool) -> list[Buffer]:
    """workspaces: bytes of each step's."""
    callers = set() if ends else {graph.input.index, graph.output.index}
    last = {tensor.index: place for place, step in enumerate(graph.steps) for tensor in step.inputs}
    last[graph.output.index] = len(graph.steps)
    buffers = [Buffer(graph.input.index, graph.input.size, BEFORE, last[graph.input.index])] if ends else []
    for place, (step, workspace) in enumerate(zip(graph.steps, workspaces, strict=True)):
        if workspace:
            buffers.append(Buffer(NONE - place, workspace, place, place))
        if step.output.index not in callers:
            output = step.output
            buffers.append(Buffer(output.index, output.size, place, last.get(output.index, place)))
    return buffers


def _alive(buffers: list[Buffer]) -> Iterator[tuple[Buffer, list[Buffer]]]:
    """Each buffer in the order they are written, and those written before that are still needed by then."""
    alive: list[Buffer] = []
    for buffer in buffers:
        alive = [other for other in alive if other.last >= buffer.first]
        yield buffer, alive
        alive.append(buffer)


def _neighbours(buffers: list[Buffer], graph: Graph, distances: list[int | None]) -> dict[int, list[Neighbour]]:
    """By a tensor's index, the buffers that are needed while it is."""
    found: dict[int, list[Neighbour]] = {buffer.index: [] for buffer in buffers}
    for buffer, alive in _alive(buffers):
        for other in alive:
            apart = distances[buffer.first] if _made_from(buffer, other, graph) else None
            found[buffer.index].append(Neighbour(other.index, other.size, apart, None))
            found[other.index].append(Neighbour(buffer.index, buffer.size, None, apart))
    return found


def needs(graph: Graph, distances: list[int | None], *, ends: bool) -> list[int]:
    """Bytes that are needed at once whenever a tensor or a workspace comes into being.

    No plan takes less than the most of them. distances: of each step, Step.distance. ends: as in `plan`.
    """
    return _needs(_buffers(graph, graph.workspaces(), ends=ends), graph, distances)


def _needs(buffers: list[Buffer], graph: Graph, distances: list[int | None]) -> list[int]:
    """An output may lie over its input."""
    found = []
    for buffer, alive in _alive(buffers):
        apart, size = distances[buffer.first], buffer.size
        sources = [other for other in alive if apart is not None and _made_from(buffer, other, graph)]
        others = sum(other.size for other in alive if other not in sources)
        before = sum(source.size for source in sources)
        if len(sources) == 1 and apart is not None:
            both = min(before + size, max(apart + before, size))
        else:
            both = max(before, size)
        found.append(others + both)
    return found


def _lowest(buffer: Buffer, neighbours: list[Neighbour], offsets: dict[int, int]) -> int:
    """The lowest offset at which `buffer` disturbs none of those placed."""
    size = buffer.size
    bounds = [
        (
            start - size,
            start + other.size,
            None if other.under is None else start - other.under,
            None if other.over is None else start + other.over,
        )
        for other in neighbours
        if (start := offsets.get(other.buffer)) is not None
    ]
    candidates = {0}
    for _, above, under, over in bounds:
        candidates.update(place for place in (above, under, over) if place is not None)

    def fits(start: int) -> bool:
        return start >= 0 and all(
            start <= below
            or start >= above
            or (under is not None and start <= under)
            or (over is not None and start >= over)
            for below, above, under, over in bounds
        )

    aligned = (-(-place // buffer.alignment) * buffer.alignment for place in candidates)
    return min(filter(fits, aligned))


def _made_from(output: Buffer, source: Buffer, graph: Graph) -> bool:
    """Does the step that writes `output` read `source`, the last to do so?"""
    if output.is_workspace or source.is_workspace:
        return False
    inputs = {tensor.index for tensor in graph.steps[output.first].inputs}
    return source.last == output.first and source.index in inputs
