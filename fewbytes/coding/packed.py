"""Weights in a file of their own: shared values by Huffman-coded index, zeros by Huffman-coded gap (Han et al. 2015).

Each layer: its shape; a codebook of the values that occur, one for the layer or one a row, whichever takes less; for
each weight that is not zero the zeros before it and its place in the codebook, both Huffman-coded; the biases and,
where weights are int8, their scales, as they are. A gap of the largest number stands for as many zeros and no weight.
"""

import math
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.coding import huffman
from fewbytes.command import InputError, damaged
from fewbytes.metrics import Metrics
from fewbytes.model_files.weights import Layer

MAGIC = b"HANP"
DTYPES = (np.dtype("<f4"), np.dtype("<i1"), np.dtype("<i4"))
LARGEST_GAPS = (7, 15, 31, 63, 127, 255)  # tried in turn: a large alphabet has a large table
MOST_LAYERS = 255
LARGEST = 1 << 24  # weights in a layer: a damaged file shall not ask for more
MOST_BITS = 31  # of a code whose length the table can say


class Stream(NamedTuple):
    """Symbols of one kind in a layer, coded."""

    symbols: int
    table: bytes  # the length of each symbol's code, 5 bits each
    bits: bytes
    entropy_bytes: float


def pack(layers: list[Layer]) -> tuple[bytes, Metrics]:
    """The file, and what its parts take in bytes. Raises InputError where a layer has over 256 values a codebook,
    and for more layers or weights than the file can say.
    """
    largest = max(layer.kernel.size for layer in layers)
    if len(layers) > MOST_LAYERS or largest > LARGEST:
        raise InputError(f"{len(layers)} layers, the largest of {largest:,} weights, are more than a file can say")
    content = MAGIC + struct.pack("<B", len(layers))
    parts = dict.fromkeys(("index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes"), 0)
    saved = 0.0  # by a perfect code instead of Huffman's
    for layer in layers:
        book, ranks = _codebook(layer)
        gaps = min((_gaps(layer, most) for most in LARGEST_GAPS), key=lambda pair: len(pair[1].table + pair[1].bits))
        most, gap_stream = gaps
        index_stream = _stream(ranks, book.shape[1])
        content += _head(layer, book, most, gap_stream, index_stream)
        for data in (book.tobytes(), gap_stream.table, gap_stream.bits, index_stream.table, index_stream.bits):
            content += data
        content += layer.bias.tobytes() + layer.scales.tobytes()
        parts["index_bytes"] += len(index_stream.bits)
        parts["gap_bytes"] += len(gap_stream.bits)
        parts["table_bytes"] += len(gap_stream.table + index_stream.table)
        parts["codebook_bytes"] += book.nbytes
        parts["bias_bytes"] += layer.bias.nbytes
        parts["scale_bytes"] += layer.scales.nbytes
        saved += sum(len(stream.bits) - stream.entropy_bytes for stream in (gap_stream, index_stream))
    return content, {**parts, "entropy_bound_bytes": round(len(content) - saved)}


def unpack(content: bytes, source: str) -> list[Layer]:
    """The layers, exactly as they were packed. Raises InputError where `content` is no such file, or damaged."""
    try:
        return _Unpacker(content).layers()
    except (struct.error, ValueError, IndexError, KeyError, ZeroDivisionError) as error:
        raise damaged(source, error) from None


def same(one: list[Layer], other: list[Layer]) -> bool:
    """Are all kernels, biases and scales the same? Names are not kept."""
    return len(one) == len(other) and all(
        a.dtype == b.dtype and np.array_equal(a, b)
        for layers in zip(one, other, strict=True)
        for a, b in zip(*(layer[1:] for layer in layers), strict=True)
    )


def require_same(unpacked: list[Layer], layers: list[Layer], source: str) -> None:
    """Raises InputError where a round trip has changed the weights of `source`."""
    if not same(unpacked, layers):
        raise InputError(f"{source}: its weights did not survive the round trip")


def _codebook(layer: Layer) -> tuple[NDArray[Any], huffman.Symbols]:
    """The values that occur, (1, n) or (rows, n), and each weight's place in its own; zeros are not among them."""
    rows = layer.kernel.reshape(len(layer.kernel), -1)
    best = None
    for parts in ([rows], list(rows)):
        books = [np.unique(part[part != 0]) for part in parts]
        size = max(1, *(book.size for book in books))
        if size > 256:
            continue
        ranks = np.concatenate(
            [np.searchsorted(book, part[part != 0]) for book, part in zip(books, parts, strict=True)]
        )
        book = np.array([np.pad(book, (0, size - book.size)) for book in books], layer.kernel.dtype)
        stream = _stream(ranks, size)
        total = book.nbytes + len(stream.table) + len(stream.bits)
        if best is None or total < best[0]:
            best = total, book, ranks
    if best is None:
        raise InputError(f"{layer.name} has over 256 values: cluster it first, `python -m stages.cluster`")
    return best[1], best[2]


