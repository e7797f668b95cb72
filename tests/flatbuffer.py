"""Builds small int8 .tflite files straight from the schema, with any scale, zero point and shape a test wants."""

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

Array = NDArray[Any]
BUILTIN = schema.BuiltinOperator
INT32, FLOAT32, UINT8 = schema.TensorType.INT32, schema.TensorType.FLOAT32, schema.TensorType.UINT8
TYPES = {np.dtype(np.int8): schema.TensorType.INT8, np.dtype(np.int32): schema.TensorType.INT32}
# Operators whose options TFLite names otherwise than after themselves.
OPTIONS = {
    "CONV_2D": schema.Conv2DOptionsT,
    "DEPTHWISE_CONV_2D": schema.DepthwiseConv2DOptionsT,
    "FULLY_CONNECTED": schema.FullyConnectedOptionsT,
    "MAX_POOL_2D": schema.Pool2DOptionsT,
    "AVERAGE_POOL_2D": schema.Pool2DOptionsT,
    "MEAN": schema.ReducerOptionsT,
    "RESHAPE": schema.ReshapeOptionsT,
    "LEAKY_RELU": schema.LeakyReluOptionsT,
    "SOFTMAX": schema.SoftmaxOptionsT,
    "ADD": schema.AddOptionsT,
    "MUL": schema.MulOptionsT,
    "CONCATENATION": schema.ConcatenationOptionsT,
    "EXPAND_DIMS": schema.ExpandDimsOptionsT,
    "SQUEEZE": schema.SqueezeOptionsT,
    "SHAPE": schema.ShapeOptionsT,
    "STRIDED_SLICE": schema.StridedSliceOptionsT,
    "PACK": schema.PackOptionsT,
    "PAD": schema.PadOptionsT,
    "PADV2": schema.PadV2OptionsT,
}


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

    def operator(self, name: str, inputs: list[int], output: int, **options: Any) -> int:
        """Add an operator; `options` are the fields of its options table. Returns `output`."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(BUILTIN, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, [output]
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
