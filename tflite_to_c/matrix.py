"""Layers with weights: each output channel a row of int8 weights, stored in one of several encodings."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import arithmetic, c_text, encodings
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.c_text import Constant
from tflite_to_c.encodings import Encoded
from tflite_to_c.graph import INT8, Arithmetic, FaultError, Graph, Range, Step, Values, clipped
from tflite_to_c.options import BALANCED, SIZE, SPEED, TINY
from tflite_to_c.prefix_code import Code

FACTOR_BYTES = 5  # of a multiplier and a shift
CODING_ROUNDS = 3
CODE_BYTES = 1_000  # of a network, about, beside its kernels
AN_OUTPUT = 20  # instructions, about, that a sum takes
ONE_FACTOR_BYTES = 200  # of code, at most, that lets some layers have one of each for all their rows
PACKING_BYTES = 200  # of code, at most, that reads constants which are packed
MANTISSA = 2**30  # what a multiplier is at least, and less than twice that


class Packing(NamedTuple):
    """Of a layer's constants: a multiplier and its shift in 32 bits, a bias in as many bytes as all of them need.

    least_shift: what the shifts are stored less, in 2 bits; None where a byte of their own holds them.
    """

    bias_bytes: int
    least_shift: int | None


class Kernel(NamedTuple):
    """One C function for layers with weights."""

    kind: str  # dense, depthwise, convolution, or one with pooling
    encoding: str  # where a layer has several matrices, theirs with _ between
    pooling: str | None  # max, average or mean
    template: str

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.encoding}"


@dataclass(frozen=True, eq=False)
class Weighted(Step):
    """A step with weights: one matrix or several, each stored in one of several encodings.

    Its C is two macros in operators/NAME.c: `shared`, for all layers of its kind, and `kernel`.
    """

    FAST: ClassVar[str | None] = None  # the encoding by which its kernel is quickest
    POSITIONS: ClassVar[int] = 1  # that its other kernels compute at once
    GATHERING: ClassVar[float] = 0  # instructions a weight, about, by which they bring together what a row reads
    TURNS: ClassVar[int] = 1  # of how many matrices each is made, a row of each after the other

    @property
    @abstractmethod
    def uses(self) -> int:
        """How often a run multiplies each weight."""

    encoded: tuple[Encoded, ...] = field(default=(), kw_only=True)  # the matrices, once encodings were chosen

    def fast(self) -> str | None:
        """The encoding by which its kernel is quickest; None where it has none."""
        return self.FAST

    @property
    @abstractmethod
    def matrices(self) -> tuple[NDArray[np.int8], ...]:
        """(rows, columns) each."""

    @property
    def pooling(self) -> str | None:
        """The kind of pooling fused after it."""
        return None

    @property
    def kind(self) -> str:
        """Layers of one kind can share a kernel."""
        name = type(self).__name__.lower()
        return f"{self.pooling}_pooled_{name}" if self.pooling else name

    @property
    def kernel(self) -> Kernel:
        assert self.encoded
        return Kernel(self.kind, "_".join(coded.name for coded in self.encoded), self.pooling, self.template())

    @property
    def weight_count(self) -> int:
        return sum(matrix.size for matrix in self.matrices)

    @property
    def encoding(self) -> str:
        """For people: of its weights."""
        return " + ".join(dict.fromkeys(coded.name for coded in self.encoded))


@dataclass(frozen=True, eq=False)
class Matrix(Weighted):
    """Weights (rows, columns) int8, a row an output channel, and what turns its int32 sums into int8.

    bias: int64 (rows,), with the input's zero point folded in, so that a sum is bias + weights · input.
    """

    weights: NDArray[np.int8]
    bias: Integers
    multipliers: tuple[Multiplier, ...]
    range: Range
    factor_step: int | None = field(default=None, kw_only=True)  # 0: one multiplier for all rows; None: nowhere one
    packing: Packing | None = field(default=None, kw_only=True)

    @property
    def matrices(self) -> tuple[NDArray[np.int8], ...]:
        return (self.weights,)

    @property
    def zero_point(self) -> int:
        """Of what it gives before anything fused after it."""
        return self.output.zero_point

    @abstractmethod
    def loops(self) -> dict[str, int]:
        """The fields of its struct that say how its loops go."""

    def workspace_arguments(self, workspace: int) -> tuple[str, ...]:  # noqa: ARG002
        """The C expressions by which its kernel is given what lies there."""
        return ()

    def finish(self) -> tuple[int, ...]:
        """The numbers that turn a sum over a pooling window into its average or mean."""
        return ()

    def arithmetic(self) -> Arithmetic:
        spread = np.abs(self.weights.astype(np.int64)).sum(axis=1) * 128
        largest, magnitude = int((self.bias + spread).max()), int((np.abs(self.bias) + spread).max())
        return Arithmetic(self.multipliers, largest, magnitude=magnitude)

    def dimensions(self) -> Mapping[str, int]:
        coded, rows = self._stored(), len(self.weights)
        table = coded.values.size // rows if coded.tables > 1 else 0
        fields = {"table_step": table, "rows": rows, "columns": self.columns} | self.loops()
        if self.packing:
            fields["bias_bytes"] = self.packing.bias_bytes
        return fields if self.factor_step is None else fields | {"factor_step": self.factor_step}

    @property
    def columns(self) -> int:
        """That its kernel goes through, once encoded."""
        columns = int(self.weights.shape[1])
        together = encodings.TOGETHER if any(coded.name == "pairs" for coded in self.encoded) else 1
        return -(-columns // together) * together

    def constants(self, label: str) -> list[Constant]:
        coded = self._stored()
        arrays: dict[str, tuple[str, Any]] = {
            **self._channels(),
            "values": ("int8_t", coded.values),
            "codes": ("uint8_t", coded.codes),
            "counts": (c_text.COUNT, coded.counts),
        }
        filled = {name: content for name, content in arrays.items() if len(content[1])}
        pointers = {name: f"{label}_{name}" for name in filled}
        ends = {"input_zero": self.inputs[0].zero_point, "output_zero": self.zero_point, **self.range._asdict()}
        if self.packing and self.packing.least_shift is not None:
            ends["least_shift"] = self.packing.least_shift
        stored = [c_text.Array(type_, pointers[name], values) for name, (type_, values) in filled.items()]
        return [*stored, c_text.Struct("Layer", label, pointers | dict(self.dimensions()) | ends)]

    def _channels(self) -> dict[str, tuple[str, Any]]:
        """Arrays of biases and factors."""
        values, shifts = np.array(self._factors, np.int64).T
        if self.packing is None:
            return {"bias": ("int32_t", self.bias), "multiplier": ("int32_t", values), "shift": ("int8_t", shifts)}
        size, least = self.packing
        biases = self.bias.astype(">i4").view(np.int8).reshape(-1, 4)[:, 4 - size :]
        if least is None:
            return {"bias": ("int8_t", biases), "multiplier": ("int32_t", values), "shift": ("int8_t", shifts)}
        return {"bias": ("int8_t", biases), "multiplier": ("uint32_t", values - MANTISSA | shifts - least << 30)}

    @property
    def _factors(self) -> tuple[Multiplier, ...]:
        return self.multipliers[:1] if self.factor_step == 0 else self.multipliers

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:
        arguments = *inputs, output, *self.workspace_arguments(workspace), *self.finish()
        return [c_text.call(self.kernel.name, f"&{label}", *arguments)]

    def check_weights(self, rows: int, columns: int) -> None:
        """Raises FaultError where the weights are not so many rows and columns, with all that goes with each row."""
        if self.weights.shape != (rows, columns):
            raise FaultError("its weights are not those its loops read")
        if not len(self.bias) == len(self.multipliers) == rows:
            raise FaultError("its biases or multipliers are not one a row")

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - each row mixes all that it reads
        return None

    def requantized(self, sums: Integers) -> Values:
        """int8 of sums (…, rows)."""
        value, shift = np.array(self.multipliers, np.int64).T
        return clipped(arithmetic.scale(sums, value, shift) + self.zero_point, *self.range)

    def summed(self, seen: Values) -> Values:
        """int8 (…, rows) of what each row sees (…, columns). Sums are below 2³¹, so that float64 holds them."""
        sums = seen.astype(np.float64) @ self.weights.T.astype(np.float64)
        return self.requantized(sums.astype(np.int64) + self.bias)

    def with_rows(self, rows: Integers) -> Self:
        """Only these rows."""
        multipliers = tuple(self.multipliers[row] for row in rows)
        return replace(self, weights=self.weights[rows], bias=self.bias[rows], multipliers=multipliers)

    def _stored(self) -> Encoded:
        (coded,) = self.encoded
        return coded


def encode(graph: Graph, optimize: str = BALANCED) -> Graph:
    """`graph` with the encodings of weights that are best for one of GOALS."""
    layers = weighted(graph.steps)
    small = optimize in (TINY, SIZE)
    fast = [] if small else [step for step in layers if step.fast() is not None]
    chosen = _smallest([step for step in layers if step not in fast], coding=optimize == TINY)
    options = {step: _options(step) for step in fast}
    chosen |= _quickest(options) if optimize == SPEED else _balanced(options)
    steps = [replace(step, encoded=chosen[step.layer]) if isinstance(step, Weighted) else step for step in graph.steps]
    steps = _with_one_factor(steps)
    return replace(graph, steps=tuple(_packed(steps) if small else steps))


def _instructions(step: Weighted, coded: Encoded) -> float:
    """That it takes, about, on a Cortex-M4."""
    a_use = encodings.instructions(coded, step.weight_count, step.POSITIONS) + len(step.matrices[0]) * AN_OUTPUT
    if coded.name != step.fast():
        a_use += step.weight_count * step.GATHERING
    return step.uses * a_use


class _Cost(NamedTuple):
    """Of one layer's weights in one encoding."""

    bytes: int
    instructions: float
    kernel: tuple[str, str]