def _gaps(layer: Layer, most: int) -> tuple[int, Stream]:
    zeros = np.diff(np.flatnonzero(layer.kernel.ravel()), prepend=-1) - 1
    filled = [symbol for gap in zeros.tolist() for symbol in (*[most] * (gap // most), gap % most)]
    return most, _stream(np.array(filled, np.int64), most + 1)


def _stream(symbols: huffman.Symbols, alphabet: int) -> Stream:
    lengths = huffman.lengths(symbols, alphabet)
    if lengths.max(initial=0) > MOST_BITS:
        raise InputError(f"a code of {lengths.max()} bits is too long for the file")
    bits = "".join(format(length, "05b") for length in lengths.tolist())
    table = int(bits.ljust(_bytes_of(alphabet) * 8, "0"), 2).to_bytes(_bytes_of(alphabet), "big")
    return Stream(len(symbols), table, huffman.encode(symbols, lengths), huffman.entropy_bytes(symbols))


def _bytes_of(alphabet: int) -> int:
    return -(-5 * alphabet // 8)


def _head(layer: Layer, book: NDArray[Any], most: int, gaps: Stream, indices: Stream) -> bytes:
    """Types, shape, and how much of each part follows."""
    shape = layer.kernel.shape
    types = (DTYPES.index(layer.kernel.dtype), DTYPES.index(layer.bias.dtype), len(shape))
    sizes = (layer.bias.size, layer.scales.size, len(book), book.shape[1], most)
    streams = (gaps.symbols, len(gaps.bits), indices.symbols, len(indices.bits))
    try:
        return struct.pack(f"<3B{len(shape)}H4HB4I", *types, *shape, *sizes, *streams)
    except struct.error:
        raise InputError(f"{layer.name} of shape {shape} is too large for the file") from None


class _Unpacker:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def layers(self) -> list[Layer]:
        if self._take(4) != MAGIC:
            raise ValueError("it does not begin as such a file")
        layers = [self._layer(number) for number in range(self._numbers("<B")[0])]
        if self._place != len(self._content):
            raise ValueError("more follows its last layer")
        return layers

    def _layer(self, number: int) -> Layer:
        kernel_type, bias_type, dimensions = self._numbers("<3B")
        shape = self._numbers(f"<{dimensions}H")
        biases, scales, books, values, most = self._numbers("<4HB")
        gap_count, gap_bytes, weights, index_bytes = self._numbers("<4I")
        if math.prod(shape) > LARGEST:
            raise ValueError(f"a layer of shape {shape}")
        kernel = np.zeros(shape, DTYPES[kernel_type])
        flat = kernel.reshape(-1)
        book = self._array(kernel.dtype, books * values).reshape(books, values)
        gaps = self._symbols(most + 1, gap_count, gap_bytes)
        ranks = self._symbols(values, weights, index_bytes)
        places = (np.cumsum(gaps + (gaps < most)) - 1)[gaps < most]
        if len(places) != weights or (weights and places[-1] >= flat.size):
            raise ValueError("gaps and weights that do not fit the layer")
        flat[places] = book[places // (flat.size // books), ranks]
        bias = self._array(DTYPES[bias_type], biases)
        return Layer(f"layer_{number + 1}", kernel, bias, self._array(np.dtype("<f4"), scales))

    def _symbols(self, alphabet: int, count: int, size: int) -> huffman.Symbols:
        bits = "".join(format(byte, "08b") for byte in self._take(_bytes_of(alphabet)))
        lengths = np.array([int(bits[5 * symbol : 5 * symbol + 5], 2) for symbol in range(alphabet)])
        return huffman.decode(self._take(size), lengths, count)

    def _array(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        return np.frombuffer(self._take(dtype.itemsize * count), dtype)

    def _numbers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self._take(struct.calcsize(layout)))

    def _take(self, size: int) -> bytes:
        taken = self._content[self._place : self._place + size]
        if len(taken) < size:
            raise ValueError("it is cut short")
        self._place += size
        return taken
