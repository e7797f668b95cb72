"""Huffman coding: the shortest prefix code for symbols of known counts, in its canonical form."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import prefix_code

Symbols = NDArray[np.int64]


def lengths(symbols: Symbols, alphabet: int) -> Symbols:
    """The length in bits of each symbol's code, (alphabet,): 0 for symbols that do not occur."""
    found = np.zeros(alphabet, np.int64)
    for symbol, length in prefix_code.lengths(Counter(symbols.tolist())).items():
        found[symbol] = length
    return found


def encode(symbols: Symbols, code_lengths: Symbols) -> bytes:
    """The symbols' codes one after the other, the last byte filled up with zeros."""
    codes = _canonical(code_lengths)
    bits = "".join(format(codes[symbol], f"0{code_lengths[symbol]}b") for symbol in symbols.tolist())
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0") or "0", 2).to_bytes(-(-len(bits) // 8), "big")


def decode(content: bytes, code_lengths: Symbols, count: int) -> Symbols:
    """The first `count` symbols. Raises ValueError where `content` holds fewer, or none of the codes."""
    symbol_of = {(int(code_lengths[symbol]), code): symbol for symbol, code in _canonical(code_lengths).items()}
    found: list[int] = []
    code, length, longest = 0, 0, int(code_lengths.max(initial=0))
    for bit in np.unpackbits(np.frombuffer(content, np.uint8)).tolist():
        if len(found) == count:
            break
        code, length = code << 1 | bit, length + 1
        if (length, code) in symbol_of:
            found.append(symbol_of[length, code])
            code, length = 0, 0
        elif length > longest:
            raise ValueError("a code that no symbol has")
    if len(found) < count:
        raise ValueError(f"{len(found)} of {count} symbols")
    return np.array(found, np.int64)


def entropy_bytes(symbols: Symbols) -> float:
    """What the best code of each symbol by itself, an arithmetic coder's, cannot go below."""
    counts = np.unique(symbols, return_counts=True)[1]
    return float(-(counts * np.log2(counts / counts.sum())).sum() / 8)


def _canonical(code_lengths: Symbols) -> dict[int, int]:
    """Codes that follow from their lengths alone: shorter before longer, then in the symbols' order."""
    codes, code, last = {}, 0, 0
    for length, symbol in sorted((int(length), symbol) for symbol, length in enumerate(code_lengths) if length):
        code <<= length - last
        codes[symbol], code, last = code, code + 1, length
    return codes
