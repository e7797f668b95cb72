"""What an operator's file needs to read itself from a model: the operator, its tensors, checks that several share."""

import copy
import math
from dataclasses import replace
from typing import Any, Self

import numpy as np
import tflite as schema
from numpy.typing import NDArray

from tflite_to_c import arithmetic
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Range, Tensor
from tflite_to_c.tflite_file import MOST_ELEMENTS, File, Stored
from tflite_to_c.window import Window

FULL_INTEGER = "convert with a representative_dataset, so that all is int8"
BATCH_1 = "convert with batch size 1"


class UnknownError(Exception):
    """An operator reads what an operator that is not covered gives."""


class Network:
    """What has been read of a file: the tensors that are computed, numbers known beforehand, and both ends."""

    def __init__(self, file: File) -> None:
        """Raises UnsupportedError where the input is not covered."""
        self.file = file
        self.computed: dict[int, Tensor] = {}  # by index in the file, once something wrote it
        self.folded: dict[int, NDArray[np.int32]] = {}  # the same, of shapes: their values
        self.unknown: set[int] = set()  # what operators give that are not covered
        self.states: set[int] = set()  # what an operator keeps from one step to the next
        self.input: Tensor | None = None  # int8
        self.output: Tensor | None = None
        outer = file.stored(file.inputs[0])
        if outer.data is not None:
            raise UnsupportedError(f"the input, tensor {outer.name!r}, is a constant")
        self.outer_input: Stored | None = outer if outer.type in ("float32", "uint8") else None
        self.outer_output: Stored | None = None
        if self.outer_input is None:
            self.input = tensor(outer, outer.index)
            self.computed[outer.index] = self.input

    def end(self) -> tuple[Tensor, Tensor]:
        """Input and output, both int8. Raises UnsupportedError where nothing makes them."""
        index = self.file.outputs[0]
        output = self.output or self.computed.get(index)
        if output is None or self.input is None:
            raise UnsupportedError(f"no operator computes the output, tensor {self.file.stored(index).name!r}")
        return self.input, output

    def read(self, index: int) -> Tensor:
        stored = self.file.stored(index)
        if stored.data is not None:
            raise UnsupportedError(f"tensor {stored.name!r} is a constant where only computed ones are covered")
        if index in self.unknown:
            raise UnknownError
        if index not in self.computed:
            if self.outer_input and index == self.outer_input.index:
                raise UnsupportedError(_other_type(stored))
            raise UnsupportedError(f"tensor {stored.name!r} is read before anything writes it")
        return self.computed[index]

    def begin(self, index: int) -> None:
        """Tensor `index` is the file's input as int8."""
        outer, made = self.outer_input, tensor(self.unwritten(index), index)
        assert outer is not None
        self.input = self.input or made
        _check_end(outer, made)
        if (made.scale, made.zero_point) != (self.input.scale, self.input.zero_point):
            raise UnsupportedError(f"the input, tensor {outer.name!r}, is quantized in two ways; one is covered")
        self.computed[index] = replace(made, index=self.input.index)

    def finish(self, source: Tensor, index: int) -> None:
        """Tensor `index`, the file's output, is `source` in another type."""
        outer = self.unwritten(index)
        if [index] != self.file.outputs or outer.type not in ("float32", "uint8"):
            raise UnsupportedError(f"inside the network {_other_type(outer)}")
        _check_end(outer, source)
        self.output, self.outer_output = source, outer

    def unwritten(self, index: int) -> Stored:
        """A tensor that an operator may write."""
        stored = self.file.stored(index)
        if stored.data is not None or index in self.computed or index in self.folded:
            raise UnsupportedError(f"tensor {stored.name!r} is written, but is a constant or was written before")
        return stored


