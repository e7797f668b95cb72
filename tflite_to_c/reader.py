"""From a .tflite file to a graph: accepts what the generator can turn into right C, refuses the rest in one line."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tflite as schema
from numpy.typing import NDArray

from tflite_to_c import arithmetic
from tflite_to_c.errors import InputError
from tflite_to_c.graph import (
    Add,
    Clamp,
    Convolution,
    Dense,
    Depthwise,
    Graph,
    Mean,
    Pad,
    Pool,
    Range,
    Rectify,
    Softmax,
    Step,
    Tensor,
    Window,
)

MOST_ELEMENTS = 2**20  # of one tensor; no microcontroller holds more
MOST_OPERATORS = 1_000
MOST_CLASSES = 511  # of a softmax: from 512 on, TFLite's sum of exponentials asks for shifts by 32 bits or more
INT8 = Range(-128, 127)
NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
TYPES = {code: name.lower() for name, code in vars(schema.TensorType).items() if not name.startswith("_")}
DTYPES: dict[int, np.dtype[Any]] = {schema.TensorType.INT8: np.dtype("<i1"), schema.TensorType.INT32: np.dtype("<i4")}


class UnsupportedError(Exception):
    """What an operator asks for and the generator does not cover."""


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


def read(model: bytes, source: str) -> Graph:
    """Raises InputError with one line: source, and operator, tensor and layer where one is to blame."""
    if len(model) < 8 or model[4:8] != b"TFL3":
        raise InputError(f"{source}: not a .tflite file")
    try:
        return _Reader(model).graph()
    except UnsupportedError as error:
        raise InputError(f"{source}: {error}") from None
    except Exception as error:  # the generated accessors raise whatever a wild offset leads to
        raise InputError(f"{source}: damaged .tflite file ({type(error).__name__} while reading it)") from None


class _Reader:
    def __init__(self, model: bytes) -> None:
        self._model = schema.Model.GetRootAsModel(model, 0)
        if self._model.SubgraphsLength() != 1:
            raise UnsupportedError(f"has {self._model.SubgraphsLength()} subgraphs; 1 is covered")
        self._graph = self._model.Subgraphs(0)
        self._computed: dict[int, Tensor] = {}  # by index in the file, once something wrote it

    def graph(self) -> Graph:
        count = self._graph.OperatorsLength()
        if count > MOST_OPERATORS:
            raise UnsupportedError(f"has {count} operators; up to {MOST_OPERATORS} are covered")
        if not count:
            raise UnsupportedError("has no operators")
        try:
            source = self._end("input", self._graph.InputsLength(), self._graph.Inputs)
        except UnsupportedError as error:
            raise UnsupportedError(f"layer 0, operator {self._name(0)}: {error}") from None
        self._computed[source.index] = source
        steps: list[Step] = []
        for place in range(count):
            operator, name = self._graph.Operators(place), self._name(place)
            layer = f"layer {place}, operator {name}"
            try:
                steps.extend(self._step(_Operator(self, operator, name, layer)))
            except UnsupportedError as error:
                raise UnsupportedError(f"{layer}: {error}") from None
            except ValueError as error:  # of arithmetic
                raise UnsupportedError(f"{layer}: {error} is not covered") from None
        end = self._end("output", self._graph.OutputsLength(), self._graph.Outputs)
        if end.index not in {step.output.index for step in steps}:
            raise UnsupportedError(f"no operator computes the output, tensor {end.name!r}")
        return Graph(tuple(steps), source, end)

    def _name(self, place: int) -> str:
        """What the schema calls an operator."""
        code = self._model.OperatorCodes(self._graph.Operators(place).OpcodeIndex())
        return str(NAMES.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), "unknown"))

    def _end(self, which: str, length: int, indices: Callable[[int], int]) -> Tensor:
        if length != 1:
            raise UnsupportedError(f"has {length} {which}s; 1 is covered")
        stored = self.stored(indices(0))
        if which == "output":
            if stored.index not in self._computed:
                raise UnsupportedError(f"no operator computes the output, tensor {stored.name!r}")
            return self._computed[stored.index]
        if stored.data is not None:
            raise UnsupportedError(f"the input, tensor {stored.name!r}, is a constant")
        return _tensor(stored, stored.index)

    def stored(self, index: int) -> Stored:
        if not 0 <= index < self._graph.TensorsLength():
            raise UnsupportedError(f"tensor {index} does not exist")
        tensor = self._graph.Tensors(index)
        name = (tensor.Name() or b"").decode(errors="replace") or f"number {index}"
        name = "".join(character if character.isprintable() else "?" for character in name)[:80]
        if tensor.ShapeLength() > 8:
            raise UnsupportedError(f"tensor {name!r} has {tensor.ShapeLength()} dimensions")
        shape = tuple(int(tensor.Shape(i)) for i in range(tensor.ShapeLength()))
        if any(side < 1 for side in shape) or math.prod(shape) > MOST_ELEMENTS:
            raise UnsupportedError(f"tensor {name!r} has shape {shape}; up to {MOST_ELEMENTS:,} elements are covered")
        if tensor.IsVariable() or tensor.Sparsity() is not None:
            raise UnsupportedError(f"tensor {name!r} is variable or stored sparse, which is not covered")
        scales, zero_points, axis = _quantization(tensor.Quantization(), name)
        return Stored(
            index,
            name,
            TYPES.get(tensor.Type(), "unknown"),
            shape,
            scales,
            zero_points,
            axis,
            self._data(tensor, shape, name),
        )

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
                f"tensor {name!r} is {TYPES.get(tensor.Type(), 'unknown')}; int8 and int32 are covered"
            )
        if buffer.DataLength() != math.prod(shape) * dtype.itemsize:
            raise UnsupportedError(
                f"tensor {name!r} has {buffer.DataLength()} bytes; its shape {shape} needs another number"
            )
        return np.frombuffer(buffer.DataAsNumpy().tobytes(), dtype).reshape(shape)

    def computed(self, index: int) -> Tensor:
        stored = self.stored(index)
        if stored.data is not None:
            raise UnsupportedError(f"tensor {stored.name!r} is a constant where only computed ones are covered")
        if index not in self._computed:
            raise UnsupportedError(f"tensor {stored.name!r} is read before anything writes it")
        return self._computed[index]

    def write(self, index: int, storage: int | None = None) -> Tensor:
        stored = self.stored(index)
        if stored.data is not None or index in self._computed:
            raise UnsupportedError(f"tensor {stored.name!r} is written, but is a constant or was written before")
        self._computed[index] = _tensor(stored, index if storage is None else storage)
        return self._computed[index]

    def _step(self, operator: "_Operator") -> list[Step]:
        build = OPERATORS.get(operator.name)
        if build is None:
            tensor = self.stored(operator.output_index).name
            raise UnsupportedError(f"tensor {tensor!r}: the operator is not covered; {', '.join(OPERATORS)} are")
        step = build(operator)
        return [] if step is None else [step]


class _Operator:
    """One operator of the file, with the checks that several kinds need."""

    def __init__(self, reader: _Reader, operator: Any, name: str, layer: str) -> None:
        self._reader = reader
        self._operator = operator
        self.name = name
        self.layer = layer
        if operator.OutputsLength() != 1:
            raise UnsupportedError(f"has {operator.OutputsLength()} outputs; 1 is covered")
        self.output_index = operator.Outputs(0)

    def options(self, name: str) -> Any:
        options = self._operator.BuiltinOptions()
        kind = getattr(schema, name)()
        if options is None or self._operator.BuiltinOptionsType() != getattr(schema.BuiltinOptions, name):
            raise UnsupportedError(f"its options are missing or of another kind than {name}")
        kind.Init(options.Bytes, options.Pos)
        return kind

    def count(self, *allowed: int) -> None:
        if self._operator.InputsLength() not in allowed:
            raise UnsupportedError(
                f"has {self._operator.InputsLength()} inputs; {' or '.join(map(str, allowed))} expected"
            )

    def input(self, place: int = 0) -> Tensor:
        return self._reader.computed(self._operator.Inputs(place))

    def output(self, storage: int | None = None) -> Tensor:
        return self._reader.write(self.output_index, storage)

    def constant(self, place: int, type_: str) -> Stored:
        stored = self._reader.stored(self._operator.Inputs(place))
        if stored.type != type_ or stored.data is None:
            state = stored.type if stored.data is not None else "computed"
            raise UnsupportedError(f"tensor {stored.name!r} is {state}; constant {type_} is covered")
        return stored

    def bias(self, weights: Stored, rows: int) -> NDArray[np.int64]:
        if self._operator.InputsLength() < 3 or self._operator.Inputs(2) == -1:
            return np.zeros(rows, np.int64)
        stored = self.constant(2, "int32")
        if stored.data is None or stored.data.size != rows:
            raise UnsupportedError(f"tensor {stored.name!r} has shape {stored.shape}; {rows} biases expected")
        if len(weights.scales) == len(stored.scales) == 1:  # TFLite tolerates as much, in dense layers
            expected, output = self.input().scale * float(weights.scales[0]), self._reader.stored(self.output_index)
            if abs(expected - float(stored.scales[0])) > 0.02 * float(output.scales[0]):
                raise UnsupportedError(f"tensor {stored.name!r} has scale {stored.scales[0]:g}; {expected:g} expected")
        return stored.data.ravel().astype(np.int64)

    def image(self, tensor: Tensor) -> tuple[int, int, int]:
        """Height, width, channels."""
        if len(tensor.shape) != 3:
            raise UnsupportedError(
                f"tensor {tensor.name!r} has shape (1, {_join(tensor.shape)}); (1, h, w, c) is covered"
            )
        height, width, channels = tensor.shape
        return height, width, channels

    def shaped(self, tensor: Tensor, *shapes: tuple[int, ...]) -> Tensor:
        if tensor.shape not in shapes:
            raise UnsupportedError(
                f"tensor {tensor.name!r} has shape (1, {_join(tensor.shape)}); (1, {_join(shapes[0])}) expected"
            )
        return tensor

    def like(self, source: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The output, which holds values as `source` does: a runtime does not requantize here."""
        output = self.shaped(self.output(), shape)
        if (output.scale, output.zero_point) != (source.scale, source.zero_point):
            raise UnsupportedError(
                f"tensor {output.name!r} has scale {output.scale:g} and zero point {output.zero_point}; "
                f"those of its input, {source.scale:g} and {source.zero_point}, are covered"
            )
        return output

    def window(self, options: Any, height: int, width: int, source: Tensor) -> tuple[Window, tuple[int, int]]:
        """The window a convolution or pooling slides over `source`, and the rows and columns of its positions."""
        strides = options.StrideH(), options.StrideW()
        if min(height, width, *strides) < 1:
            raise UnsupportedError(
                f"a window of {height} x {width} in steps of {strides[0]} x {strides[1]} is not covered"
            )
        sides, pads = [], []
        for side, kernel, stride in zip(source.shape[:2], (height, width), strides, strict=True):
            match options.Padding():
                case schema.Padding.SAME:
                    count = -(-side // stride)
                case schema.Padding.VALID:
                    count = (side - kernel) // stride + 1
                case other:
                    raise UnsupportedError(f"padding {other} is not covered")
            if count < 1:
                raise UnsupportedError(f"its window of {height} x {width} is larger than tensor {source.name!r}")
            sides.append(count)
            pads.append(max(0, (count - 1) * stride + kernel - side) // 2)
        return Window(height, width, *strides, *pads), (sides[0], sides[1])

    def multipliers(self, weights: Stored, rows: int, axis: int) -> list[Any]:
        source, target = self.input(), self._reader.stored(self.output_index)
        if len(weights.scales) not in (1, rows) or weights.zero_points.any():
            raise UnsupportedError(f"tensor {weights.name!r} needs 1 or {rows} scales and zero points of 0")
        if len(weights.scales) > 1 and weights.axis != axis:
            raise UnsupportedError(
                f"tensor {weights.name!r} has its scales along axis {weights.axis}; {axis} is covered"
            )
        reals = [source.scale * float(scale) / _tensor(target, 0).scale for scale in weights.scales]
        fixed = [arithmetic.multiplier(real) for real in reals]
        return fixed if len(fixed) == rows else fixed * rows

    def matrix(self, weights: Stored, rows: NDArray[np.int8], axis: int) -> dict[str, Any]:
        """The fields of Matrix. Folds the input's zero point into the bias, and refuses sums beyond int32."""
        multipliers = self.multipliers(weights, len(rows), axis)
        wide = rows.astype(np.int64)
        bias = self.bias(weights, len(rows)) - self.input().zero_point * wide.sum(axis=1)
        # Any partial sum lies between these, since every weight can also contribute nothing.
        least = bias - np.where(wide > 0, 128 * wide, -127 * wide).sum(axis=1)
        most = bias + np.where(wide > 0, 127 * wide, -128 * wide).sum(axis=1)
        shifts = np.array([max(0, -factor.right_shift) for factor in multipliers])
        if (least * 2**shifts < -(2**31)).any() or (most * 2**shifts >= 2**31).any():
            raise UnsupportedError(f"tensor {weights.name!r}: sums beyond 32 bits are not covered")
        return {"weights": rows, "bias": bias, "multipliers": tuple(multipliers)}

    def range(self, activation: int) -> Range:
        """What the fused activation leaves of int8, in the output's own scale."""
        output = _tensor(self._reader.stored(self.output_index), 0)

        def quantized(real: float) -> int:
            return output.zero_point + arithmetic.rounded(float(np.float32(real) / np.float32(output.scale)))

        match activation:
            case schema.ActivationFunctionType.NONE:
                return INT8
            case schema.ActivationFunctionType.RELU:
                low, high = quantized(0), 127
            case schema.ActivationFunctionType.RELU6:
                low, high = quantized(0), quantized(6)
            case schema.ActivationFunctionType.RELU_N1_TO_1:
                low, high = quantized(-1), quantized(1)
            case other:
                raise UnsupportedError(f"fused activation {other} is not covered")
        low, high = max(-128, low), min(127, high)
        if low > high:
            raise UnsupportedError("its fused activation leaves no value of int8")
        return Range(low, high)


def _conv(operator: _Operator) -> Step:
    operator.count(2, 3)
    options, source, kernel = operator.options("Conv2DOptions"), operator.input(), operator.constant(1, "int8")
    _undilated(options)
    channels = operator.image(source)[2]
    if len(kernel.shape) != 4 or kernel.shape[3] != channels:
        raise UnsupportedError(
            f"tensor {kernel.name!r} has shape {kernel.shape}; (filters, h, w, {channels}) is covered"
        )
    window, positions = operator.window(options, kernel.shape[1], kernel.shape[2], source)
    assert kernel.data is not None
    matrix = operator.matrix(kernel, kernel.data.reshape(kernel.shape[0], -1), 0)
    active = operator.range(options.FusedActivationFunction())
    output = operator.shaped(operator.output(), (*positions, kernel.shape[0]))
    return Convolution(operator.layer, (source,), output, **matrix, range=active, window=window, positions=positions)


def _depthwise(operator: _Operator) -> Step:
    operator.count(2, 3)
    options, source = operator.options("DepthwiseConv2DOptions"), operator.input()
    kernel = operator.constant(1, "int8")
    _undilated(options)
    channels = operator.image(source)[2]
    if len(kernel.shape) != 4 or kernel.shape[0] != 1 or kernel.shape[3] % channels:
        raise UnsupportedError(f"tensor {kernel.name!r} has shape {kernel.shape}; (1, h, w, n · {channels}) is covered")
    rows = kernel.shape[3]
    if options.DepthMultiplier() * channels != rows:
        raise UnsupportedError(
            f"depth multiplier {options.DepthMultiplier()} does not make {rows} of {channels} channels"
        )
    window, positions = operator.window(options, kernel.shape[1], kernel.shape[2], source)
    assert kernel.data is not None
    matrix = operator.matrix(kernel, np.ascontiguousarray(kernel.data.reshape(-1, rows).T), 3)
    active = operator.range(options.FusedActivationFunction())
    output = operator.shaped(operator.output(), (*positions, rows))
    return Depthwise(
        operator.layer,
        (source,),
        output,
        **matrix,
        range=active,
        window=window,
        depth_multiplier=options.DepthMultiplier(),
    )


def _dense(operator: _Operator) -> Step:
    operator.count(2, 3)
    options, source = operator.options("FullyConnectedOptions"), operator.input()
    kernel = operator.constant(1, "int8")
    if options.WeightsFormat() != schema.FullyConnectedOptionsWeightsFormat.DEFAULT:
        raise UnsupportedError("shuffled weights are not covered")
    if len(kernel.shape) != 2 or kernel.shape[1] != source.size:
        raise UnsupportedError(f"tensor {kernel.name!r} has shape {kernel.shape}; (units, {source.size}) is covered")
    assert kernel.data is not None
    matrix = operator.matrix(kernel, kernel.data, 0)
    active = operator.range(options.FusedActivationFunction())
    units = kernel.shape[0]
    output = operator.shaped(operator.output(), (units,), (*(1,) * (len(source.shape) - 1), units))
    return Dense(operator.layer, (source,), output, **matrix, range=active)


def _pool(operator: _Operator) -> Step:
    operator.count(1)
    options, source = operator.options("Pool2DOptions"), operator.input()
    channels = operator.image(source)[2]
    window, positions = operator.window(options, options.FilterHeight(), options.FilterWidth(), source)
    active = operator.range(options.FusedActivationFunction())
    output = operator.like(source, (*positions, channels))
    kind = "max" if operator.name == "MAX_POOL_2D" else "average"
    return Pool(operator.layer, (source,), output, kind, window, active)


def _mean(operator: _Operator) -> Step:
    operator.count(2)
    source, axes = operator.input(), operator.constant(1, "int32")
    height, width, channels = operator.image(source)
    assert axes.data is not None
    if sorted(int(axis) % 4 for axis in axes.data.ravel() if -4 <= axis < 4) != [1, 2] or axes.data.size != 2:
        raise UnsupportedError(f"tensor {axes.name!r}: the mean over height and width, axes 1 and 2, is covered")
    output = operator.shaped(operator.output(), (channels,), (1, 1, channels))
    factor = _fitting(arithmetic.mean(source.scale, output.scale, height * width), 255 * height * width)
    return Mean(operator.layer, (source,), output, factor)


def _reshape(operator: _Operator) -> None:
    operator.count(1, 2)
    source = operator.input()
    output = operator.output(source.index)
    if output.size != source.size:
        raise UnsupportedError(f"tensor {output.name!r} has {output.size} elements; {source.size} expected")


def _relu(operator: _Operator) -> Step:
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    factor = _fitting(arithmetic.multiplier(source.scale / output.scale), 255)
    return Rectify(operator.layer, (source,), output, factor, factor, Range(output.zero_point, 127))


def _relu6(operator: _Operator) -> Step:
    operator.count(1)
    source = operator.input()
    six = source.zero_point + arithmetic.rounded(float(np.float32(6) / np.float32(source.scale)))
    output = operator.shaped(operator.output(), source.shape)
    return Clamp(operator.layer, (source,), output, Range(source.zero_point, min(127, six)))


def _leaky_relu(operator: _Operator) -> Step:
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    alpha = np.float32(operator.options("LeakyReluOptions").Alpha())
    if not 0 <= alpha < math.inf:
        raise UnsupportedError(f"alpha {alpha} is not covered")
    above = _fitting(arithmetic.multiplier(source.scale / output.scale), 255)
    below = _fitting(arithmetic.multiplier(source.scale * float(alpha) / output.scale), 255)
    return Rectify(operator.layer, (source,), output, above, below, INT8)


def _softmax(operator: _Operator) -> Step:
    operator.count(1)
    source = operator.input()
    output = operator.shaped(operator.output(), source.shape)
    if (output.scale, output.zero_point) != (1 / 256, -128):
        raise UnsupportedError(f"tensor {output.name!r} needs scale 1/256 and zero point -128")
    beta = operator.options("SoftmaxOptions").Beta()
    if not 0 < beta < math.inf:
        raise UnsupportedError(f"beta {beta} is not covered")
    if source.shape[-1] > MOST_CLASSES:
        raise UnsupportedError(
            f"tensor {source.name!r} has {source.shape[-1]:,} classes; up to {MOST_CLASSES} are covered"
        )
    return Softmax(operator.layer, (source,), output, *arithmetic.softmax(beta, source.scale))


def _add(operator: _Operator) -> Step:
    operator.count(2)
    first, second = operator.input(0), operator.input(1)
    active = operator.range(operator.options("AddOptions").FusedActivationFunction())
    output = operator.shaped(operator.output(), first.shape)
    operator.shaped(second, first.shape)
    twice = 2 * max(first.scale, second.scale)
    factors = arithmetic.multiplier(first.scale / twice), arithmetic.multiplier(second.scale / twice)
    whole = arithmetic.multiplier(twice / (2**20 * output.scale))
    if whole.right_shift < 0:
        raise UnsupportedError(f"an output scale of {output.scale:g} under inputs of {twice / 2:g} is not covered")
    return Add(operator.layer, (first, second), output, factors, whole, active)


def _pad(operator: _Operator) -> Step:
    operator.count(3 if operator.name == "PADV2" else 2)
    source, sides = operator.input(), operator.constant(1, "int32")
    height, width, channels = operator.image(source)
    if sides.shape != (4, 2) or sides.data is None or sides.data.min() < 0 or sides.data[[0, 3]].any():
        raise UnsupportedError(f"tensor {sides.name!r}: padding of height and width is covered")
    top, bottom, left, right = (int(side) for side in sides.data[1:3].ravel())
    output = operator.shaped(operator.output(), (height + top + bottom, width + left + right, channels))
    value = output.zero_point
    if operator.name == "PADV2":
        filling = operator.constant(2, "int8")
        if filling.data is None or filling.data.size != 1:
            raise UnsupportedError(f"tensor {filling.name!r} has shape {filling.shape}; one value is covered")
        if (filling.scales.tolist(), filling.zero_points.tolist()) != ([output.scale], [output.zero_point]):
            raise UnsupportedError(f"tensor {filling.name!r} needs the output's scale and zero point")
        value = int(filling.data.ravel()[0])
    return Pad(operator.layer, (source,), output, top, left, value)


OPERATORS: dict[str, Callable[[_Operator], Step | None]] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _dense,
    "MAX_POOL_2D": _pool,
    "AVERAGE_POOL_2D": _pool,
    "MEAN": _mean,
    "RESHAPE": _reshape,
    "RELU": _relu,
    "RELU6": _relu6,
    "LEAKY_RELU": _leaky_relu,
    "SOFTMAX": _softmax,
    "ADD": _add,
    "PAD": _pad,
    "PADV2": _pad,
}


def _tensor(stored: Stored, storage: int) -> Tensor:
    if stored.type != "int8":
        raise UnsupportedError(f"tensor {stored.name!r} is {stored.type}; int8 is covered")
    if not stored.shape or stored.shape[0] != 1:
        raise UnsupportedError(f"tensor {stored.name!r} has shape {stored.shape}; a batch of 1 is covered")
    if len(stored.scales) != 1 or len(stored.zero_points) != 1 or not -128 <= stored.zero_points[0] <= 127:
        raise UnsupportedError(f"tensor {stored.name!r} needs one scale and one zero point of int8")
    return Tensor(storage, stored.name, stored.shape[1:], float(stored.scales[0]), int(stored.zero_points[0]))


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


def _undilated(options: Any) -> None:
    dilation = options.DilationHFactor(), options.DilationWFactor()
    if dilation != (1, 1):
        raise UnsupportedError(f"dilation {dilation[0]} x {dilation[1]} is not covered")


def _fitting(factor: arithmetic.Multiplier, largest: int) -> arithmetic.Multiplier:
    """`factor`, unless shifting `largest` left by it leaves 32 bits."""
    if largest << max(0, -factor.right_shift) >= 2**31:
        raise UnsupportedError("a scale ratio that leaves 32 bits is not covered")
    return factor


def _join(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