def _quickest(options: Mapping[Weighted, Mapping[str, Encoded]]) -> dict[str, tuple[Encoded, ...]]:
    """By layer, the encodings that take the fewest instructions."""
    return {
        step.layer: (min(each.values(), key=lambda coded: (_instructions(step, coded), coded.bytes)),)
        for step, each in options.items()
    }


def _balanced(options: Mapping[Weighted, Mapping[str, Encoded]]) -> dict[str, tuple[Encoded, ...]]:
    """By layer, the encodings whose flash times instructions is least, one layer's changed after the other's."""
    costs = {  # once: a deep network adds them up thousands of times
        step.layer: {
            name: _Cost(coded.bytes, _instructions(step, coded), (step.kind, name)) for name, coded in each.items()
        }
        for step, each in options.items()
    }
    chosen = {layer: coded.name for layer, (coded,) in _quickest(options).items()}

    def product() -> float:
        now = [costs[layer][name] for layer, name in chosen.items()]
        kernels = {cost.kernel for cost in now}
        flash = CODE_BYTES + sum(cost.bytes for cost in now) + encodings.KERNEL_BYTES * len(kernels)
        return flash * sum(cost.instructions for cost in now)

    before: dict[str, str] = {}
    while before != chosen:
        before = dict(chosen)
        for layer, each in costs.items():
            products = {}
            for name in each:
                chosen[layer] = name
                products[name] = product()
            chosen[layer] = min(products, key=products.__getitem__)
    return {step.layer: (each[chosen[step.layer]],) for step, each in options.items()}