class Operator:
    """One operator of the file. Its methods raise UnsupportedError for what is not covered."""

    def __init__(self, network: Network, place: int) -> None:
        self._network = network
        self._operator = network.file.operator(place)
        self.name = network.file.name(place)
        self.layer = f"layer {place}, operator {self.name}"
        self._input, self._bias = 0, 2

    @property
    def output_index(self) -> int:
        """Of its one output."""
        if self.outputs != 1:
            raise UnsupportedError(f"has {self.outputs} outputs; 1 is covered")
        return int(self._operator.Outputs(0))

    @property
    def outputs(self) -> int:
        """How many it has."""
        return int(self._operator.OutputsLength())

    @property
    def inputs(self) -> int:
        """How many it has."""
        return int(self._operator.InputsLength())

    def options(self, name: str) -> Any:
        options = self._operator.BuiltinOptions()
        kind = getattr(schema, name)()
        if options is None or self._operator.BuiltinOptionsType() != getattr(schema.BuiltinOptions, name):
            raise UnsupportedError(f"its options are missing or of another kind than {name}")
        kind.Init(options.Bytes, options.Pos)
        return kind

    def count(self, *allowed: int) -> None:
        if self.inputs not in allowed:
            raise UnsupportedError(f"has {self.inputs} inputs; {' or '.join(map(str, allowed))} expected")

    def reading(self, *, input: int, bias: int) -> Self:  # noqa: A002 - as in the file
        """The same, where a layer's input and bias stand at other places among its operands than 0 and 2."""
        other = copy.copy(self)
        other._input, other._bias = input, bias
        return other

    def input(self, place: int | None = None) -> Tensor:
        return self._network.read(self._operator.Inputs(self._input if place is None else place))

    def stored_input(self, place: int = 0) -> Stored:
        """As the file describes it, with its values where they are known."""
        index = int(self._operator.Inputs(place))
        if index in self._network.unknown:
            raise UnknownError
        stored = self._network.file.stored(index)
        return replace(stored, data=self._network.folded.get(index, stored.data))

    @property
    def stored_output(self) -> Stored:
        """As the file describes it."""
        return self._network.file.stored(self.output_index)

    def output(self, storage: int | None = None) -> Tensor:
        return self._output(self.output_index, storage)

    def _output(self, index: int, storage: int | None = None) -> Tensor:
        made = tensor(self._network.unwritten(index), index if storage is None else storage)
        self._network.computed[index] = made
        return made

    def fold(self, values: NDArray[np.int32]) -> None:
        """The output is known: these values."""
        self._network.unwritten(self.output_index)
        self._network.folded[self.output_index] = values

    @property
    def begins(self) -> bool:
        """Does it read the file's input, which is not int8?"""
        outer = self._network.outer_input
        return outer is not None and self._operator.Inputs(0) == outer.index

    def begin(self) -> None:
        """The output is the file's input as int8."""
        self._network.begin(self.output_index)

    def end(self) -> None:
        """The output is the file's, of another type than int8."""
        self._network.finish(self.input(), self.output_index)

    def has(self, place: int) -> bool:
        """Is there an input at this place? Some may be left out."""
        return place < self.inputs and self._operator.Inputs(place) != -1

    def state(self, place: int, type_: str, shape: tuple[int, ...]) -> Stored:
        """An input that keeps its values from one step to the next, and is no other operator's."""
        index = int(self._operator.Inputs(place))
        stored = self._network.file.stored(index, variable=True)
        if index in self._network.states or stored.data is not None:
            raise UnsupportedError(f"tensor {stored.name!r} is a state with values, or another operator's too")
        self._network.states.add(index)
        if (stored.type, stored.shape, len(stored.scales), len(stored.zero_points)) != (type_, shape, 1, 1):
            raise UnsupportedError(f"tensor {stored.name!r} needs {type_} {shape}, one scale and one zero point")
        return stored

    def constant(self, place: int, type_: str) -> Stored:
        stored = self.stored_input(place)
        if stored.type != type_ or stored.data is None:
            state = stored.type if stored.data is not None else "computed"
            raise UnsupportedError(f"tensor {stored.name!r} is {state}; constant {type_} is covered")
        return stored

    def biases(self, place: int, units: int) -> Integers:
        """(units,) constants, as they are stored."""
        stored = self.constant(place, "int32")
        if stored.shape != (units,):
            raise UnsupportedError(f"tensor {stored.name!r} has shape {stored.shape}; ({units},) is covered")
        return stored.values.astype(np.int64)

    def bias(self, weights: Stored, rows: int) -> Integers:
        if self.inputs <= self._bias or self._operator.Inputs(self._bias) == -1:
            return np.zeros(rows, np.int64)
        stored = self.constant(self._bias, "int32")
        if stored.values.size != rows:
            raise UnsupportedError(f"tensor {stored.name!r} has shape {stored.shape}; {rows} biases expected")
        if len(weights.scales) == len(stored.scales) == 1:  # TFLite tolerates as much, in dense layers
            expected, output = self.input().scale * float(weights.scales[0]), self.stored_output
            if abs(expected - float(stored.scales[0])) > 0.02 * float(output.scales[0]):
                raise UnsupportedError(f"tensor {stored.name!r} has scale {stored.scales[0]:g}; {expected:g} expected")
        return stored.values.ravel().astype(np.int64)

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

    def like(self, source: Tensor, shape: tuple[int, ...], place: int | None = None) -> Tensor:
        """The output, which holds values as `source` does: a runtime does not requantize here.

        place: of the output, where it has several.
        """
        output = self.output() if place is None else self._output(int(self._operator.Outputs(place)))
        self.check_like(source, self.shaped(output, shape))
        return output

    def check_like(self, source: Tensor, output: Tensor) -> None:
        """Both have one scale and one zero point."""
        if (output.scale, output.zero_point) != (source.scale, source.zero_point):
            raise UnsupportedError(
                f"tensor {output.name!r} has scale {output.scale:g} and zero point {output.zero_point}; "
                f"those of its input, {source.scale:g} and {source.zero_point}, are covered"
            )

    def undilated(self, options: Any) -> None:
        dilation = options.DilationHFactor(), options.DilationWFactor()
        if dilation != (1, 1):
            raise UnsupportedError(f"dilation {dilation[0]} x {dilation[1]} is not covered")

    def window(self, options: Any, height: int, width: int, source: Tensor) -> tuple[Window, tuple[int, int]]:
        """The window a convolution or pooling slides over `source`, and the rows and columns of its positions."""
        strides = options.StrideH(), options.StrideW()
        if min(height, width, *strides) < 1 or max(height, width, *strides) > MOST_ELEMENTS:
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

    def multipliers(self, weights: Stored, rows: int, axis: int) -> tuple[Multiplier, ...]:
        source, target = self.input(), tensor(self.stored_output, 0)
        if len(weights.scales) not in (1, rows) or weights.zero_points.tolist() != [0] * len(weights.scales):
            raise UnsupportedError(f"tensor {weights.name!r} needs 1 or {rows} scales and zero points of 0")
        if len(weights.scales) > 1 and weights.axis != axis:
            raise UnsupportedError(
                f"tensor {weights.name!r} has its scales along axis {weights.axis}; {axis} is covered"
            )
        fixed = [arithmetic.multiplier(source.scale * float(scale) / target.scale) for scale in weights.scales]
        return tuple(fixed if len(fixed) == rows else fixed * rows)

    def matrix(self, weights: Stored, rows: NDArray[np.int8], axis: int) -> dict[str, Any]:
        """The fields of Matrix. Folds the input's zero point into the bias, and refuses sums beyond int32."""
        multipliers = self.multipliers(weights, len(rows), axis)
        bias = self.bias(weights, len(rows)) - self.input().zero_point * rows.sum(axis=1, dtype=np.int64)
        check_sums(weights, rows, bias, multipliers)
        return {"weights": rows, "bias": bias, "multipliers": multipliers}

    def range(self, activation: int) -> Range:
        """What the fused activation leaves of int8, in the output's own scale."""
        output = tensor(self.stored_output, 0)

        def quantized(real: float) -> int:
            return output.zero_point + arithmetic.quantized(real, output.scale)

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
        return Range(max(-128, low), min(127, high))


