"""Which layers are computed together, row by row: runs of them that take less memory so than one after the other."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from tflite_to_c import memory
from tflite_to_c.graph import IMAGE, FaultError, Graph, Step
from tflite_to_c.memory import Plan
from tflite_to_c.rows import Rows

MOST = 24  # layers together, so that deep networks are planned in seconds


class Run(NamedTuple):
    """Steps of a graph that can be computed together. first, last: their places."""

    first: int
    last: int
    step: Rows

    def overlaps(self, other: "Run") -> bool:
        return self.first <= other.last and other.first <= self.last


def joined(graph: Graph, plan: Plan, *, ends: bool) -> tuple[Graph, Plan]:
    """`graph` with runs of its steps as one step each, where that makes its plan smaller, and its plan.

    plan, ends: of `graph`, as in memory.plan.
    """
    best = graph, plan
    for each in forms(graph):
        found = with_runs(each, _chosen(each, list(runs(each)), [], ends=ends))
        smaller = memory.plan(found, ends=ends)
        if smaller.bytes < best[1].bytes:
            best = found, smaller
    return best


def forms(graph: Graph) -> list[Graph]:
    """As it is; and with steps apart that are less together, where there are any."""
    apart = [each for step in graph.steps for each in step.apart()]
    return [graph] if len(apart) == len(graph.steps) else [graph, replace(graph, steps=tuple(apart))]


def streamed(graph: Graph) -> tuple[Graph, Plan] | None:
    """`graph` with its first steps as one that is given the input row by row, others joined likewise, and its plan.

    None where the first step cannot be computed by rows, or another reads the input too.
    """
    made = []
    for each in forms(graph):
        firsts = [Run(0, last, step) for last in range(MOST) if (step := _streaming(each, last))]
        if not firsts:
            continue
        later = [run for run in runs(each) if run.first]
        needs = _Needs(each, ends=False)
        first = min(firsts, key=lambda run: needs.of([run]))
        found = with_runs(each, _chosen(each, [*firsts, *later], [first], ends=False))
        made.append((found, memory.plan(found)))
    return min(made, key=lambda each: each[1].bytes, default=None)


def _streaming(graph: Graph, last: int) -> Rows | None:
    if last >= len(graph.steps) or any(step.one_row() is None for step in graph.steps[: last + 1]):
        return None
    step = _as_one(graph, 0, last)
    elsewhere = [tensor.index for other in graph.steps[last + 1 :] for tensor in other.inputs]
    if step is None or step.inputs[0].index != graph.input.index or graph.input.index in elsewhere:
        return None
    return replace(step, streamed=True)


def with_runs(graph: Graph, runs: Iterable[Run]) -> Graph:
    """`graph` with these, none of which overlap, as one step each."""
    steps: list[Step] = list(graph.steps)
    for run in sorted(runs, reverse=True):
        steps[run.first : run.last + 1] = [run.step]
    return replace(graph, steps=tuple(steps))


def runs(graph: Graph) -> Iterator[Run]:
    """All that can be computed together."""
    for first in range(len(graph.steps)):
        for last in range(first, min(first + MOST, len(graph.steps))):
            if graph.steps[last].one_row() is None:
                break
            if last > first and (step := _as_one(graph, first, last)):
                yield Run(first, last, step)


def _as_one(graph: Graph, first: int, last: int) -> Rows | None:
    """The steps as one, where they read one tensor, and nothing else reads what they write but for the last."""
    parts, others = graph.steps[first : last + 1], graph.steps[:first] + graph.steps[last + 1 :]
    made = {part.output.index: part.output for part in parts}
    inner = made.keys() - {parts[-1].output.index}
    unread = inner - {tensor.index for part in parts for tensor in part.inputs}
    outside = {tensor.index: tensor for part in parts for tensor in part.inputs if tensor.index not in made}
    read_elsewhere = {tensor.index for step in others for tensor in step.inputs} | {graph.output.index}
    shapes = {index: tensor.shape for index, tensor in (made | outside).items()}
    reshaped = any(tensor.shape != shapes[tensor.index] for part in parts for tensor in part.inputs)
    gathers = (row := parts[-1].one_row()) is not None and row.gathered
    flat = any(len(shape) != IMAGE for index, shape in shapes.items() if not gathers or index != parts[-1].output.index)
    if len(outside) != 1 or inner & read_elsewhere or unread or reshaped or flat:
        return None
    layer = " to ".join(dict.fromkeys((parts[0].layer, parts[-1].layer))) + ", row by row"
    step = Rows(layer, tuple(outside.values()), parts[-1].output, parts)
    try:
        step.filled()
    except FaultError:
        return None
    return step


class _Needs:
    """What a graph needs with some runs as one step each; distances are computed once."""

    def __init__(self, graph: Graph, *, ends: bool) -> None:
        self._graph, self._ends = graph, ends
        self._distances: dict[Step, int | None] = {}

    def of(self, some: list[Run]) -> tuple[int, int, int]:
        """The most that is needed at once, how often that is, and how many layers are computed together for it."""
        shorter = with_runs(self._graph, some)
        for step in shorter.steps:
            if step not in self._distances:
                self._distances[step] = step.distance()
        distances = [self._distances[step] for step in shorter.steps]
        needs = memory.needs(shorter, distances, ends=self._ends) or [0]
        return max(needs), needs.count(max(needs)), sum(len(run.step.parts) for run in some)


def _chosen(graph: Graph, candidates: list[Run], chosen: list[Run], *, ends: bool) -> list[Run]:
    """Runs by which the most that is needed at once becomes less, one after the other; of equals the fewest layers.

    chosen: to begin with. Where it has a run from the first step on, so has the result.
    """
    needs = _Needs(graph, ends=ends)
    first = any(run.first == 0 for run in chosen)
    while candidates:
        options = [[run, *(other for other in chosen if not run.overlaps(other))] for run in candidates]
        options = [option for option in options if not first or any(run.first == 0 for run in option)]
        least, best = min(((needs.of(option), option) for option in options), key=lambda each: each[0])
        if least[:2] >= needs.of(chosen)[:2]:
            break
        chosen = best
    return chosen
