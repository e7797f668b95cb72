"""Small random int8 networks, as hypothesis strategies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from hypothesis import Phase
from hypothesis import strategies as st

from tests.flatbuffer import Array, Model

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # no shrinking: each try compiles and runs C
ACTIVATIONS = [
    schema.ActivationFunctionType.NONE,
    schema.ActivationFunctionType.RELU,
    schema.ActivationFunctionType.RELU6,
    schema.ActivationFunctionType.RELU_N1_TO_1,
]
PADDINGS = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}


@dataclass(frozen=True)
class Value:
    """A tensor of the network under construction."""

    index: int
    shape: tuple[int, ...]  # without the batch
    scale: float


class Network(bytes):
    """A .tflite file that prints as its operators, for hypothesis's reports."""

    def __repr__(self) -> str:
        root = schema.Model.GetRootAsModel(self, 0)
        graph = root.Subgraphs(0)
        names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
        lines = []
        for operator in map(graph.Operators, range(graph.OperatorsLength())):
            tensors = [graph.Tensors(i) for i in (*operator.InputsAsNumpy(), *operator.OutputsAsNumpy())]
            shapes = [
                f"{tensor.ShapeAsNumpy().tolist()} {tensor.Quantization() and tensor.Quantization().Scale(0)}"
                for tensor in tensors
            ]
            lines.append(f"{names[root.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()]} {shapes}")
        return "\n".join(lines)


