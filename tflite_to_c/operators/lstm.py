"""Long short-term memory (Hochreiter and Schmidhuber 1997) over a sequence, with a forget gate and nothing more.

int8 in and out; gates are int16 in Q3.12 before their activation and in Q0.15 after it, the cell is int16.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import tflite as schema
from numpy.typing import NDArray

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.encodings import Encoded
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, FaultError, Range, Step, Values, clipped
from tflite_to_c.matrix import Weighted
from tflite_to_c.reading import Operator, check_sums
from tflite_to_c.tflite_file import Stored

GATES = 4  # input, forget, cell, output
INT16 = Range(-(2**15), 2**15 - 1)
ACTIVATION_INPUT = 2.0**-12  # scale of what a gate's activation takes
WHOLE = 2.0**-15  # scale of what an activation gives
# The places of TFLite's operands.
INPUT_WEIGHTS, RECURRENT_WEIGHTS, BIASES, HIDDEN, CELL, OPERANDS = 1, 5, 12, 18, 19, 24
LEFT_OUT = {"peephole": range(9, 12), "projection": range(16, 18), "layer normalization": range(20, 24)}
LEFT_MOST = 14  # bits by which a cell in 32 bits can be shifted to the left


class Sums(NamedTuple):
    """What of the gates comes of one vector: of the input, or of the hidden state.

    weights: (4 · units, columns), a unit's four gates one after the other. bias: (4 · units,), with the vector's zero
    point folded in. multipliers: of each gate, to Q3.12.
    """

    weights: NDArray[np.int8]
    bias: Integers
    multipliers: tuple[Multiplier, ...]

    def of(self, vector: Values) -> Integers:
        """int16 (n, units, 4) of int8 (n, columns). Sums are below 2³¹, so that float64 holds them."""
        sums = (vector.astype(np.float64) @ self.weights.T.astype(np.float64)).astype(np.int64) + self.bias
        value, shift = np.array(self.multipliers, np.int64).T
        return np.clip(arithmetic.scale(sums.reshape(len(vector), -1, GATES), value, shift), *INT16)

    def fields(self, name: str, label: str, coded: Encoded) -> tuple[str, dict[str, Any]]:
        """Its arrays in C, and the fields of the struct within the layer's."""
        arrays: dict[str, tuple[str, Any]] = {
            "bias": ("int32_t", self.bias),
            "values": ("int8_t", coded.values),
            "codes": ("uint8_t", coded.codes),
            "counts": ("COUNT", coded.counts),
        }
        filled = {key: content for key, content in arrays.items() if len(content[1])}
        fields: dict[str, Any] = {f"{name}.{key}": f"{label}_{name}_{key}" for key in filled}
        for gate, factor in enumerate(self.multipliers):
            fields |= {f"{name}.multiplier[{gate}]": factor.value, f"{name}.shift[{gate}]": factor.right_shift}
        return "".join(c_text.array(type_, f"{label}_{name}_{key}", values) for key, (type_, values) in filled.items()), fields


