"""The weights a .tflite file stores, read from the file itself: what is counted is what is shipped."""

import struct
from typing import Any, NamedTuple

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.command import InputError, damaged, one_line

OPERATORS = {
    schema.BuiltinOperator.CONV_2D: "conv",
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: "depthwise",
    schema.BuiltinOperator.FULLY_CONNECTED: "dense",
}
TYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32, schema.TensorType.INT8: np.int8}


class Layer(NamedTuple):
    """A layer's stored numbers: float32, or int8 with zero point 0 (biases int32), so that 0 always means zero."""

    name: str  # kind and place, e.g. dense_2
    kernel: NDArray[Any]
    bias: NDArray[Any]
    scales: NDArray[np.float32] = np.zeros(0, np.float32)  # of an int8 kernel: one, or one a channel


def read(model: bytes, source: str) -> list[Layer]:
    """The convolutions and dense layers in order. Raises InputError when there is none or a type is not known here.

    `model` must have been checked by a runtime already, as `litert.read_model` does: this trusts its offsets.
    """
    try:
        return _read(model, source)
    except (struct.error, AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise damaged(source, f"its tables contradict each other: {one_line(error)}") from None


def _read(model: bytes, source: str) -> list[Layer]:
    root = schema.Model.GetRootAsModel(model, 0)
    graph = root.Subgraphs(0)
    layers: list[Layer] = []
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        kind = OPERATORS.get(root.OperatorCodes(operator.OpcodeIndex()).BuiltinCode())
        if kind is None:
            continue
        kernel, *bias = (
            _constant(root, graph.Tensors(operator.Inputs(i)), source)
            for i in range(1, operator.InputsLength())
            if operator.Inputs(i) >= 0
        )
        scales = _scales(graph.Tensors(operator.Inputs(1))) if kernel.dtype == np.int8 else np.zeros(0, np.float32)
        name = f"{kind}_{len(layers) + 1}"
        layers.append(Layer(name, kernel, bias[0] if bias else np.zeros(0, kernel.dtype), scales))
    if not layers:
        raise InputError(f"{source}: has no convolution and no dense layer to measure")
    return layers


def _constant(root: schema.Model, tensor: schema.Tensor, source: str) -> NDArray[Any]:
    if tensor.Type() not in TYPES:
        raise InputError(f"{source}: weights {tensor.Name().decode()} are neither float32, int32 nor int8")
    data = root.Buffers(tensor.Buffer())
    if data.DataLength() == 0:
        raise InputError(f"{source}: weights {tensor.Name().decode()} are computed, not stored")
    array = data.DataAsNumpy().view(TYPES[tensor.Type()]).reshape(tensor.ShapeAsNumpy())
    if not np.isfinite(array).all():
        raise InputError(f"{source}: weights {tensor.Name().decode()} are not all finite numbers")
    return array


def _scales(tensor: schema.Tensor) -> NDArray[np.float32]:
    quantization = tensor.Quantization()
    return np.array([quantization.Scale(i) for i in range(quantization.ScaleLength())], np.float32)
