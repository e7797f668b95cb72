"""What TensorFlow Lite Micro computes, where its Python package is installed (Linux on x86-64 only)."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import reader
from tflite_to_c.graph import Tensor

ARENA_BYTES = 2**24  # the package's default, ten times the model's file, is too little for small files


def tflm_outputs(model: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8] | str:
    """(n, m), of inputs (n, …); or in words why it is not known.

    A model that takes or gives float32 or uint8 is asked for the values that these int8 stand for.
    """
    if find_spec("tflite_micro") is None:
        return "not known: tflite-micro is not installed"
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
        return "not known: TensorFlow Lite Micro does not run the model"
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
