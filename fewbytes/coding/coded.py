"""Int8 weights in a file of their own, by an adaptive arithmetic coder: no code tables, structure used.

As DeepCABAC (Wiedemann et al. 2020), made for small networks. Each layer: how far back one with the same kernel stands,
or 0 and its own: shape; the values that occur, for the layer or a row; which rows have weights at all; for each weight
whether it is zero, then its place among the values; biases; scales, whose mantissas are said once where they repeat.
Then the activations' scales and zero points. Odds are learned, for weights by what stands around them where that pays,
and what the layers before make likely takes less. `packed` does Han's way; both give exactly the weights back.
"""

import copy
import dataclasses
import math
from collections.abc import Hashable, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.coding.rangecoder import Coder, Decoder, Encoder, choice, integer, natural
from fewbytes.command import InputError, damaged
from fewbytes.model_files.weights import Layer

DTYPES = (np.dtype("<i4"), np.dtype("<i8"))  # of biases
MANTISSA = 23  # bits of a float32's
MOST_SHIFT = 62
MOST_LAYERS = 10_000
LOWEST = -128  # the zero point of what is never negative
LARGEST = 1 << 24  # weights, of all layers: a damaged file shall not ask for more


class Way(NamedTuple):
    """How a layer is coded: the way that takes the fewest bytes."""

    step: int  # channels that a dense layer's inputs have: 1, or as many as the layer before has outputs
    shared: int  # 1: one table of values for all rows
    odds: int  # by what they are learned: one of those below


EVERYWHERE = 0  # the same for all weights
ZEROS = 1  # of a zero by those around it and in the rows above
VALUES = 2  # of a zero and of the others by the sum of the weights to the left and above in the channel
BOTH = 3  # of a zero as in ZEROS, of the others as in VALUES
TRIED = [EVERYWHERE, ZEROS, VALUES, BOTH]
UNKNOWN = Way(1, 0, EVERYWHERE)


@dataclasses.dataclass
class Past:
    """What was said last, of layers before: what follows is often like it."""

    kernels: tuple[NDArray[np.int8], ...] = ()
    book: tuple[int, ...] = ()  # the values that occurred
    exponent: int = 124  # of a scale, 1/8

    @property
    def weights(self) -> int:
        return sum(kernel.size for kernel in self.kernels)

    @property
    def rows(self) -> int:
        """Outputs of the layer before, the channels of the next; they come side by side in a dense layer's row."""
        return len(self.kernels[-1]) if self.kernels else 1


class Activation(NamedTuple):
    """Of a tensor between layers: real value = scale · (int8 - zero_point)."""

    scale: np.float32
    zero_point: int


class Coded(NamedTuple):
    """by_layer: bytes that the file grows by with each."""

    content: bytes
    by_layer: list[int]


def pack(layers: Sequence[Layer], activations: Sequence[Activation] = ()) -> bytes:
    """The file. Raises InputError where a layer is not int8, or weights are too many."""
    return encode(layers, activations).content


def encode(layers: Sequence[Layer], activations: Sequence[Activation] = ()) -> Coded:
    """The file, and what of it each layer takes. Raises InputError as `pack` does."""
    for layer in layers:
        if layer.kernel.dtype != np.int8:
            raise InputError(f"{layer.name} is {layer.kernel.dtype}; only int8 weights can be coded so")
        if layer.bias.dtype not in DTYPES:
            raise InputError(f"{layer.name} has biases of {layer.bias.dtype}; only int32 and int64 can be coded")
    if (weights := sum(layer.kernel.size for layer in layers)) >= LARGEST:
        raise InputError(f"{weights:,} weights are more than such a file may have")
    # What is best for a layer is not for those after it, whose odds it teaches: small networks gain by one way for all.
    tried = [_encode(layers, activations, odds) for odds in (TRIED, [EVERYWHERE], [VALUES])]
    return min(tried, key=lambda made: len(made.content))


def _encode(layers: Sequence[Layer], activations: Sequence[Activation], odds: list[int]) -> Coded:
    coder, past = Encoder(), Past()
    ends = [0]
    natural(coder, "layers", len(layers))
    for layer in layers:
        bits = {way: _bits(layer, way, coder, past) for way in _ways(layer, odds, past)}
        _code(coder, layer, min(bits, key=bits.__getitem__), past)
        ends.append(math.ceil(coder.bits / 8))
    _code_activations(coder, activations, past)
    content = coder.finish()
    if not activations:
        ends[-1] = len(content)
    return Coded(content, [end - start for start, end in pairwise(ends)])


def _ways(layer: Layer, odds: list[int], past: Past) -> list[Way]:
    """Channels matter to a dense layer alone, and there to what looks around."""
    steps = sorted({1, past.rows}) if layer.kernel.ndim == 2 else [1]
    ways = [Way(*way) for way in product(steps, (1, 0), odds)]
    return [way for way in ways if way.step == 1 or way.odds != EVERYWHERE]


