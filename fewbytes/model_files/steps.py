"""Int8 weights that are few multiples of a step, stored as these multiples: -7…7 instead of 15 values up to 127.

TensorFlow Lite scales weights so that the largest is 127, but for those whose training simulated another scale. LSTM
layers cannot be trained so; of weights on a grid this finds the grid again.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.model_files import slim

Operator = schema.BuiltinOperator
MOST = 127
LARGEST = 63  # multiple that is looked for: grids of 7 bits
NEAR = 0.51  # of what a weight was rounded to
PLACES: Mapping[
    int, Mapping[int, int | None]
] = {  # among an operator's inputs: each kernel, and the biases that have its scale times the input's
    Operator.CONV_2D: {1: 2},
    Operator.DEPTHWISE_CONV_2D: {1: 2},
    Operator.FULLY_CONNECTED: {1: 2},
    Operator.UNIDIRECTIONAL_SEQUENCE_LSTM: {1: 12, 2: 13, 3: 14, 4: 15, **dict.fromkeys(range(5, 9))},
}


def restore(model: bytes) -> bytes:
    """The same file with int8 weights as multiples of the largest step that gives them; other weights stay."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    for operator in root.subgraphs[0].operators:
        code = root.operatorCodes[operator.opcodeIndex].builtinCode
        for kernel, bias in PLACES.get(code, {}).items():
            factor = _restore(root, operator.inputs[kernel])
            if bias is not None and bias < len(operator.inputs) and operator.inputs[bias] >= 0:
                _rescale(root, operator.inputs[bias], factor)
    return slim.packed(root)


def multiples(values: NDArray[np.int8]) -> tuple[NDArray[np.int8], float]:
    """Whole numbers of which `values` are that many times, rounded: the smallest there are."""
    for most in range(1, LARGEST + 1):
        found = np.round(values.astype(float) * most / MOST)
        if (np.abs(found * MOST / most - values) <= NEAR).all():
            return found.astype(np.int8), MOST / most
    return values, 1.0


def _restore(root: schema.ModelT, index: int) -> float:
    tensor = root.subgraphs[0].tensors[index]
    if tensor.type != schema.TensorType.INT8:
        return 1.0
    values, factor = multiples(_load(root, tensor, np.int8))
    if factor != 1.0:
        _store(root, tensor, values)
        _scale(tensor, factor)
    return factor


def _rescale(root: schema.ModelT, index: int, factor: float) -> None:
    tensor = root.subgraphs[0].tensors[index]
    if factor != 1.0 and tensor.type == schema.TensorType.INT32:
        _store(root, tensor, np.round(_load(root, tensor, np.int32) / factor).astype(np.int32))
        _scale(tensor, factor)


def _scale(tensor: schema.TensorT, factor: float) -> None:
    scales = np.asarray(tensor.quantization.scale, np.float64) * factor
    tensor.quantization.scale = scales.astype(np.float32)


def _load(root: schema.ModelT, tensor: schema.TensorT, dtype: type) -> NDArray[Any]:
    return np.asarray(root.buffers[tensor.buffer].data, np.uint8).view(dtype)


def _store(root: schema.ModelT, tensor: schema.TensorT, values: NDArray[Any]) -> None:
    """Into a buffer of its own: the converter lets tensors of the same content share one."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    tensor.buffer = len(root.buffers)
    root.buffers.append(buffer)
