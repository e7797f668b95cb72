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
from tflite_to_c.c_text import Constant
from tflite_to_c.encodings import Encoded
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, FaultError, Range, Step, Values, clipped
from tflite_to_c.matrix import Weighted
from tflite_to_c.reading import Operator, check_sums

GATES = 4  # input, forget, cell, output
INT16 = Range(-(2**15), 2**15 - 1)
ACTIVATION_INPUT = 2.0**-12  # scale of what a gate's activation takes
WHOLE = 2.0**-15  # scale of what an activation gives
LARGEST = INT16.high**2  # product of two activations
# The places of TFLite's operands.
INPUT_WEIGHTS, RECURRENT_WEIGHTS, BIASES, HIDDEN, CELL, OPERANDS = 1, 5, 12, 18, 19, 24
LEFT_OUT = {"peephole": range(9, 12), "projection": range(16, 18), "layer normalization": range(20, 24)}
POWERS = range(-28, 3)  # of 2, that the cell's scale may be: what is shifted stays within 32 bits


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

    def arithmetic(self) -> Arithmetic:
        bounds = np.abs(self.bias) + np.abs(self.weights.astype(np.int64)).sum(axis=1) * 128
        return Arithmetic(self.multipliers, int(bounds.max()))

    @property
    def short(self) -> bool:
        """Does int16 hold the biases?"""
        return bool((np.abs(self.bias) < 2**15).all())

    def arrays(self, coded: Encoded) -> dict[str, tuple[str, Any]]:
        """Their types and values in C, by the fields that point to them."""
        arrays: dict[str, tuple[str, Any]] = {
            "short_bias" if self.short else "bias": ("int16_t" if self.short else "int32_t", self.bias),
            "values": ("int8_t", coded.values),
            "codes": ("uint8_t", coded.codes),
            "counts": (c_text.COUNT, coded.counts),
        }
        return {field: content for field, content in arrays.items() if len(content[1])}