def check_sums(weights: Stored, rows: NDArray[np.int8], bias: Integers, multipliers: tuple[Multiplier, ...]) -> None:
    """Raises UnsupportedError where a row's sum, before its multiplier or after a shift to the left, leaves int32."""
    wide = rows.astype(np.int64)
    # Any partial sum lies between these, since every weight can also contribute nothing.
    least = bias - np.where(wide > 0, 128 * wide, -127 * wide).sum(axis=1)
    most = bias + np.where(wide > 0, 127 * wide, -128 * wide).sum(axis=1)
    shifts = np.array([max(0, -factor.right_shift) for factor in multipliers])
    if (least * 2**shifts < -(2**31)).any() or (most * 2**shifts >= 2**31).any():
        raise UnsupportedError(f"tensor {weights.name!r}: sums beyond 32 bits are not covered")


def tensor(stored: Stored, storage: int) -> Tensor:
    """An int8 tensor of batch 1. Raises UnsupportedError for any other."""
    if stored.type != "int8":
        raise UnsupportedError(_other_type(stored))
    if not stored.shape or stored.shape[0] != 1:
        raise UnsupportedError(f"tensor {stored.name!r} has shape {stored.shape}; a batch of 1 is covered: {BATCH_1}")
    if len(stored.scales) != 1 or len(stored.zero_points) != 1 or not -128 <= stored.zero_points[0] <= 127:
        raise UnsupportedError(f"tensor {stored.name!r} needs one scale and one zero point of int8")
    return Tensor(storage, stored.name, stored.shape[1:], float(stored.scales[0]), int(stored.zero_points[0]))


def _check_end(outer: Stored, inner: Tensor) -> None:
    """The file's own end and the int8 tensor that stands for it: of one shape, and uint8 as int8 plus 128."""
    if math.prod(outer.shape) != inner.size or not outer.shape or outer.shape[0] != 1:
        raise UnsupportedError(f"tensor {outer.name!r} has shape {outer.shape}; a batch of 1 is covered: {BATCH_1}")
    if outer.type == "uint8" and (outer.scales.tolist(), outer.zero_points.tolist()) != (
        [inner.scale],
        [inner.zero_point + 128],
    ):
        raise UnsupportedError(f"tensor {outer.name!r} needs the scale of tensor {inner.name!r}, and its zero + 128")


def _other_type(stored: Stored) -> str:
    return f"tensor {stored.name!r} is {stored.type}; int8 is covered: {FULL_INTEGER}"


def _join(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