def unpack(content: bytes, source: str) -> tuple[list[Layer], list[Activation]]:
    """Exactly what was packed, layers without names. Raises InputError where `content` is no such file."""
    coder = Decoder(content)
    try:
        count = natural(coder, "layers", 0)
        if count > MOST_LAYERS:
            raise ValueError(f"{count:,} layers")
        past = Past()
        layers = [_code(coder, None, UNKNOWN, past)._replace(name=f"layer_{place + 1}") for place in range(count)]
        return layers, _code_activations(coder, (), past)
    except (ValueError, OverflowError, IndexError) as error:
        raise damaged(source, error) from None


def _bits(layer: Layer, way: Way, coder: Encoder, past: Past) -> float:
    tried = copy.deepcopy(coder)
    _code(tried, layer, way, dataclasses.replace(past))
    return tried.bits


def twin(kernel: NDArray[np.int8], before: Sequence[NDArray[np.int8]]) -> int:
    """How many kernels back the same one stands, as where weights are tied; 0 where there is none."""
    backwards = enumerate(reversed(before), start=1)
    return next((back for back, other in backwards if np.array_equal(other, kernel)), 0)


def _code(coder: Coder, layer: Layer | None, way: Way, past: Past) -> Layer:
    """Write `layer`, or, where there is none, read one: both ways pass the same places in the same order."""
    back = natural(coder, "twin", twin(layer.kernel, past.kernels) if layer else 0)
    if back > len(past.kernels):
        raise ValueError("a layer like one that is not there")
    kernel = past.kernels[-back].copy() if back else _code_kernel(coder, layer, way, past)
    past.kernels = (*past.kernels, kernel)
    if past.weights > LARGEST:
        raise ValueError("more weights than a file may have")
    bias = layer.bias if layer else np.zeros(0, DTYPES[0])
    dtype = DTYPES[coder.bit("bias type", DTYPES.index(bias.dtype))]
    biases = _code_biases(coder, bias.tolist(), past)
    scales = _code_scales(coder, layer.scales if layer else np.zeros(0, np.float32), past)
    return Layer("", kernel, np.array(biases, dtype), scales)


def _code_kernel(coder: Coder, layer: Layer | None, way: Way, past: Past) -> NDArray[np.int8]:
    head = layer.kernel.shape if layer else (0,) * 4
    dimensions = natural(coder, "dimensions", len(head))
    if dimensions not in (2, 4):
        raise ValueError(f"a layer of {dimensions} dimensions")
    outer = (natural(coder, ("shape", axis), head[axis]) for axis in range(dimensions - 1))
    shape = (*outer, past.rows + integer(coder, "channels", head[dimensions - 1] - past.rows))
    if min(shape) < 1 or np.prod(shape, dtype=object) >= LARGEST:
        raise ValueError(f"a layer of shape {shape}")
    kernel = layer.kernel.copy() if layer else np.zeros(shape, np.int8)
    rows = kernel.reshape(shape[0], -1).astype(np.int64)
    step = natural(coder, "step", way.step)
    if step not in {1, past.rows}:
        raise ValueError(f"inputs of {step} channels behind a layer of {past.rows} outputs")
    way = Way(step, coder.bit("shared", way.shared), choice(coder, "odds", way.odds, 4))
    _code_rows(coder, rows, shape, way, past)
    return rows.astype(np.int8).reshape(shape)


def _sized(coder: Coder, context: str, values: list[int], likely: int) -> list[int]:
    """`values`, or as many zeros as are to be read. likely: how many there are, mostly."""
    count = likely + integer(coder, context, len(values) - likely)
    if not 0 <= count <= LARGEST:
        raise ValueError("more numbers than a layer can have, or fewer than none")
    return values or [0] * count


def _code_rows(coder: Coder, rows: NDArray[np.int64], shape: tuple[int, ...], way: Way, past: Past) -> None:
    book = _code_book(coder, rows, past) if way.shared else ()
    around = _Around(shape, way.step)
    above = [0] * rows.shape[1]  # weights that are not zero in the rows before
    seen = 0  # rows before that had any
    for row in rows:
        if not coder.bit("row", int(row.any())):
            continue
        if not way.shared:
            book = _code_book(coder, row, past)
        most = max(map(abs, book), default=1)
        weights = row.tolist()  # whose numbers are quicker than NumPy's, one at a time
        for column, weight in enumerate(weights):
            zero: Hashable = "weight"
            place: Hashable = "place"
            if way.odds in {VALUES, BOTH}:
                total = around.total(weights, column, most)
                zero, place = ("weight", "around", total), ("place", total)
            if way.odds in {ZEROS, BOTH}:
                zero = ("weight", around.others(weights, column), _share(above[column], seen))
            if coder.bit(zero, int(weight != 0)):
                weights[column] = book[choice(coder, place, book.index(weight) if weight else 0, len(book))]
                above[column] += 1
        row[:] = weights
        seen += 1


