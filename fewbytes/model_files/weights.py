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
    schema.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM: "lstm",
}
NONE = 1 << 30  # no place among an operator's inputs
ONE = (("", 1, 2),)
GATES = ("input", "forget", "cell", "output")
KERNELS = {  # parts of an operator's name, and the places of their kernel and bias among its inputs
    schema.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM: (
        *((f"_input_to_{gate}", 1 + number, 12 + number) for number, gate in enumerate(GATES)),
        *((f"_recurrent_to_{gate}", 5 + number, NONE) for number, gate in enumerate(GATES)),
    )
}
TYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32, schema.TensorType.INT8: np.int8}


class Layer(NamedTuple):
    """A layer's stored numbers: float32, or int8 with zero point 0 (biases int32), so that 0 always means zero."""

    name: str  # kind and place, e.g. dense_2; of an lstm's kernel also which, e.g. lstm_1_input_to_forget
    kernel: NDArray[Any]
    bias: NDArray[Any]
    scales: NDArray[np.float32] = np.zeros(0, np.float32)  # of an int8 kernel: one, or one a channel


def read(model: bytes, source: str) -> list[Layer]:
    """The convolutions, dense layers and the eight kernels of each lstm, in order.

    Raises InputError when there is none or a type is not known here.

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
    place = 0
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        code = root.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()
        kind = OPERATORS.get(code)
        if kind is None:
            continue
        place += 1
        for part, *places in KERNELS.get(code, ONE):
            layers.append(Layer(f"{kind}_{place}{part}", *_parts(root, operator, *places, source=source)))
    if not layers:
        raise InputError(f"{source}: has no convolution, no dense and no lstm layer to measure")
    return layers


def _parts(
    root: schema.Model, operator: schema.Operator, kernel: int, bias: int, *, source: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]:
    """The kernel at one place among an operator's inputs, the bias at another, if there is one, and scales."""
    graph = root.Subgraphs(0)
    tensor = graph.Tensors(operator.Inputs(kernel))
    values = _constant(root, tensor, source)
    scales = _scales(tensor) if values.dtype == np.int8 else np.zeros(0, np.float32)
    if bias >= operator.InputsLength() or operator.Inputs(bias) < 0:
        return values, np.zeros(0, np.int32 if values.dtype == np.int8 else values.dtype), scales
    return values, _constant(root, graph.Tensors(operator.Inputs(bias)), source), scales


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