def _options(step: Weighted) -> dict[str, Encoded]:
    """Every encoding that can hold its weights, but for the one that all layers share a code for."""
    (matrix,) = step.matrices
    names = [name for name in (step.fast(), *encodings.SMALL) if name]
    return {name: coded for name in names if (coded := encodings.encode(name, matrix)) is not None}


def _smallest(layers: list[Weighted], *, coding: bool) -> dict[str, tuple[Encoded, ...]]:
    """By layer, the encodings that together take the least flash. coding: a code for all of them is one."""
    best = _chosen(layers, None)
    stored = {matrix.tobytes(): matrix for step in layers for matrix in step.matrices}.values() if coding else []
    for _ in range(CODING_ROUNDS):  # a code of those alone that are stored by it is shorter
        if not any(matrix.size for matrix in stored):
            break
        code = Code.of(value for matrix in stored for value in matrix.ravel().tolist())
        chosen = _chosen(layers, code)
        best = min(best, chosen, key=_stored_bytes)
        stored = [
            matrix
            for step in layers
            for matrix, coded in zip(step.matrices, chosen[step.layer], strict=True)
            if coded.code
        ]
    return best


def _chosen(layers: list[Weighted], code: Code | None) -> dict[str, tuple[Encoded, ...]]:
    """By layer, of each kind the encodings that take the least flash together."""
    found: dict[str, tuple[Encoded, ...]] = {}
    for kind in dict.fromkeys(step.kind for step in layers):
        alike = [step for step in layers if step.kind == kind]
        coded = iter(encodings.choose([matrix for step in alike for matrix in step.matrices], alike[0].TURNS, code))
        found |= {step.layer: tuple(next(coded) for _ in step.matrices) for step in alike}
    return found