@dataclass(frozen=True, eq=False)
class Lstm(Weighted):
    """It goes through a sequence (steps, features) and gives (steps, units), or what the last step gives, (units,).

    hidden_zero: the zero point of the hidden state, which it begins with. hidden: the factor of a product in Q0.30.
    cell_power: the cell's scale is 2 to it. cell_range: the cell, once clipped.
    """

    input: Sums
    recurrent: Sums
    hidden: Multiplier
    hidden_zero: int
    cell_power: int
    cell_range: Range
    last: bool = False  # only the last step's output is kept
    streamed: bool = False  # a step at a time is asked for, by what calls it

    RANK: ClassVar[int] = 4

    @property
    def matrices(self) -> tuple[NDArray[np.int8], ...]:
        return self.input.weights, self.recurrent.weights

    @property
    def units(self) -> int:
        return len(self.input.weights) // GATES

    @property
    def steps(self) -> int:
        return self.inputs[0].shape[0]

    @property
    def product_shift(self) -> int:
        """A product in Q0.30 becomes the cell's by dividing by 2 to it, and by 2 once more."""
        return 29 + self.cell_power

    @property
    def tangent(self) -> tuple[int, int]:
        """The cell times the first, divided by 2 to the second and rounded, is what arithmetic.tangent takes."""
        left = 12 + self.cell_power
        return (3 << left, 0) if left >= 0 else (3, -left)

    def _parts(self) -> tuple[tuple[str, Sums], ...]:
        return ("input", self.input), ("recurrent", self.recurrent)

    def arithmetic(self) -> Arithmetic:
        largest = INT16.high**2  # a product of two activations
        for _, part in self._parts():
            bounds = np.abs(part.bias) + np.abs(part.weights.astype(np.int64)).sum(axis=1) * 128
            largest = max(largest, int(bounds.max()))
        return Arithmetic((*self.input.multipliers, *self.recurrent.multipliers, self.hidden), largest)

    def dimensions(self) -> Mapping[str, int]:
        fields = {"units": self.units, "steps": self.steps}
        for (name, part), coded in zip(self._parts(), self.encoded, strict=True):
            step = coded.values.size // len(part.weights) if coded.table_per_row else 0
            fields |= {f"{name}.columns": part.weights.shape[1], f"{name}.table_step": step}
        return fields

    def constants(self, label: str) -> str:
        texts, fields = [], {}
        for (name, part), coded in zip(self._parts(), self.encoded, strict=True):
            text, own = part.fields(name, label, coded)
            texts.append(text)
            fields |= own
        factor, shift = self.tangent
        fields |= {"cell": f"{label}_cell", "hidden": f"{label}_hidden"} | dict(self.dimensions())
        fields |= {"tangent_factor": factor, "tangent_shift": shift, "tangent_round": 1 << shift >> 1}
        fields |= {"hidden_multiplier": self.hidden.value, "hidden_shift": self.hidden.right_shift}
        fields |= {"product_shift": self.product_shift, "hidden_zero": self.hidden_zero}
        fields |= {"low": self.cell_range.low, "high": self.cell_range.high}
        states = f"static int16_t {label}_cell[{self.units}];\nstatic int8_t {label}_hidden[{self.units}];\n"
        return "".join(texts) + states + c_text.struct("Lstm", label, fields)

    def flash_bytes(self) -> int:
        return sum(coded.bytes for coded in self.encoded) + 4 * (len(self.input.bias) + len(self.recurrent.bias))

    def state_bytes(self) -> int:
        return 3 * self.units  # cell and hidden state

    def calls(self, label: str, inputs: Sequence[str], output: str) -> list[str]:
        name = self.kernel.name
        if self.streamed:
            return [c_text.call(name, f"&{label}", *inputs)]
        return [*self.reset_calls(label), c_text.call(f"{name}_sequence", f"&{label}", *inputs, output, int(self.last))]

    def reset_calls(self, label: str) -> list[str]:
        """The statements that begin another sequence."""
        return [c_text.call("lstm_reset", f"&{label}")]

    def distance(self) -> int | None:
        if self.last:
            return 0  # written after all has been read
        return max(0, self.steps * (self.units - self.inputs[0].shape[1]))

    def filled(self) -> int:
        for part, columns in ((self.input, self.inputs[0].shape[1]), (self.recurrent, self.units)):
            if part.weights.shape != (GATES * self.units, columns):
                raise FaultError("its weights are not those its loops read")
            if len(part.bias) != GATES * self.units or len(part.multipliers) != GATES:
                raise FaultError("its biases or multipliers are not one a row or gate")
        return self.units if self.last else self.steps * self.units

    def writes(self) -> Integers:
        return np.full(self.units, self.steps - 1) if self.last else np.repeat(np.arange(self.steps), self.units)

    def last_reads(self, place: int) -> Integers:
        return np.repeat(np.arange(self.steps), self.inputs[place].shape[1])

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - each gate mixes all that it reads
        return None

    def compute(self, *inputs: Values) -> Values:
        (sequence,) = inputs
        cell = np.zeros((len(sequence), self.units), np.int64)
        hidden = np.full(cell.shape, self.hidden_zero, np.int8)
        outputs = []
        for step in range(self.steps):
            cell, hidden = self.stepped(sequence[:, step], cell, hidden)
            outputs.append(hidden)
        return hidden if self.last else np.stack(outputs, axis=1)

    def stepped(self, vector: Values, cell: Integers, hidden: Values) -> tuple[Integers, Values]:
        """Cell and hidden state after one more step; of (n, features), (n, units) and (n, units)."""
        gates = np.clip(self.input.of(vector) + self.recurrent.of(hidden), *INT16)
        added, kept, shown = (arithmetic.sigmoid(gates[..., gate]) for gate in (0, 1, 3))
        new = arithmetic.scale(added * arithmetic.tangent(3 * gates[..., 2]), 1 << 30, self.product_shift)
        kept = arithmetic.scale(kept * cell, 1 << 30, 14)
        cell = np.clip(kept + np.clip(new, *INT16), *self.cell_range)
        factor, shift = self.tangent
        product = arithmetic.tangent((cell * factor + (1 << shift >> 1)) >> shift) * shown
        return cell, clipped(arithmetic.scale(product, *self.hidden) + self.hidden_zero, *INT8)

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        return {
            "most_units": max(step.units for step in steps),
            "sigmoids": c_text.array("uint16_t", "sigmoids", arithmetic.SIGMOIDS),
            "sum_encodings": sorted({coded.name for step in steps for coded in step.encoded}),
            "sequences": {step.kernel.name for step in steps if not step.streamed},
        }


