"""A graph computed with NumPy, value for value as its C: a reference where TensorFlow Lite Micro has no package."""

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.graph import Graph


def outputs(graph: Graph, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """(n, values) int8 of inputs (n, …) int8, each row one inference."""
    count = len(inputs)
    computed = {graph.input.index: inputs}
    for step in graph.steps:
        operands = [computed[tensor.index].reshape(count, *tensor.shape) for tensor in step.inputs]
        computed[step.output.index] = step.compute(*operands)
    return computed[graph.output.index].reshape(count, -1)