@dataclass(frozen=True, eq=False)
class Lstm(Weighted):
    """It goes through a sequence (steps, features) and gives (steps, units), or what the last step gives, (units,).

    hidden: the factor of a product in Q0.30. hidden_zero: the zero point of the hidden state, which it begins with.
    cell_power: the cell's scale is 2 to it. cell_range: the cell, once clipped.
    """

    input: Sums
    recurrent: Sums
    hidden: Multiplier
    hidden_zero: int
    cell_power: int
    cell_range: Range
    last: bool = False  # only the last step's output is kept
    streamed: bool = False  # what calls it does so for each step

    RANK: ClassVar[int] = 4
    TURNS: ClassVar[int] = GATES
    SHARED_BYTES: ClassVar[int] = 2 * arithmetic.SIGMOIDS.size

    @property
    def matrices(self) -> tuple[NDArray[np.int8], ...]:
        return self.input.weights, self.recurrent.weights

    @property
    def units(self) -> int:
        return len(self.input.weights) // GATES

    @property
    def uses(self) -> int:
        return self.steps

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

    def _parts(self) -> dict[str, Sums]:
        return {"input": self.input, "recurrent": self.recurrent}

    def arithmetic(self) -> Arithmetic:
        # Where its factors are moderate it has a shorter `scale` of its own.
        return Arithmetic() if self.moderate else self._arithmetic()

    def _arithmetic(self) -> Arithmetic:
        own = Arithmetic((self.hidden,), LARGEST)
        return own.beside(self.input.arithmetic()).beside(self.recurrent.arithmetic())

    @property
    def moderate(self) -> bool:
        """Are all its factors below 1, and its sums small?"""
        return self._arithmetic().moderate

    def dimensions(self) -> Mapping[str, int]:
        fields = {"units": self.units, "steps": self.steps}
        for (name, part), coded in zip(self._parts().items(), self.encoded, strict=True):
            fields |= {f"{name}.columns": part.weights.shape[1]}
            if coded.tables > 1:
                fields |= {f"{name}.table_step": coded.values.size // coded.tables}
                fields |= {f"{name}.table_mask": GATES - 1 if coded.tables == GATES else -1}
        return fields

    def constants(self, label: str) -> list[Constant]:
        arrays: list[Constant] = []
        fields: dict[str, Any] = dict(self.dimensions())
        for (name, part), coded in zip(self._parts().items(), self.encoded, strict=True):
            for field, (type_, values) in part.arrays(coded).items():
                fields[f"{name}.{field}"] = f"{label}_{name}_{field}"
                arrays.append(c_text.Array(type_, f"{label}_{name}_{field}", values))
            for gate, factor in enumerate(part.multipliers):
                fields |= {f"{name}.multiplier[{gate}]": factor.value, f"{name}.shift[{gate}]": factor.right_shift}
        times, shift = self.tangent
        fields |= {"tangent_factor": times, "tangent_shift": shift, "tangent_round": 1 << shift >> 1}
        fields |= {"hidden_multiplier": self.hidden.value, "hidden_shift": self.hidden.right_shift}
        fields |= {"product_shift": self.product_shift, "hidden_zero": self.hidden_zero}
        fields |= {"low": self.cell_range.low, "high": self.cell_range.high}
        fields |= {"cell": f"{label}_cell", "hidden": f"{label}_hidden"}
        state = f"static int16_t {label}_cell[{self.units}];\nstatic int8_t {label}_hidden[{self.units}];\n"
        return [*arrays, state, c_text.Struct("Lstm", label, fields)]

    def state_bytes(self) -> int:
        return 3 * self.units  # cell and hidden state

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        name = self.kernel.name
        if self.streamed:
            return [c_text.call(name, f"&{label}", *inputs)]
        sequence = c_text.call(f"{name}_sequence", f"&{label}", *inputs, output, int(self.last))
        return [*self.reset_calls(label), sequence]

    def reset_calls(self, label: str) -> list[str]:
        """The statements that begin another sequence."""
        return [c_text.call("forget_lstm", f"&{label}")]

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
        cell = arithmetic.scale(kept * cell, 1 << 30, 14) + np.clip(new, *INT16)
        cell = np.clip(cell, *self.cell_range)
        factor, shift = self.tangent
        product = arithmetic.tangent((cell * factor + (1 << shift >> 1)) >> shift) * shown
        return cell, clipped(arithmetic.scale(product, *self.hidden) + self.hidden_zero, *INT8)

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        return {
            "most_units": max(step.units for step in steps),
            "sigmoids": str(c_text.Array("uint16_t", "sigmoids", arithmetic.SIGMOIDS)),
            "sum_encodings": sorted({coded.name for step in steps for coded in step.encoded}),
            "sequences": {step.kernel.name for step in steps if not step.streamed},
            "moderate": all(step.moderate for step in steps),
        }


def read(operator: Operator) -> Step:
    operator.count(OPERANDS)
    options, source = operator.options("UnidirectionalSequenceLSTMOptions"), operator.input()
    _check_kind(operator, options)
    if len(source.shape) != 2:
        raise UnsupportedError(f"tensor {source.name!r} has shape {source.shape}; (steps, features) is covered")
    steps, features = source.shape
    units = operator.constant(INPUT_WEIGHTS, "int8").shape[0]
    hidden = operator.state(HIDDEN, "int8", (1, units))
    cell = operator.state(CELL, "int16", (1, units))
    hidden_scale, hidden_zero = float(hidden.scales[0]), int(hidden.zero_points[0])
    cell_scale = float(cell.scales[0])
    fraction, exponent = math.frexp(cell_scale)
    if fraction != 0.5 or exponent - 1 not in POWERS or cell.zero_points[0] != 0:
        raise UnsupportedError(
            f"tensor {cell.name!r} needs a power of 2 up to {2 ** POWERS[-1]} as scale, zero point 0"
        )
    if not -128 <= hidden_zero <= 127:
        raise UnsupportedError(f"tensor {hidden.name!r} has zero point {hidden_zero}")
    clip = float(options.CellClip())
    if not 0 <= clip < math.inf:
        raise UnsupportedError(f"a cell clipped to {clip} is not covered")
    most = int(min(clip / cell_scale, INT16.high))
    return Lstm(
        operator.layer,
        (source,),
        operator.shaped(operator.output(), (steps, units)),
        input=_sums(operator, INPUT_WEIGHTS, (units, features), source.scale, source.zero_point),
        recurrent=_sums(operator, RECURRENT_WEIGHTS, (units, units), hidden_scale, hidden_zero),
        hidden=arithmetic.fitting(arithmetic.multiplier(WHOLE * WHOLE / hidden_scale), LARGEST),
        hidden_zero=hidden_zero,
        cell_power=exponent - 1,
        cell_range=Range(-most, most) if clip > 0 else INT16,
    )


def _check_kind(operator: Operator, options: Any) -> None:
    """Raises UnsupportedError for another kind of cell, or another order of a sequence."""
    for what, places in LEFT_OUT.items():
        if any(map(operator.has, places)):
            raise UnsupportedError(f"weights of a {what} are not covered")
    needed = (*range(INPUT_WEIGHTS, RECURRENT_WEIGHTS + GATES), *range(BIASES, BIASES + GATES), HIDDEN, CELL)
    if not all(map(operator.has, needed)):
        raise UnsupportedError("an input gate coupled to the forget gate, or one without biases, is not covered")
    if options.TimeMajor() or options.DiagonalRecurrentTensors():
        raise UnsupportedError("steps before the batch, or diagonal recurrent weights, are not covered")
    if options.FusedActivationFunction() != schema.ActivationFunctionType.TANH:
        raise UnsupportedError("an activation other than tanh is not covered")


def _sums(operator: Operator, first: int, shape: tuple[int, int], scale: float, zero_point: int) -> Sums:
    """Of the four matrices from place `first` on, which read a vector of this scale and zero point."""
    matrices, biases, factors = [], [], []
    for gate in range(GATES):
        weights = operator.constant(first + gate, "int8")
        if weights.shape != shape or len(weights.scales) != 1 or weights.zero_points.tolist() != [0]:
            raise UnsupportedError(f"tensor {weights.name!r} needs shape {shape}, one scale and a zero point of 0")
        bias = -zero_point * weights.values.sum(axis=1, dtype=np.int64)
        if first == INPUT_WEIGHTS:
            bias += operator.biases(BIASES + gate, shape[0])
        factors.append(arithmetic.multiplier(scale * float(weights.scales[0]) / ACTIVATION_INPUT))
        check_sums(weights, weights.values, bias, (factors[gate],))
        matrices.append(weights.values)
        biases.append(bias)
    rows = np.stack(matrices, axis=1).reshape(-1, shape[1])
    return Sums(rows, np.stack(biases, axis=1).ravel(), tuple(factors))


OPERATORS = {"UNIDIRECTIONAL_SEQUENCE_LSTM": read}
