"""Ways to store a matrix of int8 weights in flash, so that zeros or repeated values cost less than a byte each.

Every way keeps the weights exactly. Rows are stored one after the other, each from a byte of its own on:

- dense: a byte a weight.
- shared4, shared2: each weight a 4- or 2-bit index into a table of values, the first in the low bits.
- sparse: no zeros. A 4-bit gap a weight, the zeros before it, two a byte, the first in the low half; the weights in an
  array of their own. A gap of 15 stands for 15 zeros and no weight.
- pairs, taps, rows: a byte a weight, zeros too, for kernels that compute several outputs at once, for speed. `pairs`:
  four columns at a time, the second and third exchanged, so that an instruction makes two int16 of the first two and
  another of the last two; rows are filled up with zeros to a multiple of four. `taps`: column by column, for depthwise
  layers, whose rows are filled up likewise. `rows`: as dense; the kernel computes four rows at once.
- coded: Huffman codes, one code for all of a network's weights that are stored so; rows follow without a gap.
- sparse4, sparse2: no zeros. A byte a weight, its gap in the high bits and its index into the table in the low 4 or 2;
  the largest gap that fits stands for that many zeros and no weight.

A table serves all rows where their values fit in one, else each row has its own: weights quantized per channel repeat
within a channel only. Where several matrices take turns, a row of each, every matrix may have a table of its own.
Sparse ways count the weights of each row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.prefix_code import Code

Weights = NDArray[np.int8]


class Kind(NamedTuple):
    """index_bits: 8 where weights are stored as they are, without a table."""

    index_bits: int
    sparse: bool


SMALL = {
    "dense": Kind(8, sparse=False),
    "shared4": Kind(4, sparse=False),
    "shared2": Kind(2, sparse=False),
    "sparse": Kind(8, sparse=True),
    "sparse4": Kind(4, sparse=True),
    "sparse2": Kind(2, sparse=True),
    "coded": Kind(8, sparse=False),
}

FAST = dict.fromkeys(("pairs", "taps", "rows"), Kind(8, sparse=False))
KINDS = SMALL | FAST
TOGETHER = 4  # columns of `pairs`, rows of `taps` and `rows`

EMPTY = np.zeros(0, np.int8)
DECODER_BYTES = 120  # of code, about, that `coded` takes in a network beside its kernels
COSTS = {  # instructions to fetch a weight, and to multiply it at each position; counted in the emulator
    "dense": (0.9, 1.6),
    "shared4": (4.3, 2.3),
    "shared2": (4.3, 2.3),
    "sparse": (7.5, 3.2),
    "sparse4": (8.0, 3.2),
    "sparse2": (8.0, 3.2),
    "coded": (23.0, 4.7),
    "pairs": (0.0, 1.1),
    "rows": (0.0, 1.6),
    "taps": (0.0, 3.5),
}
KERNEL_BYTES = 300  # code of one more kernel, about: 200 for a dense layer, 400 and more for a convolution


@dataclass(frozen=True)
class Encoded:
    """One matrix in one encoding: the constants that go to flash."""

    name: str
    codes: NDArray[np.uint8]  # indices, gaps, or both; empty when dense
    values: NDArray[np.int8]  # the weights themselves, or the table
    counts: NDArray[np.int64]  # weights of each row; empty unless sparse
    tables: int = 1  # row r has number r % tables
    code: Code | None = None  # of `coded`

    @property
    def bytes(self) -> int:
        """Without the tables of its code, which others share."""
        return self.codes.size + self.values.size + self.counts.size * (1 if self.counts.max(initial=0) < 256 else 2)


def encode(name: str, matrix: Weights, turns: int = 1, code: Code | None = None) -> Encoded | None:
    """`matrix` (rows, columns) stored as `name`; None when its values are too many for the table, or not in the code.

    turns: of how many matrices it is made, a row of each after the other. code: of `coded`.
    """
    if name == "coded":
        written = None if code is None else code.encode(matrix)
        return None if written is None else Encoded(name, written, EMPTY, np.zeros(0, np.int64), code=code)
    if name in FAST:
        return Encoded(name, np.zeros(0, np.uint8), FAST_ORDER[name](matrix).ravel(), np.zeros(0, np.int64))
    bits, sparse = KINDS[name]
    counts = np.count_nonzero(matrix, axis=1) if sparse else np.zeros(0, np.int64)
    if bits == 8 and not sparse:
        return Encoded(name, np.zeros(0, np.uint8), matrix.ravel(), counts)
    if bits == 8:
        codes = [_pack([gap for gap, _ in _gaps(row, 15)], 4) for row in matrix]
        return Encoded(name, np.concatenate(codes), matrix[matrix != 0], counts)

    tables = _tables(matrix, bits, turns, with_zero=not sparse)
    if tables is None:
        return None
    rows = []
    for place, row in enumerate(matrix):
        table = tables[place % len(tables)].tolist()
        if sparse:
            most = (1 << (8 - bits)) - 1
            rows.append(
                np.array(
                    [gap << bits | (0 if value is None else table.index(value)) for gap, value in _gaps(row, most)],
                    np.uint8,
                )
            )
        else:
            rows.append(_pack([table.index(value) for value in row.tolist()], bits))
    return Encoded(name, np.concatenate(rows), tables.ravel(), counts, len(tables))


def choose(matrices: list[Weights], turns: int = 1, code: Code | None = None) -> list[Encoded]:
    """The encodings that together take the least flash for layers of one kind, a kernel for each encoding included.

    turns, code: as in `encode`.
    """
    options = [{name: coded for name in SMALL if (coded := encode(name, matrix, turns, code))} for matrix in matrices]
    others = [name for name in SMALL if name != "dense"]
    subsets = [{"dense", *few} for count in range(len(others) + 1) for few in combinations(others, count)]
    choices = [
        [
            min((coded for name, coded in each.items() if name in names), key=lambda coded: coded.bytes)
            for each in options
        ]
        for names in subsets
    ]
    return min(
        choices,
        key=lambda chosen: sum(each.bytes for each in chosen) + KERNEL_BYTES * len({each.name for each in chosen}),
    )


def _pairs(matrix: Weights) -> Weights:
    rows, columns = matrix.shape
    padded = np.pad(matrix, [(0, 0), (0, -columns % TOGETHER)])
    return padded.reshape(rows, -1, TOGETHER)[:, :, [0, 2, 1, 3]]


def _taps(matrix: Weights) -> Weights:
    return np.pad(matrix, [(0, -len(matrix) % TOGETHER), (0, 0)]).T


def _rows(matrix: Weights) -> Weights:
    return matrix


FAST_ORDER: dict[str, Callable[[Weights], Weights]] = {"pairs": _pairs, "taps": _taps, "rows": _rows}


def instructions(coded: Encoded, weights: int, positions: int) -> float:
    """That a kernel takes for each use of its weights, about, on a Cortex-M4.

    weights: zeros too. positions: that it computes at once.
    """
    fetching, multiplying = COSTS[coded.name]
    stored = int(coded.counts.sum()) if KINDS[coded.name].sparse else weights
    return stored * (fetching / positions + multiplying)


def _gaps(row: Weights, most: int) -> Iterator[tuple[int, int | None]]:
    """(zeros before it, weight) for each weight that is not zero; (most, None) for `most` zeros alone."""
    last = -1
    for place in np.flatnonzero(row):
        gap = int(place) - last - 1
        for _ in range(gap // most):
            yield most, None
        yield gap % most, int(row[place])
        last = int(place)


def _tables(matrix: Weights, bits: int, turns: int, *, with_zero: bool) -> NDArray[np.int8] | None:
    """One table (1, 2^bits), or one for each turn or row, in ascending order, filled up with zeros."""
    for count in dict.fromkeys((1, turns, len(matrix))):
        rows = [matrix[place::count] for place in range(count)]
        values = [np.unique(row if with_zero else row[row != 0]) for row in rows]
        if max(value.size for value in values) <= 1 << bits:
            return np.array([np.pad(value, (0, (1 << bits) - value.size)) for value in values], np.int8)
    return None


def _pack(numbers: list[int], bits: int) -> NDArray[np.uint8]:
    """Several small numbers a byte, the first in the low bits; the last byte filled up with zeros."""
    each = 8 // bits
    padded = np.zeros(-(-len(numbers) // each) * each, np.uint8)
    padded[: len(numbers)] = numbers
    shifts = np.arange(each, dtype=np.uint8) * bits
    packed: NDArray[np.uint8] = np.bitwise_or.reduce(padded.reshape(-1, each) << shifts, axis=1).astype(np.uint8)
    return packed
