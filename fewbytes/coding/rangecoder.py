"""An adaptive binary arithmetic coder: it learns each context's odds while coding, so it stores no table.

After Witten, Neal and Cleary 1987 (the coder) and Krichevsky and Trofimov 1981 (the estimate of the odds).
`Encoder` and `Decoder` have one interface, so that what is coded, and in which order, is written once for both:
`bit(context, value)` writes `value` and returns it, or ignores `value` and returns what it read.
"""

import math
from collections import defaultdict
from collections.abc import Hashable
from typing import Protocol

TOP = 1 << 32  # the interval's width at the start; it is kept above TOP / 256
ODDS_BITS = 16


class Coder(Protocol):
    def bit(self, context: Hashable, value: int) -> int: ...


class _Odds:
    """How often each context saw 0 and 1."""

    def __init__(self) -> None:
        self._seen: defaultdict[Hashable, list[int]] = defaultdict(lambda: [0, 0])

    def zero(self, context: Hashable, width: int) -> int:
        """The part of an interval of `width` that stands for 0."""
        zeros, ones = self._seen[context]
        odds = ((2 * zeros + 1) << ODDS_BITS) // (2 * (zeros + ones) + 2)
        return (width >> ODDS_BITS) * min(max(odds, 1), (1 << ODDS_BITS) - 1)

    def count(self, context: Hashable, value: int) -> None:
        self._seen[context][value] += 1


class Encoder:
    """Narrows an interval bit by bit; any number in the last one is the code."""

    def __init__(self) -> None:
        self._odds = _Odds()
        self._done = bytearray()
        self._low = 0  # the interval's start, behind the bytes that are done
        self._width = TOP - 1

    def bit(self, context: Hashable, value: int) -> int:
        zero = self._odds.zero(context, self._width)
        if value:
            self._add(zero)
            self._width -= zero
        else:
            self._width = zero
        while self._width < TOP >> 8:
            self._width <<= 8
            self._done.append(self._low >> 24)
            self._low = self._low << 8 & TOP - 1
        self._odds.count(context, value)
        return value

    @property
    def bits(self) -> float:
        """What was written takes so many."""
        return 8 * len(self._done) + math.log2(TOP / self._width)

    def finish(self) -> bytes:
        """The shortest code within the interval; zeros may follow it without an end."""
        for unit in (TOP, TOP >> 8, TOP >> 16, TOP >> 24, 1):
            over = -self._low % unit
            if over < self._width:
                self._add(over)
                break
        return bytes(self._done + self._low.to_bytes(4, "big")).rstrip(b"\0")

    def _add(self, part: int) -> None:
        """Move the interval's start, and carry into the bytes that are done."""
        self._low += part
        if self._low >= TOP:
            self._low -= TOP
            place = len(self._done) - 1
            while self._done[place] == 255:
                self._done[place] = 0
                place -= 1
            self._done[place] += 1


class Decoder:
    """Raises ValueError where more bytes are read than any encoder could have left out."""

    def __init__(self, content: bytes) -> None:
        self._odds = _Odds()
        self._content = content
        self._place = 4
        self._above = int.from_bytes(content[:4].ljust(4, b"\0"), "big")  # of the code, over the interval's start
        self._width = TOP - 1

    def bit(self, context: Hashable, value: int = 0) -> int:
        del value
        zero = self._odds.zero(context, self._width)
        read = int(self._above >= zero)
        if read:
            self._above -= zero
            self._width -= zero
        else:
            self._width = zero
        while self._width < TOP >> 8:
            self._width <<= 8
            self._above = self._above << 8 | self._next()
        self._odds.count(context, read)
        return read

    def _next(self) -> int:
        self._place += 1
        if self._place <= len(self._content):
            return self._content[self._place - 1]
        if self._place > len(self._content) + 4096:
            raise ValueError("it is cut short")
        return 0


def natural(coder: Coder, context: Hashable, value: int) -> int:
    """A number from 0, small ones sooner (Elias 1975, gamma): its length in unary, then its bits below the highest."""
    length = 0
    while coder.bit((context, "length", length), int((value + 1) >> (length + 1) > 0)):
        length += 1
        if length > 64:
            raise ValueError("a number too long")
    number = 1
    for place in range(length - 1, -1, -1):
        number = number << 1 | coder.bit((context, length, place), (value + 1) >> place & 1)
    return number - 1


def integer(coder: Coder, context: Hashable, value: int) -> int:
    """Any whole number: its size, then its sign."""
    size = natural(coder, context, abs(value))
    return -size if size and coder.bit((context, "sign"), int(value < 0)) else size


def choice(coder: Coder, context: Hashable, value: int, choices: int) -> int:
    """A number from 0 to `choices` - 1, by a tree whose every branch learns its odds."""
    number = 1
    bits = (choices - 1).bit_length()
    for place in range(bits - 1, -1, -1):
        number = number << 1 | coder.bit((context, "tree", number), value >> place & 1)
    if number - (1 << bits) >= choices:
        raise ValueError("a choice that there is not")
    return number - (1 << bits)
