"""Small random int8 networks: reshaped anywhere, tensors read several times, branches, any tensor the output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.flatbuffer import INT16, Array, Cell, Model

ACTIVATIONS = [
    schema.ActivationFunctionType.NONE,
    schema.ActivationFunctionType.RELU,
    schema.ActivationFunctionType.RELU6,
    schema.ActivationFunctionType.RELU_N1_TO_1,
]
PADDINGS = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}
ODD = 0.02  # of the layers that have a scale or axes of their own where a runtime wants others
Option = TypeVar("Option")


@dataclass(frozen=True)
class Value:
    """A tensor of the network under construction."""

    index: int
    shape: tuple[int, ...]  # without the batch
    scale: float
    computed: bool = True  # by an operator that is no view of the input

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


def network(seed: int) -> bytes:
    """A .tflite file of one to eight layers. Now and then the generator, or TFLM, must refuse it."""
    return _Builder(seed).network()


def describe(model: bytes) -> str:
    """Its operators, a line each, with shapes and tensors' numbers."""
    root = schema.Model.GetRootAsModel(model, 0)
    graph = root.Subgraphs(0)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    lines = []
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        indices = [*operator.InputsAsNumpy(), *operator.OutputsAsNumpy()]
        tensors = [f"{index}: {graph.Tensors(index).ShapeAsNumpy().tolist()}" for index in indices]
        lines.append(f"{names[root.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()]} {', '.join(tensors)}")
    return "\n".join([*lines, f"output {graph.Outputs(0)}"])


