"""The outputs to compare with: TensorFlow Lite Micro's, whose package is for Linux on x86-64 only, or NumPy's."""

from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import interpreter, reader
from tflite_to_c.graph import Tensor

ARENA_BYTES = 2**24  # the package's default, ten times the model's file, is too little for small files


class Reference(NamedTuple):
    """outputs: (n, m) int8. name: tflm, or numpy for the interpreter of this package, which its tests hold to TFLM."""

    name: str
    outputs: NDArray[np.int8]

    def unlike(self, outputs: NDArray[np.int8]) -> int:
        """In how many of the first rows, as many as given, any value differs."""
        return int((outputs != self.outputs[: len(outputs)]).any(axis=1).sum())


def reference(model: bytes, inputs: NDArray[np.int8]) -> Reference:
    """Of inputs (n, …), by TensorFlow Lite Micro where it is installed and runs the model, else by NumPy."""
    outputs = tflm_outputs(model, inputs)
    return numpy_reference(model, inputs) if outputs is None else Reference("tflm", outputs)


def numpy_reference(model: bytes, inputs: NDArray[np.int8]) -> Reference:
    """Of inputs (n, …), by the graph as it was read, before anything was fused, dropped or encoded."""
    return Reference("numpy", interpreter.outputs(reader.read(model, "the model"), inputs))


def tflm_outputs(model: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8] | None:
    """(n, m), of inputs (n, …); None where it is not installed, or does not run the model.

    A model that takes or gives float32 or uint8 is asked for the values that these int8 stand for.
    """
    if find_spec("tflite_micro") is None:
        return None
    from tflite_micro import runtime  # noqa: PLC0415 - absent on most platforms

    graph = reader.read(model, "the model")
    outputs = []
    try:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
        shape = interpreter.get_input_details(0)["shape"]
        for each in _from_int8(inputs, graph.input_type, graph.input):
            interpreter.reset()  # a state that the inference before left
            interpreter.set_input(each.reshape(shape), 0)
            interpreter.invoke()
            outputs.append(interpreter.get_output(0).ravel())
    except (RuntimeError, ValueError):
        return None
    return _to_int8(np.array(outputs), graph.output)


def _from_int8(values: NDArray[np.int8], kind: str, tensor: Tensor) -> NDArray[Any]:
    if kind == "float32":
        return (values.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)
    return (values.astype(np.int16) + 128).astype(np.uint8) if kind == "uint8" else values


def _to_int8(values: NDArray[Any], tensor: Tensor) -> NDArray[np.int8]:
    if values.dtype == np.float32:
        values = np.round(values / np.float32(tensor.scale)) + tensor.zero_point
    elif values.dtype == np.uint8:
        values = values.astype(np.int16) - 128
    return values.astype(np.int8)
