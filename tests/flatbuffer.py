"""Builds small int8 .tflite files straight from the schema, with any scale, zero point and shape a test wants."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

Array = NDArray[Any]
BUILTIN = schema.BuiltinOperator
INT32, FLOAT32, UINT8 = schema.TensorType.INT32, schema.TensorType.FLOAT32, schema.TensorType.UINT8
INT16 = schema.TensorType.INT16
LEFT_OUT = -1  # an operand that is not there
TYPES = {
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.int16): schema.TensorType.INT16,
    np.dtype(np.int32): schema.TensorType.INT32,
}
# Operators whose options TFLite names otherwise than after themselves.
OPTIONS = {
    "CONV_2D": schema.Conv2DOptionsT,
    "DEPTHWISE_CONV_2D": schema.DepthwiseConv2DOptionsT,
    "TRANSPOSE_CONV": schema.TransposeConvOptionsT,
    "FULLY_CONNECTED": schema.FullyConnectedOptionsT,
    "MAX_POOL_2D": schema.Pool2DOptionsT,
    "AVERAGE_POOL_2D": schema.Pool2DOptionsT,
    "MEAN": schema.ReducerOptionsT,
    "RESHAPE": schema.ReshapeOptionsT,
    "LEAKY_RELU": schema.LeakyReluOptionsT,
    "SOFTMAX": schema.SoftmaxOptionsT,
    "ADD": schema.AddOptionsT,
    "SUB": schema.SubOptionsT,
    "MUL": schema.MulOptionsT,
    "CONCATENATION": schema.ConcatenationOptionsT,
    "EXPAND_DIMS": schema.ExpandDimsOptionsT,
    "SQUEEZE": schema.SqueezeOptionsT,
    "SHAPE": schema.ShapeOptionsT,
    "STRIDED_SLICE": schema.StridedSliceOptionsT,
    "PACK": schema.PackOptionsT,
    "PAD": schema.PadOptionsT,
    "PADV2": schema.PadV2OptionsT,
    "SPLIT": schema.SplitOptionsT,
    "SPLIT_V": schema.SplitVOptionsT,
    "UNPACK": schema.UnpackOptionsT,
    "SLICE": schema.SliceOptionsT,
    "TRANSPOSE": schema.TransposeOptionsT,
    "REVERSE_V2": schema.ReverseV2OptionsT,
    "SVDF": schema.SVDFOptionsT,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": schema.UnidirectionalSequenceLSTMOptionsT,
}


class Cell(NamedTuple):
    """What is constant of a recurrent layer.

    weights, scales: four matrices of the input, then four of the hidden state (units, columns) int8, each for input,
    forget, cell and output gate; and their scales. biases: four (units,) int32. scale: of the cell.
    """

    weights: Sequence[Array]
    scales: Sequence[float]
    biases: Sequence[Array]
    scale: float = 2.0**-12
    clip: float = 10.0


class Model:
    """A network under construction: each method that adds a tensor returns its index."""

    def __init__(self) -> None:
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.buffers = [schema.BufferT()]
        self._model.operatorCodes = []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self._model.subgraphs = [self.graph]

    def tensor(
        self,
        shape: tuple[int, ...],
        scale: float | Array | None,
        zero_point: int | Array = 0,
        *,
        axis: int = 0,
        type_: int = schema.TensorType.INT8,
    ) -> int:
        """A tensor that is computed, or the input."""
        return self._add(shape, type_, scale=scale, zero_point=zero_point, axis=axis, buffer=0)

    def constant(self, data: Array, scale: float | Array | None = None, zero: int = 0, *, axis: int = 0) -> int:
        """A tensor with these values; zero: its zero point."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(data.tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        zero_point = 0 if scale is None else np.full_like(np.atleast_1d(scale), zero, np.int64)
        place = len(self._model.buffers) - 1
        return self._add(data.shape, TYPES[data.dtype], scale=scale, zero_point=zero_point, axis=axis, buffer=place)

    def state(self, units: int, scale: float, zero_point: int = 0, *, type_: int = schema.TensorType.INT8) -> int:
        """A variable tensor, which an operator keeps from one step to the next."""
        index = self.tensor((1, units), scale, zero_point, type_=type_)
        self.graph.tensors[index].isVariable = True
        return index

    def lstm(self, source: int, output: int, cell: Cell) -> int:
        """A recurrent layer as the converter makes one; hidden state and output are of one scale and zero point."""
        matrices = [self.constant(matrix, scale) for matrix, scale in zip(cell.weights, cell.scales, strict=True)]
        biases = [self.constant(bias, 1e-4) for bias in cell.biases]
        units = len(cell.biases[0])
        states = [self.state(units, *self.quantization(output)), self.state(units, cell.scale, type_=INT16)]
        operands = [source, *matrices, *[LEFT_OUT] * 3, *biases, *[LEFT_OUT] * 2, *states, *[LEFT_OUT] * 4]
        tanh = schema.ActivationFunctionType.TANH
        options = {"fusedActivationFunction": tanh, "cellClip": cell.clip}
        return self.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, output, **options)

    def quantization(self, index: int) -> tuple[float, int]:
        """The first scale and zero point of a tensor."""
        stored = self.graph.tensors[index].quantization
        return float(stored.scale[0]), int(stored.zeroPoint[0])

    def _add(self, shape: tuple[int, ...], type_: int, *, scale: Any, zero_point: Any, axis: int, buffer: int) -> int:
        tensor = schema.TensorT()
        tensor.name = f"tensor_{len(self.graph.tensors)}"
        tensor.shape, tensor.type, tensor.buffer = list(shape), type_, buffer
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.atleast_1d(scale).astype(np.float32)
            tensor.quantization.zeroPoint = np.atleast_1d(zero_point).astype(np.int64)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, name: str, inputs: list[int], output: int, *others: int, **options: Any) -> int:
        """Add an operator; `options` are the fields of its table, `others` further outputs. Returns `output`."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(BUILTIN, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, [output, *others]
        if name in OPTIONS:
            kind = OPTIONS[name]
            operator.builtinOptions = kind()
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind.__name__.removesuffix("T"))
            for key, value in options.items():
                assert hasattr(operator.builtinOptions, key), key
                setattr(operator.builtinOptions, key, value)
        self.graph.operators.append(operator)
        return output

    def finish(self, source: int, output: int) -> bytes:
        self.graph.inputs, self.graph.outputs = [source], [output]
        builder = flatbuffers.Builder()
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