def read(operator: Operator) -> Step:
    operator.count(OPERANDS)
    options, source = operator.options("UnidirectionalSequenceLSTMOptions"), operator.input()
    for what, places in LEFT_OUT.items():
        if any(map(operator.has, places)):
            raise UnsupportedError(f"weights of a {what} are not covered")
    if options.TimeMajor() or options.DiagonalRecurrentTensors():
        raise UnsupportedError("time before the batch, or diagonal recurrent weights, are not covered")
    if options.FusedActivationFunction() != schema.ActivationFunctionType.TANH:
        raise UnsupportedError("an activation other than tanh is not covered")
    if len(source.shape) != 2:
        raise UnsupportedError(f"tensor {source.name!r} has shape {(1, *source.shape)}; (1, steps, features) is covered")
    if not all(map(operator.has, range(INPUT_WEIGHTS, INPUT_WEIGHTS + 2 * GATES))):
        raise UnsupportedError("an input gate coupled with the forget gate is not covered")
    if not all(map(operator.has, range(BIASES, BIASES + GATES))):
        raise UnsupportedError("gates without biases are not covered")
    units = operator.constant(INPUT_WEIGHTS, "int8").shape[0]
    hidden, cell = operator.state(HIDDEN, (1, units)), operator.state(CELL, (1, units))
    output = operator.shaped(operator.output(), (source.shape[0], units))
    if hidden.type != "int8" or cell.type != "int16" or cell.zero_points[0] != 0 or not -128 <= hidden.zero_points[0] <= 127:
        raise UnsupportedError(f"states {hidden.name!r} and {cell.name!r} need int8, and int16 with zero point 0")
    zero = int(hidden.zero_points[0])
    fraction, exponent = math.frexp(float(cell.scales[0]))
    power = exponent - 1
    if fraction != 0.5 or not -28 <= power <= LEFT_MOST - 12:
        raise UnsupportedError(f"tensor {cell.name!r} has scale {cell.scales[0]:g}; a power of 2 up to 4 is covered")
    clip = float(options.CellClip())
    if not 0 <= clip < math.inf:
        raise UnsupportedError(f"a cell clipped to {clip} is not covered")
    most = int(min(clip / float(cell.scales[0]), INT16.high))
    return Lstm(
        operator.layer,
        (source,),
        output,
        input=_sums(operator, INPUT_WEIGHTS, (units, source.shape[1]), source.scale, source.zero_point, biased=True),
        recurrent=_sums(operator, RECURRENT_WEIGHTS, (units, units), float(hidden.scales[0]), zero, biased=False),
        hidden=arithmetic.fitting(arithmetic.multiplier(WHOLE * WHOLE / float(hidden.scales[0])), 2**30),
        hidden_zero=zero,
        cell_power=power,
        cell_range=Range(-most, most) if clip > 0 else INT16,
    )


def _sums(operator: Operator, first: int, shape: tuple[int, int], scale: float, zero: int, *, biased: bool) -> Sums:
    """Of the four matrices from place `first` on, which read a vector of this scale and zero point."""
    stored = [operator.constant(first + gate, "int8") for gate in range(GATES)]
    biases = [_bias(operator, BIASES + gate, shape[0]) if biased else np.zeros(shape[0], np.int64) for gate in range(GATES)]
    factors = []
    for gate, weights in enumerate(stored):
        if weights.shape != shape or len(weights.scales) != 1 or weights.zero_points.tolist() != [0]:
            raise UnsupportedError(f"tensor {weights.name!r} needs shape {shape}, one scale and a zero point of 0")
        product = float(np.float32(scale) * weights.scales[0])  # in float32, as TFLite
        factors.append(arithmetic.multiplier(product / ACTIVATION_INPUT))
        biases[gate] = biases[gate] - zero * weights.values.sum(axis=1, dtype=np.int64)
        check_sums(weights, weights.values, biases[gate], (factors[gate],))
    rows = np.stack([weights.values for weights in stored], axis=1).reshape(-1, shape[1])
    return Sums(rows, np.stack(biases, axis=1).ravel(), tuple(factors))


def _bias(operator: Operator, place: int, units: int) -> Integers:
    stored = operator.constant(place, "int32")
    if stored.shape != (units,):
        raise UnsupportedError(f"tensor {stored.name!r} has shape {stored.shape}; ({units},) is covered")
    return stored.values.astype(np.int64)


OPERATORS = {"UNIDIRECTIONAL_SEQUENCE_LSTM": read}