def _stored_bytes(chosen: Mapping[str, tuple[Encoded, ...]]) -> int:
    """Of weights and what decodes them, the kernels not counted."""
    stored = [coded for each in chosen.values() for coded in each]
    return sum(coded.bytes for coded in stored) + code_bytes(stored)


def code_bytes(stored: Iterable[Encoded]) -> int:
    """Of the code that they share, and of what decodes it; nothing where none is coded."""
    return next((coded.code.bytes + encodings.DECODER_BYTES for coded in stored if coded.code), 0)


def _with_one_factor(steps: list[Step]) -> list[Step]:
    """Layers quantized as a whole store their multiplier once, where that saves more than the code for it takes."""
    alike = [step for step in steps if isinstance(step, Matrix) and len(set(step.multipliers)) == 1]
    if sum(FACTOR_BYTES * (len(step.multipliers) - 1) for step in alike) < ONE_FACTOR_BYTES:
        return steps
    places = {id(step) for step in alike}
    return [
        replace(step, factor_step=int(id(step) not in places)) if isinstance(step, Matrix) else step for step in steps
    ]


def _packed(steps: list[Step]) -> list[Step]:
    """Constants of the layers packed, where that saves more than the code for it takes."""
    found: dict[str, Packing] = {}
    matrices = [step for step in steps if isinstance(step, Matrix)]
    apart = any(
        max(shifts := [factor.right_shift for factor in step.multipliers]) - min(shifts) > 3
        or any(not MANTISSA <= factor.value < 2 * MANTISSA for factor in step.multipliers)
        for step in matrices
    )
    for step in matrices:
        size = next(size for size in range(1, 5) if np.abs(2 * step.bias + 1).max() < 1 << 8 * size)
        found[step.layer] = Packing(size, None if apart else min(factor.right_shift for factor in step.multipliers))
    packed = [replace(step, packing=found[step.layer]) if isinstance(step, Matrix) else step for step in steps]
    saved = sum(step.flash_bytes() for step in steps) - sum(step.flash_bytes() for step in packed)
    return packed if saved > PACKING_BYTES else steps


def weighted(steps: Iterable[Step]) -> list[Weighted]:
    return [step for step in steps if isinstance(step, Weighted)]


def functions(layers: list[Weighted], optimize: str) -> str:
    """The C of all layers with weights in a network: what they share, then a kernel for each kind and encoding."""
    kinds = sorted({type(step) for step in layers}, key=lambda kind: (kind.RANK, kind.__name__))
    context: dict[str, Any] = {}
    for kind in kinds:
        context |= kind.context([step for step in layers if type(step) is kind])
    stored = [coded for step in layers for coded in step.encoded]
    names = {coded.name for coded in stored}
    matrices = [step for step in layers if isinstance(step, Matrix)]
    return c_text.TEMPLATES.get_template("templates/matrix.c").render(
        context,
        KINDS=encodings.KINDS,
        encodings=names,
        dual=not names.isdisjoint(("dense", *encodings.FAST)),
        count_type=c_text.integer([int(count) for coded in stored for count in coded.counts], signed=False),
        matrices=bool(matrices),
        pools=any(step.pooling for step in matrices),
        depthwise=any("depth_multiplier" in step.dimensions() for step in matrices),
        spreads=any("spread_y" in step.dimensions() for step in matrices),
        one_factor=any(step.factor_step is not None for step in matrices),
        code=next((coded.code for coded in stored if coded.code), None),
        tabled=optimize in (BALANCED, SPEED),
        packed=any(step.packing for step in matrices),
        shifts_packed=any(step.packing and step.packing.least_shift is not None for step in matrices),
        requantizes=any(step.pooling or step.encoded[0].name not in encodings.FAST for step in matrices),
        full_range=all(step.range == INT8 for step in matrices),
        templates=[kind.template() for kind in kinds],
        kernels=list(dict.fromkeys(step.kernel for step in layers)),
    )
