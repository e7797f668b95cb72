"""The code of weights against the decoder that C has, in Python, and against a bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tflite_to_c.prefix_code import LONGEST, Code


def decoded(code: Code, content: NDArray[np.uint8], count: int) -> list[int]:
    """As next_weight in templates/matrix.c."""
    values, ends, offsets = list(code.lengths), code.ends(), code.offsets()
    bits = "".join(format(byte, "08b") for byte in content)
    found, place = [], 0
    for _ in range(count):
        window = int(bits[place : place + code.longest], 2)
        assert len(bits) - place >= code.longest, "reads beyond its end"
        length = next(length for length, end in enumerate(ends) if window < end)
        bits_taken = length + code.shortest
        found.append(values[offsets[length] + (window >> (code.longest - bits_taken))])
        place += bits_taken
    return found


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=300))
def test_values_come_back(values: list[int]) -> None:
    code = Code.of(values)
    content = code.encode(np.array(values, np.int8))
    assert content is not None
    assert decoded(code, content, len(values)) == values
    assert max(code.lengths.values()) <= LONGEST


def test_codes_are_near_the_entropy_and_never_too_long() -> None:
    counts = [2**power for power in range(20)]  # without the bound, codes of up to 19 bits
    values = np.repeat(np.arange(-10, 10, dtype=np.int8), counts)
    code = Code.of(values.tolist())
    content = code.encode(values)
    assert content is not None
    assert code.longest == LONGEST
    share = np.array(counts) / sum(counts)
    entropy = -(share * np.log2(share)).sum() * len(values) / 8
    assert entropy <= len(content) <= 1.01 * entropy + 2


def test_a_value_without_a_code_is_not_stored_by_it() -> None:
    code = Code.of([1, 1, 2])
    assert code.encode(np.array([1, 2, 3], np.int8)) is None
    with pytest.raises(ValueError, match="empty"):
        Code.of([])
