"""Which networks can take their input a step at a time: recurrent layers first, then only what the last step leaves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from tflite_to_c.graph import Graph, Step, Tensor, readers
from tflite_to_c.operators.lstm import Lstm
from tflite_to_c.operators.rearrange import copy

STATE = -1  # the index of a hidden state that the network also gives as its output


class Stream(NamedTuple):
    """layers: each reads what the one before it gives. rest: what becomes of the state that the last of them leaves."""

    layers: tuple[Lstm, ...]
    rest: Graph


def split(graph: Graph) -> Stream | None:
    """None where the network cannot take its input a step at a time."""
    layers: list[Lstm] = []
    if any(step.keeps for step in graph.steps):
        return None  # which takes a step at a time as it is
    counts, source = readers(graph), graph.input
    for step in graph.steps:
        if not isinstance(step, Lstm) or step.inputs[0].index != source.index or counts[source.index] != 1:
            return None
        if layers and step.inputs[0].shape != source.shape:
            return None
        layers.append(replace(step, streamed=True))
        source = step.output
        if step.last:
            return Stream(tuple(layers), _rest(graph, graph.steps[len(layers) :], source))
    return None


def _rest(graph: Graph, steps: Sequence[Step], hidden: Tensor) -> Graph:
    """What is left of `graph`; its input is the hidden state, which no step may write over."""
    if hidden.index != graph.output.index:
        return replace(graph, steps=tuple(steps), input=hidden)
    state = replace(hidden, index=STATE)
    read = [replace(step, inputs=tuple(_moved(tensor, hidden, state) for tensor in step.inputs)) for step in steps]
    return replace(graph, steps=(copy("the last step", state, hidden), *read), input=state)


def _moved(tensor: Tensor, hidden: Tensor, state: Tensor) -> Tensor:
    return replace(tensor, index=state.index) if tensor.index == hidden.index else tensor
