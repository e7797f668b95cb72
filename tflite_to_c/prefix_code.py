"""A Huffman code for int8 values, canonical and of limited length: what frequent weights are written in few bits by."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

LONGEST = 15  # bits of a code: C holds the ends of codes in 16


class Code(NamedTuple):
    """Codes follow from their lengths alone: shorter before longer, then in the order of the values."""

    lengths: dict[int, int]  # by value, in the order of their codes

    @classmethod
    def of(cls, values: Iterable[int]) -> Self:
        """The code that writes `values` in the fewest bits. Raises ValueError where there are none."""
        counts = Counter(values)
        floor = 0
        while max((found := lengths(counts, floor)).values()) > LONGEST:
            floor = 2 * floor + 1  # counting rare values as less rare makes their codes shorter
        return cls(dict(sorted(found.items(), key=lambda each: (each[1], each[0]))))

    @property
    def shortest(self) -> int:
        return min(self.lengths.values())

    @property
    def longest(self) -> int:
        return max(self.lengths.values())

    def ends(self) -> list[int]:
        """By length, from the shortest on: where its codes end, as if each were filled up to the longest's bits."""
        return [end << (self.longest - length) for length, (_, _, end) in self._by_length().items()]

    def offsets(self) -> list[int]:
        """By length, from the shortest on: the place of its first value, less its first code."""
        return [place - first for place, first, _ in self._by_length().values()]

    def encode(self, values: NDArray[np.int8]) -> NDArray[np.uint8] | None:
        """The codes in a row, then zeros, as far as a decoder reads ahead; None where a value has no code."""
        codes = self._codes()
        if not codes.keys() >= set(np.unique(values).tolist()):
            return None
        bits = "".join(codes[value] for value in values.ravel().tolist())
        whole = -(-len(bits) // 8) + -(-self.longest // 8)
        return np.frombuffer(int(bits.ljust(8 * whole, "0"), 2).to_bytes(whole, "big"), np.uint8)

    @property
    def bytes(self) -> int:
        """Of its tables in C."""
        return len(self.lengths) + 4 * (self.longest - self.shortest + 1)

    def _codes(self) -> dict[int, str]:
        found, first = {}, dict.fromkeys(self.lengths.values(), 0)
        by_length = self._by_length()
        for value, length in self.lengths.items():
            found[value] = format(by_length[length][1] + first[length], f"0{length}b")
            first[length] += 1
        return found

    def _by_length(self) -> dict[int, tuple[int, int, int]]:
        """The place of its first value, its first code, and the one after its last; of lengths without codes too."""
        counts = Counter(self.lengths.values())
        found, place, code = {}, 0, 0
        for length in range(self.shortest, self.longest + 1):
            code <<= 1
            found[length] = place, code, code + counts[length]
            place, code = place + counts[length], code + counts[length]
        return found


def lengths(counts: Mapping[int, int], floor: int = 0) -> dict[int, int]:
    """The bits of each value's code (Huffman 1952), no count taken for less than `floor`."""
    trees: list[tuple[int, int, tuple[int, ...]]] = [
        (max(count, floor), value, (value,)) for value, count in sorted(counts.items())
    ]
    found = dict.fromkeys(sorted(counts), int(len(trees) == 1))  # a code of no bits would end nowhere
    heapq.heapify(trees)
    while len(trees) > 1:
        (one, place, left), (other, _, right) = heapq.heappop(trees), heapq.heappop(trees)
        for value in (*left, *right):
            found[value] += 1
        heapq.heappush(trees, (one + other, place, left + right))
    return found
