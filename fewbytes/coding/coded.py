"""Int8 weights in a file of their own, by an adaptive arithmetic coder: no code tables, structure used.

As DeepCABAC (Wiedemann et al. 2020), made for small networks. Each layer: how far back one with the same kernel stands,
or 0 and its own: shape; the values that occur, for the layer
or a row; which rows have weights at all; for each weight whether it is zero, at odds learned from its two
neighbours in the row and from the rows above; its place among the values; biases; scales, whose mantissas are said once
where they repeat; then the activations' scales and zero points. `packed` does Han's way; both give exactly the weights
back.
"""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.coding.rangecoder import Coder, Decoder, Encoder, choice, integer, natural
from fewbytes.command import InputError, damaged
from fewbytes.model_files.weights import Layer

DTYPES = (np.dtype("<i4"), np.dtype("<i8"))  # of biases
COARSE = 16  # bits of a mantissa that are zero where a scale is a bfloat16
MOST_SHIFT = 62
MOST_LAYERS = 10_000
LOWEST = -128  # the zero point of what is never negative
LARGEST = 1 << 24  # weights in a layer: a damaged file shall not ask for more


class Way(NamedTuple):
    """How a layer is coded: the way that takes the fewest bytes."""

    step: int  # to the neighbours in a row: 1, or the channels that lie between one place and the next
    shared: int  # 1: one table of values for all rows
    neighbours: int  # 1: the odds of a zero are learned by what lies around it, which only sparse layers repay


UNKNOWN = Way(1, 0, 0)


class Activation(NamedTuple):
    """Of a tensor between layers: real value = scale · (int8 - zero_point)."""

    scale: np.float32
    zero_point: int


def pack(layers: Sequence[Layer], activations: Sequence[Activation] = ()) -> bytes:
    """The file. Raises InputError where a layer is not int8."""
    for layer in layers:
        if layer.kernel.dtype != np.int8:
            raise InputError(f"{layer.name} is {layer.kernel.dtype}; only int8 weights can be coded so")
        if layer.bias.dtype not in DTYPES:
            raise InputError(f"{layer.name} has biases of {layer.bias.dtype}; only int32 and int64 can be coded")
    coder = Encoder()
    natural(coder, "layers", len(layers))
    before = 1  # outputs of the layer before: its channels come side by side in a dense layer's row
    for place, layer in enumerate(layers):
        ways = [Way(step, shared, 1) for step in sorted({1, before}) for shared in (1, 0)]
        ways += [Way(1, shared, 0) for shared in (1, 0)]
        _code(coder, layer, min(ways, key=lambda way: _size(layer, way)), layers[:place])
        before = len(layer.kernel)
    _code_activations(coder, activations)
    return coder.finish()


def by_layer(layers: Sequence[Layer]) -> list[int]:
    """How many bytes of the file each layer takes: by how many it grows with it. Raises InputError as `pack` does."""
    sizes = [len(pack(layers[:count])) for count in range(1, len(layers) + 1)]
    return [size - before for size, before in zip(sizes, [0, *sizes], strict=False)]


def unpack(content: bytes, source: str) -> tuple[list[Layer], list[Activation]]:
    """Exactly what was packed, layers without names. Raises InputError where `content` is no such file."""
    coder = Decoder(content)
    try:
        count = natural(coder, "layers", 0)
        if count > MOST_LAYERS:
            raise ValueError(f"{count:,} layers")
        layers: list[Layer] = []
        for place in range(count):
            layers.append(_code(coder, None, UNKNOWN, layers)._replace(name=f"layer_{place + 1}"))
        return layers, _code_activations(coder, ())
    except (ValueError, OverflowError, IndexError) as error:
        raise damaged(source, error) from None


def _size(layer: Layer, way: Way) -> int:
    coder = Encoder()
    _code(coder, layer, way, ())
    return len(coder.finish())


def twin(layer: Layer, before: Sequence[Layer]) -> int:
    """How many layers back there is one with the same kernel, as where weights are tied; 0 where there is none."""
    backwards = enumerate(reversed(before), start=1)
    return next((back for back, other in backwards if np.array_equal(other.kernel, layer.kernel)), 0)


def _code(coder: Coder, layer: Layer | None, way: Way, before: Sequence[Layer]) -> Layer:
    """Write `layer`, or, where there is none, read one: both ways pass the same places in the same order."""
    back = natural(coder, "twin", twin(layer, before) if layer else 0)
    if back > len(before):
        raise ValueError("a layer like one that is not there")
    kernel = before[-back].kernel if back else _code_kernel(coder, layer, way)
    bias = layer.bias if layer else np.zeros(0, DTYPES[0])
    dtype = DTYPES[coder.bit("bias type", DTYPES.index(bias.dtype))]
    biases = _code_biases(coder, bias.tolist())
    scales = _code_scales(coder, layer.scales if layer else np.zeros(0, np.float32))
    return Layer("", kernel, np.array(biases, dtype), scales)


