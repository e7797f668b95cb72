"""Huffman-coded weights come back exactly, and their sizes are what the file has."""

import heapq
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fewbytes.coding import huffman, packed
from fewbytes.command import InputError
from fewbytes.model_files import weights
from fewbytes.model_files.weights import Layer
from tests.conftest import Models


def layer(kernel: NDArray[np.int8] | NDArray[np.float32]) -> Layer:
    bias = np.arange(len(kernel), dtype=np.int32 if kernel.dtype == np.int8 else np.float32)
    scales = np.ones(len(kernel) if kernel.dtype == np.int8 else 0, np.float32)
    return Layer("dense_1", kernel, bias, scales)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 30)), st.integers(31, 40))
def test_symbols_come_back(symbols: list[int], alphabet: int) -> None:
    array = np.array(symbols, np.int64)
    lengths = huffman.lengths(array, alphabet)
    content = huffman.encode(array, lengths)
    assert huffman.decode(content, lengths, len(array)).tolist() == symbols
    if len(set(symbols)) > 1:
        assert sum(2.0**-length for length in lengths.tolist() if length) == 1  # Kraft: no code is wasted
        assert huffman.entropy_bytes(array) <= len(content) <= huffman.entropy_bytes(array) + len(array) / 8 + 1


def test_the_code_is_the_shortest() -> None:
    chance = np.random.default_rng(1)
    counts = chance.integers(1, 100, 20)
    symbols = np.repeat(np.arange(20), counts)
    merges, total = [int(count) for count in counts], 0
    heapq.heapify(merges)
    while len(merges) > 1:  # the sum of all merges is the length of the best code
        merged = heapq.heappop(merges) + heapq.heappop(merges)
        total += merged
        heapq.heappush(merges, merged)
    assert int((huffman.lengths(symbols, 20)[symbols]).sum()) == total


@pytest.mark.parametrize("content", [b"", b"\x00"])
def test_codes_cut_short_are_refused(content: bytes) -> None:
    symbols = np.array([0, 1, 2, 3] * 10)
    with pytest.raises(ValueError, match="symbols"):
        huffman.decode(content, huffman.lengths(symbols, 4), 40)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(5, 400), (3, 2, 2, 3), (1, 1)]),
    st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    st.sampled_from([1, 4, 16]),
    st.sampled_from([np.int8, np.float32]),
)
def test_layers_come_back_exactly(seed: int, shape: tuple[int, ...], zeros: float, values: int, dtype: type) -> None:
    chance = np.random.default_rng(seed)
    kernel: NDArray[Any] = chance.choice(chance.integers(-127, 128, values), shape).astype(dtype)
    kernel[chance.random(shape) < zeros] = 0
    layers = [layer(kernel), layer(kernel[::-1].copy())]
    content, parts = packed.pack(layers)
    assert packed.same(packed.unpack(content, "here"), layers)
    assert not packed.same(packed.unpack(content, "here"), layers[:1])
    named = sum(parts[key] for key in parts if key != "entropy_bound_bytes")
    assert 0 < len(content) - named < 80  # the head
    assert parts["entropy_bound_bytes"] <= len(content)


def test_rows_with_values_of_their_own_have_codebooks_of_their_own() -> None:
    chance = np.random.default_rng(2)
    kernel = np.array([chance.choice(chance.integers(-127, 128, 4), 600) for _ in range(30)], np.int8)
    content, parts = packed.pack([layer(kernel)])
    assert parts["codebook_bytes"] == 30 * 4
    assert packed.same(packed.unpack(content, "here"), [layer(kernel)])


def test_too_many_values_are_refused() -> None:
    kernel = np.arange(1000, dtype=np.float32).reshape(1, 1000)
    with pytest.raises(InputError, match="dense_1 has over 256 values: cluster it first"):
        packed.pack([layer(kernel)])


def test_too_many_layers_are_refused() -> None:
    with pytest.raises(InputError, match="256 layers, the largest of 1 weights, are more than a file can say"):
        packed.pack([layer(np.ones((1, 1), np.int8))] * 256)


def test_damaged_files_are_refused_in_one_line(models: Models) -> None:
    layers = weights.read(models.aware, "model")
    content, _ = packed.pack(layers)
    chance = random.Random(3)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        damaged[chance.randrange(60)] = chance.randrange(256)  # its head and first tables
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        try:
            packed.unpack(bytes(damaged), "here")
        except InputError as error:
            refused += 1
            assert str(error).startswith("here: damaged or foreign (")  # noqa: PT017 - some damage is still a file
    assert refused > 100
    with pytest.raises(InputError, match="damaged or foreign"):
        packed.unpack(b"text", "here")