class _Builder:
    """Adds random layers to a Model. Each layer takes a value and returns another."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._model = Model()
        self._values: list[Value] = []

    def network(self) -> bytes:
        image = self._some(2, 11), self._some(2, 11), self._some(1, 5)
        shape = self._pick([image] * 6 + [(self._some(1, 60),), (self._some(1, 12), self._some(1, 9))])
        source = self._value(shape, self._pick([0.004, 0.03]), computed=False)
        self._values.append(source)
        for _ in range(self._some(1, 8)):
            before = self._values[-1] if self._sometimes(0.75) else self._pick(self._values)
            self._values.append(self._layer(before))
        ends = [value for value in self._values if value.computed]
        if not ends:
            ends.append(self._dense(self._values[-1]))
        end = ends[-1] if self._sometimes(0.6) else self._pick(ends)
        return self._model.finish(source.index, end.index)

    def _layer(self, source: Value) -> Value:
        kinds: list[Callable[[Value], Value]] = [self._dense, self._reshape, self._elementwise, self._elementwise]
        kinds += [self._binary, self._concatenate, self._sigmoid, self._tangent, self._bounded, self._rearrange]
        kinds += [self._split]
        if len(source.shape) == 3:
            kinds += [self._convolution] * 4 + [self._transposed] + [self._pool] * 3 + [self._mean, self._pad]
        else:
            kinds += [self._dense, self._reshape, self._softmax]
        if len(source.shape) == 2:
            kinds += [self._lstm] * 6
        if len(source.shape) == 1:
            kinds += [self._svdf] * 2
        return self._pick(kinds)(source)

    def _some(self, low: int, high: int) -> int:
        return int(self._chance.integers(low, high + 1))

    def _sometimes(self, share: float = 0.5) -> bool:
        return bool(self._chance.random() < share)

    def _pick(self, options: Sequence[Option]) -> Option:
        return options[self._some(0, len(options) - 1)]

    def _value(self, shape: tuple[int, ...], scale: float, *, computed: bool = True) -> Value:
        return Value(self._model.tensor((1, *shape), scale, self._some(-128, 127)), shape, scale, computed)

    def _like(self, source: Value, shape: tuple[int, ...], *, computed: bool = True) -> Value:
        """A tensor of another shape in the same scale and zero point."""
        if self._sometimes(ODD):
            return self._value(shape, source.scale * 1.1, computed=computed)
        quantization = self._model.graph.tensors[source.index].quantization
        index = self._model.tensor((1, *shape), quantization.scale, quantization.zeroPoint)
        return Value(index, shape, source.scale, computed)

    def _weights(self, rows: int, columns: int) -> Array:
        """Rows of weights as compression leaves them: sparse, of few values, or with rows that are all zero."""
        matrix = self._chance.integers(-127, 128, (rows, columns))
        few = self._chance.integers(-127, 128, 15)
        match self._pick(["any", "any", "few for all", "few a row", "two bits"]):
            case "few for all":
                matrix = self._chance.choice(few, (rows, columns))
            case "few a row":
                matrix = np.array([self._chance.choice(self._chance.integers(-127, 128, 15), columns) for _ in matrix])
            case "two bits":
                matrix = np.array([self._chance.choice(self._chance.integers(-127, 128, 3), columns) for _ in matrix])
        matrix[self._chance.random(matrix.shape) < self._pick([0, 0, 0.6, 0.9, 0.98])] = 0
        matrix[self._chance.random(rows) < self._pick([0, 0.3, 0.6])] = 0
        return matrix.astype(np.int8)

    def _operands(self, source: Value, weights: Array, shape: tuple[int, ...], axis: int) -> tuple[list[int], float]:
        """The operands of a layer with weights (rows, columns) given their file shape, and its output's scale."""
        rows = shape[axis]
        scales = self._chance.uniform(0.002, 0.02, rows if self._sometimes() else 1)
        sums = np.sqrt(weights.size / rows) * 70 * 70
        spread = float(source.scale * scales.max() * sums / 60 * self._pick([0.3, 1, 1, 3]))
        operands = [source.index, self._model.constant(weights.reshape(shape), scales, axis=axis)]
        if self._sometimes():
            bias = self._chance.integers(-3000, 3000, rows).astype(np.int32)
            operands.append(self._model.constant(bias, source.scale * scales))
        return operands, spread

    def _svdf(self, source: Value) -> Value:
        units, rank, memory = self._some(1, 9), self._some(1, 3), self._some(1, 6)
        times = self._chance.integers(-9000, 9000, (units * rank, memory)).astype(np.int16)
        bias = self._chance.integers(-(10**6), 10**6, units).astype(np.int32)
        operands = [source.index, self._model.constant(self._weights(units * rank, source.size), 0.01)]
        operands += [self._model.constant(times, 1e-4), self._model.constant(bias, 1e-7)]
        operands.append(self._model.state(units * rank * memory, self._pick([1e-4, 1e-3]), type_=INT16))
        result = self._value((units,), self._pick([0.01, 0.1]))
        options = {"rank": rank, "fusedActivationFunction": schema.ActivationFunctionType.RELU}
        self._model.operator("SVDF", operands, result.index, **options)
        return result

    def _transposed(self, source: Value) -> Value:
        height, width, channels = source.shape
        kernel, strides = (self._some(1, 3), self._some(1, 3)), (self._some(1, 3), self._some(1, 2))
        padding, filters = self._pick(list(PADDINGS)), self._some(1, 5)
        sides = [
            side * stride if padding == "same" else (side - 1) * stride + size
            for side, stride, size in zip((height, width), strides, kernel, strict=True)
        ]
        weights = self._weights(filters, kernel[0] * kernel[1] * channels)
        (_, *operands), scale = self._operands(source, weights, (filters, *kernel, channels), 0)
        result = self._value((*sides, filters), scale)
        shape = self._model.constant(np.array([1, *sides, filters], np.int32))
        options = {"strideH": strides[0], "strideW": strides[1], "padding": PADDINGS[padding]}
        operands = [shape, operands[0], source.index, *operands[1:]]
        self._model.operator("TRANSPOSE_CONV", operands, result.index, **options)
        return result

    def _convolution(self, source: Value) -> Value:
        height, width, channels = source.shape
        depthwise = self._sometimes(0.4)
        kernel = self._some(1, min(3, height)), self._some(1, min(3, width))
        strides = self._some(1, 2), self._some(1, 2)
        padding = self._pick(list(PADDINGS))
        filters = self._some(1, 2) * channels if depthwise else self._some(1, 7)
        weights = self._weights(filters, kernel[0] * kernel[1] * (1 if depthwise else channels))
        if depthwise:
            operands, scale = self._operands(source, np.ascontiguousarray(weights.T), (1, *kernel, filters), 3)
        else:
            operands, scale = self._operands(source, weights, (filters, *kernel, channels), 0)
        result = self._value((*_sides((height, width), kernel, strides, padding), filters), scale)
        options = {"strideH": strides[0], "strideW": strides[1], "padding": PADDINGS[padding]}
        options |= {"fusedActivationFunction": self._activation(), "dilationHFactor": 1, "dilationWFactor": 1}
        if depthwise:
            options["depthMultiplier"] = filters // channels
        self._model.operator("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", operands, result.index, **options)
        return result

    def _dense(self, source: Value) -> Value:
        units = self._some(1, 12)
        operands, scale = self._operands(source, self._weights(units, source.size), (units, source.size), 0)
        result = self._value((units,), scale)
        self._model.operator("FULLY_CONNECTED", operands, result.index, fusedActivationFunction=self._activation())
        return result

    def _activation(self) -> int:
        chosen: int = self._pick(ACTIVATIONS)
        return chosen

    def _pool(self, source: Value) -> Value:
        height, width, channels = source.shape
        kernel = self._some(1, min(3, height)), self._some(1, min(3, width))
        strides = self._some(1, 3), self._some(1, 3)
        padding = self._pick(list(PADDINGS))
        if self._sometimes():  # windows side by side, which fuse with a convolution before them
            strides, padding = kernel, "valid"
        result = self._like(source, (*_sides((height, width), kernel, strides, padding), channels))
        options = {"filterHeight": kernel[0], "filterWidth": kernel[1], "strideH": strides[0], "strideW": strides[1]}
        options |= {"padding": PADDINGS[padding], "fusedActivationFunction": self._activation()}
        name = self._pick(["MAX_POOL_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D"])
        self._model.operator(name, [source.index], result.index, **options)
        return result

    def _mean(self, source: Value) -> Value:
        channels = source.shape[2]
        kept = self._sometimes()
        result = self._value((1, 1, channels) if kept else (channels,), source.scale * self._pick([0.7, 1.0]))
        axes = self._pick([[1, 2], [2, 1], [-3, -2]]) if not self._sometimes(ODD) else self._pick([[5, 6], [1, 2, 1]])
        operands = [source.index, self._model.constant(np.array(axes, np.int32))]
        self._model.operator("MEAN", operands, result.index, keepDims=kept)
        return result

    def _reshape(self, source: Value) -> Value:
        """Into any one to three sides, or one side more or less."""
        if self._sometimes(0.3):
            return self._view(source)
        left, sides = source.size, []
        for _ in range(self._some(0, 2)):
            sides.append(self._pick([side for side in range(1, left + 1) if left % side == 0]))
            left //= sides[-1]
        result = self._like(source, (*sides, left), computed=source.computed)
        self._model.operator("RESHAPE", [source.index], result.index)
        return result

    def _view(self, source: Value) -> Value:
        """With one side of 1 more, or without those there are."""
        if 1 in source.shape and len(source.shape) > 1 and self._sometimes():
            sides = tuple(side for side in source.shape if side > 1) or (1,)
            result = self._like(source, sides, computed=source.computed)
            self._model.operator("SQUEEZE", [source.index], result.index)
            return result
        if len(source.shape) > 2:
            return source
        place = self._some(0, len(source.shape))
        result = self._like(source, (*source.shape[:place], 1, *source.shape[place:]), computed=source.computed)
        axis = self._model.constant(np.array(place + 1, np.int32))
        self._model.operator("EXPAND_DIMS", [source.index, axis], result.index)
        return result

    def _binary(self, source: Value) -> Value:
        """A sum or product with a constant, or with a tensor that is repeated along this one."""
        name = self._pick(["ADD", "MUL", "SUB"])
        ends = [source.shape[place:] for place in range(len(source.shape))] + [(1,)]
        others = [value for value in self._values if value.shape in [*ends, (1, 1, *source.shape[2:])]]
        if name == "MUL" and self._sometimes():
            other = self._pick([*others, source])
            operand, scale = other.index, other.scale
        else:
            values = self._chance.integers(-128, 128, self._pick(ends)).astype(np.int8)
            scale = float(self._chance.uniform(0.002, 0.02))
            operand = self._model.constant(values, scale, self._some(-128, 127))
        spread = 50 * source.scale * scale if name == "MUL" else 1.3 * max(source.scale, scale)
        result = self._value(source.shape, spread * self._pick([0.5, 1.0, 2.0]))
        operands = [source.index, operand] if self._sometimes(0.7) else [operand, source.index]
        self._model.operator(name, operands, result.index, fusedActivationFunction=self._activation())
        return result

    def _concatenate(self, source: Value) -> Value:
        """Two or three tensors, each first brought to the scale of `source`."""
        axis = self._some(0, len(source.shape) - 1)
        rest = (*source.shape[:axis], *source.shape[axis + 1 :])
        others = [
            value
            for value in self._values
            if len(value.shape) == len(source.shape) and (*value.shape[:axis], *value.shape[axis + 1 :]) == rest
        ]
        parts = [source]
        for other in (self._pick(others) for _ in range(self._some(1, 2))):
            same = other
            if self._model.quantization(other.index) != self._model.quantization(source.index):
                same = self._like(source, other.shape)
                self._model.operator("QUANTIZE", [other.index], same.index)
            parts.insert(self._some(0, len(parts)), same)
        whole = sum(part.shape[axis] for part in parts)
        result = self._like(source, (*source.shape[:axis], whole, *source.shape[axis + 1 :]))
        place = axis + 1 if self._sometimes() else axis - len(source.shape)
        self._model.operator("CONCATENATION", [part.index for part in parts], result.index, axis=place)
        return result

    def _sigmoid(self, source: Value) -> Value:
        result = Value(self._model.tensor((1, *source.shape), 1 / 256, -128), source.shape, 1 / 256)
        self._model.operator("LOGISTIC", [source.index], result.index)
        return result

    def _tangent(self, source: Value) -> Value:
        result = Value(self._model.tensor((1, *source.shape), 1 / 128, 0), source.shape, 1 / 128)
        self._model.operator("TANH", [source.index], result.index)
        return result

    def _bounded(self, source: Value) -> Value:
        """The smaller or larger of each value and a constant."""
        bound = self._model.constant(np.array([self._some(-128, 127)], np.int8), source.scale)
        self._model.graph.tensors[bound].quantization = self._model.graph.tensors[source.index].quantization
        result = self._like(source, source.shape)
        operands = [source.index, bound] if self._sometimes() else [bound, source.index]
        self._model.operator(self._pick(["MINIMUM", "MAXIMUM"]), operands, result.index)
        return result

    def _rearrange(self, source: Value) -> Value:
        """Sides exchanged or reversed, or a part of each."""
        rank = len(source.shape)
        match self._pick(["TRANSPOSE", "REVERSE_V2", "SLICE", "STRIDED_SLICE"]):
            case "TRANSPOSE":
                order = self._chance.permutation(rank)
                operand = self._model.constant(np.array([0, *(order + 1)], np.int32))
                result = self._like(source, tuple(source.shape[side] for side in order))
                return self._made("TRANSPOSE", [source.index, operand], result)
            case "REVERSE_V2":
                axis = self._model.constant(np.array([self._some(1, rank)], np.int32))
                return self._made("REVERSE_V2", [source.index, axis], self._like(source, source.shape))
            case "SLICE":
                begins = [self._some(0, side - 1) for side in source.shape]
                sizes = [self._some(1, side - begin) for side, begin in zip(source.shape, begins, strict=True)]
                bounds = [self._model.constant(np.array(each, np.int32)) for each in ([0, *begins], [1, *sizes])]
                return self._made("SLICE", [source.index, *bounds], self._like(source, tuple(sizes)))
            case _:
                return self._strided_slice(source)

    def _made(self, name: str, operands: list[int], result: Value) -> Value:
        self._model.operator(name, operands, result.index)
        return result

    def _split(self, source: Value) -> Value:
        """Parts along a side, of one size or of any; or each place of it apart. Returns one of them."""
        axis = self._some(1, len(source.shape))
        side = source.shape[axis - 1]
        name = self._pick(["SPLIT", "SPLIT_V", "UNPACK"] if len(source.shape) > 1 else ["SPLIT", "SPLIT_V"])
        count = side if name == "UNPACK" else self._pick([n for n in range(1, side + 1) if side % n == 0])
        sizes = [side // count] * count
        place = self._model.constant(np.array(axis, np.int32))
        operands, options = [place, source.index], {"numSplits": count}
        if name == "SPLIT_V":
            first = self._some(1, side)
            sizes = [first, side - first] if first < side else [side]
            shown = [-1 if self._sometimes(0.3) else sizes[0], *sizes[1:]]
            operands = [source.index, self._model.constant(np.array(shown, np.int32)), place]
            options = {"numSplits": len(sizes)}
        elif name == "UNPACK":
            operands, options = [source.index], {"num": side, "axis": axis}
        before, after = source.shape[: axis - 1], source.shape[axis:]
        parts = [
            self._like(source, (*before, *after) if name == "UNPACK" else (*before, size, *after)) for size in sizes
        ]
        self._model.operator(name, operands, *(part.index for part in parts), **options)
        return self._pick(parts)

    def _strided_slice(self, source: Value) -> Value:
        """Any places of each side; at times one place, and the side is gone."""
        begins, ends, strides, shrunk, sides = [0], [1], [1], 0, []
        for axis, side in enumerate(source.shape, start=1):
            if len(source.shape) > 1 and not shrunk and self._sometimes(0.3):
                shrunk = 1 << axis
                place = self._pick([-1, self._some(0, side - 1)])
                chosen = place, place + 1, 1
            else:
                chosen = self._pick(
                    [(0, side, 1), (self._some(0, side - 1), side, self._some(1, 2)), (side, -side - 1, -1)]
                )
                sides.append(len(range(side)[slice(chosen[0], chosen[1], chosen[2])]))
            for bounds, bound in zip((begins, ends, strides), chosen, strict=True):
                bounds.append(bound)
        operands = [self._model.constant(np.array(bounds, np.int32)) for bounds in (begins, ends, strides)]
        result = self._like(source, tuple(sides))
        self._model.operator("STRIDED_SLICE", [source.index, *operands], result.index, shrinkAxisMask=shrunk)
        return result

    def _lstm(self, source: Value) -> Value:
        """A recurrent layer; at times only its last step's output is kept."""
        (steps, features), units = source.shape, self._some(1, 9)
        result = self._value((steps, units), self._pick([0.004, 0.008, 0.02]))
        weights = [self._weights(units, columns) for columns in (features, units) for _ in range(4)]
        biases = [self._chance.integers(-9000, 9000, units).astype(np.int32) for _ in range(4)]
        scales = self._chance.uniform(0.001, 0.03, 8) * np.repeat([self._pick([0.2, 1, 3]) for _ in range(2)], 4)
        cell = Cell(weights, scales.tolist(), biases, 2.0 ** self._some(-18, -9), self._pick([0.0, 0.5, 10.0]))
        self._model.lstm(source.index, result.index, cell)
        if self._sometimes(0.4):
            return result
        bounds = [self._model.constant(np.array(each, np.int32)) for each in ([0, -1, 0], [1, 0, units], [1, 1, 1])]
        last = self._like(result, (units,))
        masks = {"beginMask": 5, "endMask": 5, "shrinkAxisMask": 2}
        self._model.operator("STRIDED_SLICE", [result.index, *bounds], last.index, **masks)
        return last

    def _pad(self, source: Value) -> Value:
        top, bottom, left, right = (self._some(0, 2) for _ in range(4))
        height, width, channels = source.shape
        result = self._like(source, (height + top + bottom, width + left + right, channels))
        operands = [
            source.index,
            self._model.constant(np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)),
        ]
        if self._sometimes(0.3):
            filling = self._model.constant(np.array([self._some(-128, 127)], np.int8), result.scale)
            quantization = self._model.graph.tensors[result.index].quantization
            self._model.graph.tensors[filling].quantization = quantization
            self._model.operator("PADV2", [*operands, filling], result.index)
        else:
            self._model.operator("PAD", operands, result.index)
        return result

    def _softmax(self, source: Value) -> Value:
        result = Value(self._model.tensor((1, *source.shape), 1 / 256, -128), source.shape, 1 / 256)
        self._model.operator("SOFTMAX", [source.index], result.index, beta=self._pick([0.5, 1.0]))
        return result

    def _elementwise(self, source: Value) -> Value:
        match self._pick(["RELU", "RELU6", "LEAKY_RELU", "ADD", "ADD"]):
            case "RELU":
                result = self._value(source.shape, source.scale * self._pick([0.4, 1.0, 1.7]))
                self._model.operator("RELU", [source.index], result.index)
            case "RELU6":
                result = self._like(source, source.shape)
                self._model.operator("RELU6", [source.index], result.index)
            case "LEAKY_RELU":
                result = self._value(source.shape, source.scale * self._pick([0.4, 1.0, 1.7]))
                alpha = float(self._chance.uniform(0, 1.5))
                self._model.operator("LEAKY_RELU", [source.index], result.index, alpha=alpha)
            case _:
                other = self._pick([value for value in self._values if value.shape == source.shape])
                if other is source and len(source.shape) == 3 and self._sometimes(0.8):
                    other = self._pointwise(source)
                result = self._value(source.shape, 1.3 * max(source.scale, other.scale))
                operands = [source.index, other.index]
                self._model.operator("ADD", operands, result.index, fusedActivationFunction=self._activation())
        return result

    def _pointwise(self, source: Value) -> Value:
        """A convolution that keeps the shape."""
        channels = source.shape[2]
        operands, scale = self._operands(source, self._weights(channels, channels), (channels, 1, 1, channels), 0)
        result = self._value(source.shape, scale)
        options = {"strideH": 1, "strideW": 1, "padding": PADDINGS["same"]}
        self._model.operator("CONV_2D", operands, result.index, **options, dilationHFactor=1, dilationWFactor=1)
        return result


def _sides(sides: tuple[int, int], kernel: tuple[int, int], strides: tuple[int, int], padding: str) -> tuple[int, int]:
    if padding == "same":
        return -(-sides[0] // strides[0]), -(-sides[1] // strides[1])
    return (sides[0] - kernel[0]) // strides[0] + 1, (sides[1] - kernel[1]) // strides[1] + 1