def _code_kernel(coder: Coder, layer: Layer | None, way: Way) -> NDArray[np.int8]:
    head = (layer.kernel.ndim, *layer.kernel.shape) if layer else (0,) * 5
    dimensions = natural(coder, "dimensions", head[0])
    if dimensions not in (2, 4):
        raise ValueError(f"a layer of {dimensions} dimensions")
    shape = tuple(natural(coder, "shape", head[1 + axis]) for axis in range(dimensions))
    if not 0 < np.prod(shape, dtype=object) < LARGEST:
        raise ValueError(f"a layer of shape {shape}")
    kernel = layer.kernel.copy() if layer else np.zeros(shape, np.int8)
    rows = kernel.reshape(shape[0], -1).astype(np.int64)
    step = natural(coder, "step", way.step)
    way = Way(step, coder.bit("shared", way.shared), coder.bit("neighbours", way.neighbours))
    _code_rows(coder, rows, way)
    return rows.astype(np.int8).reshape(shape)


def _sized(coder: Coder, context: str, values: list[int]) -> list[int]:
    """`values`, or as many zeros as are to be read."""
    count = natural(coder, context, len(values))
    if count > LARGEST:
        raise ValueError("more numbers than a layer can have")
    return values or [0] * count


def _code_rows(coder: Coder, rows: NDArray[np.int64], way: Way) -> None:
    book = _code_book(coder, rows) if way.shared else []
    above = [0] * rows.shape[1]  # weights that are not zero in the rows before
    seen = 0  # rows before that had any
    for row in rows:
        if not coder.bit("row", int(row.any())):
            continue
        if not way.shared:
            book = _code_book(coder, row)
        weights = row.tolist()  # whose numbers are quicker than NumPy's, one at a time
        for column, weight in enumerate(weights):
            context: Hashable = "weight"
            if way.neighbours:
                near = sum(weights[column - way.step * back] != 0 for back in (1, 2) if column >= way.step * back)
                context = ("weight", near, _share(above[column], seen))
            if coder.bit(context, int(weight != 0)):
                weights[column] = book[choice(coder, "place", book.index(weight) if weight else 0, len(book))]
                above[column] += 1
        row[:] = weights
        seen += 1


def _share(hits: int, rows: int) -> tuple[int, int]:
    """A class of how many of the rows before have a weight in this column, and of how much that says."""
    if not rows:
        return 0, 0
    return min(rows, 4).bit_length(), min(5, -(-10 * hits // rows)) if hits else 0


def _code_book(coder: Coder, weights: NDArray[np.int64]) -> list[int]:
    """The values that occur, zero left out, in ascending order."""
    values = np.unique(weights[weights != 0]).tolist()
    last = -129
    book: list[int] = []
    for value in _sized(coder, "values", values):
        last += 1 + natural(coder, ("value", bool(book)), value - last - 1 if values else 0)
        book.append(last)
        if last > 127:
            raise ValueError("a value beyond int8")
    return book


def _code_biases(coder: Coder, values: list[int]) -> list[int]:
    """Whole multiples of the power of two that divides them all."""
    together = np.bitwise_or.reduce(values) if values else 0
    shift = natural(coder, "shift", (int(together & -together)).bit_length() - 1 if together else 0)
    if shift > MOST_SHIFT:
        raise ValueError("biases that are multiples of too much")
    return [integer(coder, "bias", value >> shift) << shift for value in _sized(coder, "biases", values)]


def _code_activations(coder: Coder, activations: Sequence[Activation]) -> list[Activation]:
    """Zero points in 8 bits, but for that of what a ReLU gives."""
    values = _sized(coder, "activations", [activation.zero_point for activation in activations])
    zero_points = []
    for value in values:
        other = coder.bit("zero point", int(value != LOWEST))
        places = (coder.bit("zero point's", (value - LOWEST) >> place & 1) << place for place in range(8))
        zero_points.append(LOWEST + (sum(places) if other else 0))
    scales = _code_scales(coder, np.array([activation.scale for activation in activations], np.float32))
    return [Activation(*pair) for pair in zip(scales, zero_points, strict=True)]


def _code_scales(coder: Coder, scales: NDArray[np.float32]) -> NDArray[Any]:
    """Float32 in bits: sign and exponent as a difference, the mantissa where it is not the one before."""
    bits = scales.astype("<f4").view("<u4").tolist()
    exponent, mantissa, coded = 0, 0, []
    for value in _sized(coder, "scales", bits):
        exponent += integer(coder, "exponent", (value >> 23) - exponent if bits else 0)
        if coder.bit("mantissa", int(value & 0x7FFFFF != mantissa)):
            mantissa = 0 if not bits else value & 0x7FFFFF
            fine = coder.bit("fine", int(mantissa & 0xFFFF != 0))
            places = range(0 if fine else COARSE, 23)
            mantissa = sum(coder.bit(("mantissa", place), mantissa >> place & 1) << place for place in places)
        if not 0 <= exponent < 512:
            raise ValueError("a scale that is no float32")
        coded.append(exponent << 23 | mantissa)
    return np.array(coded, "<u4").view("<f4")
