"""Scales and biases of an int8 .tflite file in as few digits as make no difference: coded they take fewer bytes.

Scales become bfloat16's: eight significant bits. Biases become multiples of a power of two that is at most HALF the
step of what their layer gives.
"""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.model_files import slim

Operator = schema.BuiltinOperator
WITH_WEIGHTS = (Operator.CONV_2D, Operator.DEPTHWISE_CONV_2D, Operator.FULLY_CONNECTED)
INPUT, KERNEL, BIAS = range(3)  # places among an operator's inputs
HALF = 0.5


def coarsen(model: bytes) -> bytes:
    """The same network but for these digits. The input keeps its scale: it is the data's.

    Files with other layers with weights, an LSTM's, stay as they are.
    """
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = root.subgraphs[0]
    codes = [root.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    if Operator.UNIDIRECTIONAL_SEQUENCE_LSTM in codes:
        return model
    kept = set(graph.inputs)
    for operator in graph.operators:  # what only moves values, pooling say, has one scale before and after
        if operator.inputs[INPUT] in kept and _same_scale(graph, operator.inputs[INPUT], operator.outputs[0]):
            kept |= set(operator.outputs)
    for index, tensor in enumerate(graph.tensors):
        if tensor.type == schema.TensorType.INT8 and index not in kept and _has_scale(tensor):
            tensor.quantization.scale = rounded(np.asarray(tensor.quantization.scale, np.float32))
    for code, operator in zip(codes, graph.operators, strict=True):
        if code in WITH_WEIGHTS and len(operator.inputs) > BIAS and operator.inputs[BIAS] >= 0:
            _coarsen_bias(root, operator)
    return slim.packed(root)


def rounded(scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """To bfloat16, the nearest, of equals the even."""
    bits = scales.view(np.uint32).astype(np.uint64)
    kept = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16
    return kept.astype(np.uint32).view(np.float32)


def _has_scale(tensor: schema.TensorT) -> bool:
    return tensor.quantization is not None and tensor.quantization.scale is not None


def _same_scale(graph: Any, one: int, other: int) -> bool:
    return np.array_equal(_scale(graph, one), _scale(graph, other))


def _scale(graph: Any, index: int) -> NDArray[np.float32]:
    quantization = graph.tensors[index].quantization
    found = None if quantization is None else quantization.scale
    return np.zeros(0, np.float32) if found is None else np.asarray(found, np.float32)


def _coarsen_bias(root: schema.ModelT, operator: schema.OperatorT) -> None:
    graph = root.subgraphs[0]
    bias = graph.tensors[operator.inputs[BIAS]]
    if bias.type != schema.TensorType.INT32 or not _has_scale(bias):
        return
    scale_in, kernel, out = (_scale(graph, index) for index in (*operator.inputs[:BIAS], operator.outputs[0]))
    scales = np.asarray(scale_in * kernel, np.float32)
    values = np.asarray(root.buffers[bias.buffer].data, np.uint8).view(np.int32)
    real = values * np.asarray(bias.quantization.scale, np.float64)
    fine = np.maximum(np.floor(np.log2(HALF * out.astype(np.float64) / scales)), 0)
    steps = 2.0**fine
    most = np.floor((2**31 - 1) / steps)
    coarse = (np.clip(np.round(real / scales / steps), -most, most) * steps).astype(np.int32)
    bias.quantization.scale = scales
    buffer = schema.BufferT()  # of its own: the converter lets tensors of the same content share one
    buffer.data = np.frombuffer(coarse.tobytes(), np.uint8)
    bias.buffer = len(root.buffers)
    root.buffers.append(buffer)