class _Around:
    """Weights of a row that came before, beside one in its channel's plane: of a kernel, or of what a dense layer sees.

    shape: (rows, height, width, channels), or (rows, columns): then a square of `step` channels, else a line.
    """

    def __init__(self, shape: tuple[int, ...], step: int) -> None:
        if len(shape) == 4:
            *_, self._width, self._channels = shape
        else:
            places = shape[1] // step
            side = math.isqrt(places)
            self._channels, self._width = step, side if side * side * step == shape[1] else places + 1
        self._line = self._width * self._channels
        self._sides = range(-1, 2) if self._line < shape[1] or len(shape) == 4 else range(0)

    def others(self, weights: list[int], column: int) -> int:
        """How many are not zero: of the one to the left and three above, or of two to the left in a line."""
        x = column // self._channels % self._width
        found = int(x > 0 and weights[column - self._channels] != 0)
        if not self._sides:
            return found + int(x > 1 and weights[column - 2 * self._channels] != 0)
        if column >= self._line:
            up = column - self._line
            found += sum(
                0 <= x + side < self._width and weights[up + side * self._channels] != 0 for side in self._sides
            )
        return found

    def total(self, weights: list[int], column: int, most: int) -> int:
        """A class of the sum of the one to the left and the one above. most: the largest weight."""
        left = weights[column - self._channels] if column // self._channels % self._width else 0
        above = weights[column - self._line] if column >= self._line else 0
        part = (most + 1) // 4 or 1
        total = left + above
        return (total >= part) + (total >= 3 * part) - (total <= -part) - (total <= -3 * part)


def _share(hits: int, rows: int) -> tuple[int, int]:
    """A class of how many of the rows before have a weight in this column, and of how much that says."""
    if not rows:
        return 0, 0
    return min(rows, 4).bit_length(), min(5, -(-10 * hits // rows)) if hits else 0


def _code_book(coder: Coder, weights: NDArray[np.int64], past: Past) -> tuple[int, ...]:
    """The values that occur, zero left out, in ascending order."""
    values = np.unique(weights[weights != 0]).tolist()
    if coder.bit("values as before", int(tuple(values) == past.book)):
        return past.book
    last = -129
    book: list[int] = []
    for value in _sized(coder, "values", values, 0):
        last += 1 + natural(coder, ("value", bool(book)), value - last - 1 if values else 0)
        book.append(last)
        if last > 127:
            raise ValueError("a value beyond int8")
    past.book = tuple(book)
    return past.book


def _code_biases(coder: Coder, values: list[int], past: Past) -> list[int]:
    """Whole multiples of the power of two that divides them all; one a row of the kernel, mostly."""
    together = np.bitwise_or.reduce(values) if values else 0
    shift = natural(coder, "shift", (int(together & -together)).bit_length() - 1 if together else 0)
    if shift > MOST_SHIFT:
        raise ValueError("biases that are multiples of too much")
    return [integer(coder, "bias", value >> shift) << shift for value in _sized(coder, "biases", values, past.rows)]


def _code_activations(coder: Coder, activations: Sequence[Activation], past: Past) -> list[Activation]:
    """Zero points in 8 bits, but for that of what a ReLU gives."""
    zeros = [activation.zero_point for activation in activations]
    values = _sized(coder, "activations", zeros, len(past.kernels) + 1)
    zero_points = []
    for value in values:
        other = coder.bit("zero point", int(value != LOWEST))
        places = (coder.bit("zero point's", (value - LOWEST) >> place & 1) << place for place in range(8))
        zero_points.append(LOWEST + (sum(places) if other else 0))
    scales = _code_scales(coder, np.array([activation.scale for activation in activations], np.float32), past)
    return [Activation(*pair) for pair in zip(scales, zero_points, strict=True)]


def _code_scales(coder: Coder, scales: NDArray[np.float32], past: Past) -> NDArray[Any]:
    """Float32: sign and exponent as a difference; the mantissa, to its last 1, where it is not the one before."""
    bits = scales.astype("<f4").view("<u4").tolist()
    mantissa, coded = 0, []
    for value in _sized(coder, "scales", bits, 1):
        past.exponent += integer(coder, "exponent", (value >> MANTISSA) - past.exponent if bits else 0)
        if not 0 <= past.exponent < 512:
            raise ValueError("a scale that is no float32")
        if coder.bit("mantissa", int(value % (1 << MANTISSA) != mantissa)):
            mantissa = _code_mantissa(coder, value % (1 << MANTISSA))
        coded.append(past.exponent << MANTISSA | mantissa)
    return np.array(coded, "<u4").view("<f4")


def _code_mantissa(coder: Coder, mantissa: int) -> int:
    zeros = (mantissa & -mantissa).bit_length() - 1 if mantissa else MANTISSA
    digits = choice(coder, "digits", MANTISSA - zeros, MANTISSA + 1)
    if not digits:
        return 0
    last = MANTISSA - digits
    return 1 << last | sum(coder.bit("digit", mantissa >> place & 1) << place for place in range(last + 1, MANTISSA))
