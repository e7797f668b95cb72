"""A .tflite file as it is: its operators by name, its tensors with what is stored of them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tflite as schema
from flatbuffers.number_types import Int32Flags
from numpy.typing import NDArray

from tflite_to_c.errors import UnsupportedError

MOST_ELEMENTS = 2**20  # of one tensor; no microcontroller holds more
NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
TYPES = {code: name.lower() for name, code in vars(schema.TensorType).items() if not name.startswith("_")}
DTYPES: dict[int, np.dtype[Any]] = {
    schema.TensorType.INT8: np.dtype("<i1"),
    schema.TensorType.INT16: np.dtype("<i2"),
    schema.TensorType.INT32: np.dtype("<i4"),
}


@dataclass(frozen=True)
class Stored:
    """A tensor as the file describes it; `data` is None when it is computed."""

    index: int
    name: str
    type: str
    shape: tuple[int, ...]
    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    axis: int  # of `scales`, where there are several
    data: NDArray[Any] | None

    @property
    def values(self) -> NDArray[Any]:
        """Of a constant."""
        assert self.data is not None
        return self.data


class File:
    """Raises UnsupportedError where there is not one subgraph; its methods raise it for what is not covered."""

    def __init__(self, model: bytes) -> None:
        self._model = schema.Model.GetRootAsModel(model, 0)
        if self._model.SubgraphsLength() != 1:
            raise UnsupportedError(f"has {self._model.SubgraphsLength()} subgraphs; 1 is covered")
        self._graph = self._model.Subgraphs(0)

    @property
    def inputs(self) -> list[int]:
        return [self._graph.Inputs(place) for place in range(self._graph.InputsLength())]

    @property
    def outputs(self) -> list[int]:
        return [self._graph.Outputs(place) for place in range(self._graph.OutputsLength())]

    @property
    def count(self) -> int:
        """Of operators."""
        return int(self._graph.OperatorsLength())

    def operator(self, place: int) -> Any:
        return self._graph.Operators(place)

    def outputs_of(self, place: int) -> list[int]:
        """The tensors that an operator writes."""
        operator = self._graph.Operators(place)
        return [operator.Outputs(number) for number in range(operator.OutputsLength())]

    def name(self, place: int) -> str:
        """What the schema calls an operator."""
        code = self._model.OperatorCodes(self._graph.Operators(place).OpcodeIndex())
        return str(NAMES.get(_builtin(code), "unknown"))

    def stored(self, index: int, *, variable: bool = False) -> Stored:
        """variable: whether it keeps its values from one inference to the next, as a state does."""
        if not 0 <= index < self._graph.TensorsLength():
            raise UnsupportedError(f"tensor {index} does not exist")
        tensor = self._graph.Tensors(index)
        name = (tensor.Name() or b"").decode(errors="replace") or f"number {index}"
        name = "".join(character if character.isprintable() else "?" for character in name)[:80]
        if tensor.ShapeLength() > 8:
            raise UnsupportedError(f"tensor {name!r} has {tensor.ShapeLength()} dimensions")
        sides = [int(tensor.Shape(place)) for place in range(tensor.ShapeLength())]
        shape = (1, *sides[1:]) if sides[:1] == [-1] else tuple(sides)  # a batch left open
        if any(side < 1 for side in shape) or math.prod(shape) > MOST_ELEMENTS:
            raise UnsupportedError(f"tensor {name!r} has shape {shape}; up to {MOST_ELEMENTS:,} elements are covered")
        if bool(tensor.IsVariable()) != variable or tensor.Sparsity() is not None:
            kept = "not variable" if variable else "variable"
            raise UnsupportedError(f"tensor {name!r} is {kept} or stored sparse, which is not covered")
        scales, zero_points, axis = _quantization(tensor.Quantization(), name)
        type_ = TYPES.get(tensor.Type(), "unknown")
        return Stored(index, name, type_, shape, scales, zero_points, axis, self._data(tensor, shape, name))

    def _data(self, tensor: Any, shape: tuple[int, ...], name: str) -> NDArray[Any] | None:
        if not 0 <= tensor.Buffer() < self._model.BuffersLength():
            raise UnsupportedError(f"tensor {name!r} names a buffer that does not exist")
        buffer = self._model.Buffers(tensor.Buffer())
        if buffer.Offset() > 1 or buffer.Size() > 1:
            raise UnsupportedError(f"tensor {name!r} is stored outside the file's tables, which is not covered")
        if buffer.DataLength() == 0:
            return None
        dtype = DTYPES.get(tensor.Type())
        if dtype is None:
            raise UnsupportedError(
                f"tensor {name!r} is {TYPES.get(tensor.Type(), 'unknown')}; int8, int16 and int32 are covered"
            )
        if buffer.DataLength() != math.prod(shape) * dtype.itemsize:
            raise UnsupportedError(
                f"tensor {name!r} has {buffer.DataLength()} bytes; its shape {shape} needs another number"
            )
        return np.frombuffer(buffer.DataAsNumpy().tobytes(), dtype).reshape(shape)


def _quantization(parameters: Any, name: str) -> tuple[NDArray[np.float32], NDArray[np.int64], int]:
    if parameters is None:
        return np.zeros(0, np.float32), np.zeros(0, np.int64), 0
    if max(parameters.ScaleLength(), parameters.ZeroPointLength()) > MOST_ELEMENTS:
        raise UnsupportedError(f"tensor {name!r} has {parameters.ScaleLength()} scales")
    scales = np.array([parameters.Scale(i) for i in range(parameters.ScaleLength())], np.float32)
    zero_points = np.array([parameters.ZeroPoint(i) for i in range(parameters.ZeroPointLength())], np.int64)
    if not np.isfinite(scales).all() or (scales <= 0).any():
        raise UnsupportedError(f"tensor {name!r} has a scale that is not a positive number")
    return scales, zero_points, parameters.QuantizedDimension()


def _builtin(code: Any) -> int:
    """The larger of the two fields, as TFLite takes it; the package's own BuiltinCode prefers the older one."""
    table = code._tab
    place = table.Offset(10)
    newer = int(table.Get(Int32Flags, place + table.Pos)) if place else 0
    return max(newer, int(code.DeprecatedBuiltinCode()))
