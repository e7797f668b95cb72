"""A run of the plan without numbers: which tensor each byte of memory holds, step by step, before any C is written.

It follows the loops of operators/ and nothing that simplify.py or memory.py believe, so that their next mistake is
refused instead of generated: a value that is read must have been written and not overwritten since, and every value
of the output must be written.
"""

from collections.abc import Iterable

import numpy as np

from tflite_to_c.arithmetic import Integers
from tflite_to_c.errors import InputError
from tflite_to_c.graph import NOTHING, FaultError, Graph, Step, Tensor
from tflite_to_c.memory import ALIGNMENT, Plan


def run(graph: Graph, plan: Plan, origin: str) -> None:
    """Raises InputError, one line that names the layer, where the C for `graph` and `plan` would be wrong."""
    memory = _Memory(graph, plan)
    check_sizes(graph.steps, origin)
    for place, (step, workspace) in enumerate(zip(graph.steps, graph.workspaces(), strict=True)):
        try:
            memory.read(step)
            memory.work(step, plan.workspaces.get(place, 0), workspace)
            memory.write(step)
        except FaultError as fault:
            raise _error(origin, f"{step.layer}: {fault}") from None
    if not memory.holds(graph.output):
        raise _error(origin, f"not all of the output, tensor {graph.output.name!r}, is written")


def check_sizes(steps: Iterable[Step], origin: str) -> None:
    """Do the loops, by the numbers the C is given, stay within the tensors, and fill the output?

    Raises InputError, one line that names the layer, where they do not.
    """
    for step in steps:
        try:
            filled = step.filled()
            if step.output.size != filled:
                raise FaultError(f"its output has {step.output.size} values, its loops write {filled}")
        except FaultError as fault:
            raise _error(origin, f"{step.layer}: {fault}") from None


def _error(origin: str, fault: str) -> InputError:
    return InputError(f"{origin}: {fault}; no C is written: a fault of the generator, please report it with the model")


class _Memory:
    """Scratch, and input and output where they are the caller's: for each byte the index of the tensor it holds."""

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self._input, self._output = graph.input.index, graph.output.index
        self._bytes = {
            "input": np.full(graph.input.size, self._input),
            "output": np.full(graph.output.size, NOTHING),
            "scratch": np.full(plan.bytes, NOTHING),
        }
        self._plan = plan
        if self._input in plan.offsets:
            self._part(graph.input)[:] = self._input

    def _place(self, tensor: Tensor) -> tuple[str, int]:
        if tensor.index in self._plan.offsets:
            return "scratch", self._plan.offsets[tensor.index]
        if tensor.index == self._input:
            return "input", 0
        if tensor.index == self._output:
            return "output", 0
        raise FaultError(f"reads tensor {tensor.name!r}, which nothing writes")

    def _part(self, tensor: Tensor) -> Integers:
        name, offset = self._place(tensor)
        part = self._bytes[name][offset : offset + tensor.size]
        if offset < 0 or len(part) < tensor.size:
            raise FaultError(f"tensor {tensor.name!r} reaches beyond its buffer")
        return part

    def holds(self, tensor: Tensor) -> bool:
        return bool((self._part(tensor) == tensor.index).all())

    def read(self, step: Step) -> None:
        for place, tensor in enumerate(step.inputs):
            if not self.holds(tensor):
                raise FaultError(f"reads tensor {tensor.name!r} where it was not written, or was overwritten")
            self._check_overlap(step, place)

    def _check_overlap(self, step: Step, number: int) -> None:
        """Where the output lies over an input, each byte must have been read for the last time before it is written."""
        tensor = step.inputs[number]
        (here, start), (there, begin) = self._place(tensor), self._place(step.output)
        first, end = max(start, begin), min(start + tensor.size, begin + step.output.size)
        if here != there or first >= end:
            return
        read, written = step.last_reads(number), step.writes()
        if (read[first - start : end - start] > written[first - begin : end - begin]).any():
            raise FaultError(f"writes over tensor {tensor.name!r} before it has read it")

    def work(self, step: Step, start: int, size: int) -> None:
        """Its workspace holds nothing else while it runs, and nothing that is read afterwards."""
        part = self._bytes["scratch"][start : start + size]
        if start < 0 or start % ALIGNMENT or len(part) < size:
            raise FaultError("its workspace reaches beyond scratch, or is not aligned")
        there, begin = self._place(step.output)
        over_output = there == "scratch" and max(start, begin) < min(start + size, begin + step.output.size)
        if over_output or np.isin(part, [tensor.index for tensor in step.inputs]).any():
            raise FaultError("its workspace lies over its input or its output")
        part[:] = NOTHING

    def write(self, step: Step) -> None:
        if step.output.index == self._input:
            raise FaultError("writes into the input")
        self._part(step.output)[:] = step.output.index