class Builder:
    """Adds random layers to a Model; `draw` is hypothesis's."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw
        self.model = Model()
        self.random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def value(self, shape: tuple[int, ...], scale: float) -> Value:
        return Value(self.model.tensor((1, *shape), scale, self.draw(st.integers(-128, 127))), shape, scale)

    def weights(self, rows: int, columns: int) -> Array:
        """Rows of weights as compression leaves them: sparse, of few values, or with rows that are all zero."""
        matrix = self.random.integers(-127, 128, (rows, columns))
        match self.draw(st.sampled_from(["any", "any", "few for all", "few a row", "two bits"])):
            case "few for all":
                matrix = self.random.choice(self.random.integers(-127, 128, 15), (rows, columns))
            case "few a row":
                matrix = np.array([self.random.choice(self.random.integers(-127, 128, 15), columns) for _ in matrix])
            case "two bits":
                matrix = np.array([self.random.choice(self.random.integers(-127, 128, 3), columns) for _ in matrix])
        matrix[self.random.random(matrix.shape) < self.draw(st.sampled_from([0, 0, 0.6, 0.9, 0.98]))] = 0
        matrix[self.random.random(rows) < self.draw(st.sampled_from([0, 0, 0.4]))] = 0
        return matrix.astype(np.int8)

    def matrix(self, source: Value, weights: Array, shape: tuple[int, ...], axis: int) -> tuple[list[int], Value]:
        """The operands of a layer with weights (rows, columns) given their file shape, and its output's scale."""
        rows = shape[axis]
        per_channel = self.draw(st.booleans())
        scales = self.random.uniform(0.002, 0.02, rows if per_channel else 1)
        sums = np.sqrt(weights.size / rows) * 70 * 70
        spread = float(source.scale * scales.max() * sums / 60 * self.draw(st.sampled_from([0.3, 1, 1, 3])))
        operands = [source.index, self.model.constant(weights.reshape(shape), scales, axis=axis)]
        if self.draw(st.booleans()):
            bias = self.random.integers(-3000, 3000, rows).astype(np.int32)
            operands.append(self.model.constant(bias, source.scale * scales))
        return operands, Value(-1, (), spread)

    def convolution(self, source: Value) -> Value:
        height, width, channels = source.shape
        depthwise = self.draw(st.booleans())
        kernel = self.draw(st.integers(1, min(3, height))), self.draw(st.integers(1, min(3, width)))
        strides = self.draw(st.integers(1, 2)), self.draw(st.integers(1, 2))
        padding = self.draw(st.sampled_from(list(PADDINGS)))
        filters = self.draw(st.integers(1, 2)) * channels if depthwise else self.draw(st.integers(1, 7))
        columns = kernel[0] * kernel[1] * (1 if depthwise else channels)
        weights = self.weights(filters, columns)
        if depthwise:
            operands, out = self.matrix(source, np.ascontiguousarray(weights.T), (1, *kernel, filters), 3)
        else:
            operands, out = self.matrix(source, weights, (filters, *kernel, channels), 0)
        result = self.value((*_sides((height, width), kernel, strides, padding), filters), out.scale)
        options = {"strideH": strides[0], "strideW": strides[1], "padding": PADDINGS[padding]}
        options |= {"fusedActivationFunction": self.activation(), "dilationHFactor": 1, "dilationWFactor": 1}
        if depthwise:
            options["depthMultiplier"] = filters // channels
        self.model.operator("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", operands, result.index, **options)
        return result

    def activation(self) -> int:
        chosen: int = self.draw(st.sampled_from(ACTIVATIONS))
        return chosen

    def pool(self, source: Value) -> Value:
        height, width, channels = source.shape
        kernel = self.draw(st.integers(1, min(3, height))), self.draw(st.integers(1, min(3, width)))
        strides = self.draw(st.integers(1, 3)), self.draw(st.integers(1, 3))
        padding = self.draw(st.sampled_from(list(PADDINGS)))
        if self.draw(st.booleans()):  # windows side by side, which fuse with a convolution before them
            strides, padding = kernel, "valid"
        name = self.draw(st.sampled_from(["MAX_POOL_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D"]))
        shape = (*_sides((height, width), kernel, strides, padding), channels)
        result = Value(self._like(source, shape), shape, source.scale)
        options = {"filterHeight": kernel[0], "filterWidth": kernel[1], "strideH": strides[0], "strideW": strides[1]}
        options |= {"padding": PADDINGS[padding], "fusedActivationFunction": self.activation()}
        self.model.operator(name, [source.index], result.index, **options)
        return result

    def _like(self, source: Value, shape: tuple[int, ...]) -> int:
        """A tensor of another shape in the same scale and zero point."""
        quantization = self.model.graph.tensors[source.index].quantization
        return self.model.tensor((1, *shape), quantization.scale, quantization.zeroPoint)

    def elementwise(self, source: Value) -> Value:
        match self.draw(st.sampled_from(["RELU", "RELU6", "LEAKY_RELU", "PAD", "ADD"])):
            case "RELU":
                result = self.value(source.shape, source.scale * self.draw(st.sampled_from([0.4, 1.0, 1.7])))
                self.model.operator("RELU", [source.index], result.index)
            case "RELU6":
                result = Value(self._like(source, source.shape), source.shape, source.scale)
                self.model.operator("RELU6", [source.index], result.index)
            case "LEAKY_RELU":
                result = self.value(source.shape, source.scale * self.draw(st.sampled_from([0.4, 1.0, 1.7])))
                alpha = self.draw(st.floats(0, 1.5))
                self.model.operator("LEAKY_RELU", [source.index], result.index, alpha=alpha)
            case "PAD":
                top, bottom, left, right = (self.draw(st.integers(0, 2)) for _ in range(4))
                height, width, channels = source.shape
                shape = (height + top + bottom, width + left + right, channels)
                result = Value(self._like(source, shape), shape, source.scale)
                sides = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)
                self.model.operator("PAD", [source.index, self.model.constant(sides)], result.index)
            case _:
                other = self.convolution_of_same_shape(source)
                result = self.value(source.shape, 1.3 * max(source.scale, other.scale))
                operands = [source.index, other.index]
                self.model.operator("ADD", operands, result.index, fusedActivationFunction=self.activation())
        return result

    def convolution_of_same_shape(self, source: Value) -> Value:
        channels = source.shape[2]
        operands, out = self.matrix(source, self.weights(channels, channels), (channels, 1, 1, channels), 0)
        result = self.value(source.shape, out.scale)
        options = {"strideH": 1, "strideW": 1, "padding": PADDINGS["same"]}
        self.model.operator("CONV_2D", operands, result.index, **options, dilationHFactor=1, dilationWFactor=1)
        return result

    def head(self, source: Value) -> Value:
        """Flattening or a mean, a dense layer, perhaps a softmax."""
        height, width, channels = source.shape
        if self.draw(st.booleans()):
            flat = Value(self._like(source, (source_size := height * width * channels,)), (source_size,), source.scale)
            self.model.operator("RESHAPE", [source.index], flat.index)
        else:
            flat = self.value((channels,), source.scale * self.draw(st.sampled_from([0.7, 1.0])))
            axes = self.model.constant(np.array([1, 2], np.int32))
            self.model.operator("MEAN", [source.index, axes], flat.index, keepDims=False)
        units = self.draw(st.integers(1, 6))
        operands, out = self.matrix(flat, self.weights(units, flat.shape[0]), (units, flat.shape[0]), 0)
        result = self.value((units,), out.scale)
        self.model.operator("FULLY_CONNECTED", operands, result.index, fusedActivationFunction=self.activation())
        if self.draw(st.booleans()):
            shares = Value(self.model.tensor((1, units), 1 / 256, -128), (units,), 1 / 256)
            self.model.operator("SOFTMAX", [result.index], shares.index, beta=self.draw(st.sampled_from([0.5, 1.0])))
            result = shares
        return result


@st.composite
def networks(draw: Callable[[Any], Any]) -> Network:
    """A .tflite file of one to five layers and perhaps a head."""
    builder = Builder(draw)
    shape = (draw(st.integers(2, 11)), draw(st.integers(2, 11)), draw(st.integers(1, 5)))
    source = value = builder.value(shape, draw(st.sampled_from([0.004, 0.03])))
    for kind in draw(
        st.lists(st.sampled_from(["convolution", "convolution", "pool", "elementwise"]), min_size=1, max_size=5)
    ):
        value = getattr(builder, kind)(value)
    if draw(st.booleans()):
        value = builder.head(value)
    return Network(builder.model.finish(source.index, value.index))


def _sides(sides: tuple[int, int], kernel: tuple[int, int], strides: tuple[int, int], padding: str) -> tuple[int, int]:
    if padding == "same":
        return -(-sides[0] // strides[0]), -(-sides[1] // strides[1])
    return (sides[0] - kernel[0]) // strides[0] + 1, (sides[1] - kernel[1]) // strides[1] + 1
