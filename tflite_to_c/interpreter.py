"""A graph computed with NumPy, value for value as its C: a reference where TensorFlow Lite Micro has no package."""

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.graph import Graph

AT_ONCE = 100  # inputs: what windows see of them takes much memory


def outputs(graph: Graph, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """(n, values) int8 of inputs (n, …) int8, each row one inference."""
    parts = [inputs[start : start + AT_ONCE] for start in range(0, len(inputs), AT_ONCE)]
    return np.concatenate([_outputs(graph, part) for part in parts])


def _outputs(graph: Graph, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    count = len(inputs)
    computed = {graph.input.index: inputs}
    for step in graph.steps:
        operands = [computed[tensor.index].reshape(count, *tensor.shape) for tensor in step.inputs]
        computed[step.output.index] = step.compute(*operands)
    return computed[graph.output.index].reshape(count, -1)
