"""What TensorFlow Lite Micro computes, where its Python package is installed (Linux on x86-64 only)."""

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

ARENA_BYTES = 2**24  # the package's default, ten times the model's file, is too little for small files


def tflm_outputs(model: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8] | str:
    """(n, m), of inputs (n, …); or in words why it is not known."""
    if find_spec("tflite_micro") is None:
        return "not known: tflite-micro is not installed"
    from tflite_micro import runtime  # noqa: PLC0415 - absent on most platforms

    outputs = []
    try:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
        shape = interpreter.get_input_details(0)["shape"]
        for each in inputs:
            interpreter.set_input(each.reshape(shape), 0)
            interpreter.invoke()
            outputs.append(interpreter.get_output(0).ravel())
    except (RuntimeError, ValueError):
        return "not known: TensorFlow Lite Micro does not run the model"
    return np.array(outputs)
