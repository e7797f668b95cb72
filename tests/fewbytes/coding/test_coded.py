"""Arithmetic-coded weights come back exactly, smaller than Huffman's, and damage is told."""

import contextlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fewbytes.coding import coded, packed
from fewbytes.coding.rangecoder import Decoder, Encoder, choice, integer, natural
from fewbytes.command import InputError
from fewbytes.model_files import coarse, weights
from fewbytes.model_files.weights import Layer
from tests.conftest import Models


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=400))
def test_bits_come_back(bits: list[tuple[int, int]]) -> None:
    encoder = Encoder()
    for context, bit in bits:
        encoder.bit(context, bit)
    decoder = Decoder(encoder.finish())
    assert [decoder.bit(context) for context, _ in bits] == [bit for _, bit in bits]


def test_carries_run_through_finished_bytes() -> None:
    # Ones so likely that the interval's start stays just under a whole byte, then zeros: the rarest event of the coder.
    for ones in range(200, 260):
        bits = [1] * ones + [0, 1, 1] + [1] * ones
        encoder = Encoder()
        for bit in bits:
            encoder.bit("same", bit)
        decoder = Decoder(encoder.finish())
        assert [decoder.bit("same") for _ in bits] == bits


def test_likely_bits_cost_what_their_odds_say() -> None:
    chance = random.Random(1)
    bits = [int(chance.random() < 0.02) for _ in range(20_000)]
    encoder = Encoder()
    for bit in bits:
        encoder.bit("rare", bit)
    share = sum(bits) / len(bits)
    entropy = -len(bits) * (share * np.log2(share) + (1 - share) * np.log2(1 - share)) / 8
    assert entropy <= len(encoder.finish()) <= 1.02 * entropy + 4


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(-(2**40), 2**40), max_size=40))
def test_numbers_come_back(values: list[int]) -> None:
    encoder = Encoder()
    for value in values:
        integer(encoder, "signed", value)
        natural(encoder, "natural", abs(value))
        choice(encoder, "choice", value % 5, 5)
    decoder = Decoder(encoder.finish())
    for value in values:
        assert integer(decoder, "signed", 0) == value
        assert natural(decoder, "natural", 0) == abs(value)
        assert choice(decoder, "choice", 0, 5) == value % 5


def network(chance: np.random.Generator, *, most: int, sparsity: float, scales: int) -> list[Layer]:
    layers = []
    for shape in ((6, 3, 3, 1), (8, 3, 3, 6), (1, 3, 3, 8), (10, 72)):
        kernel = chance.integers(-most, most, shape, endpoint=True).astype(np.int8)
        kernel[chance.random(shape) < sparsity] = 0
        bias = chance.integers(-(2**31), 2**31, len(kernel)).astype(np.int32)
        factors = chance.normal(0.01, 0.002, scales and len(kernel)).astype(np.float32)
        layers.append(Layer("", kernel, bias, factors))
    return layers


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 127), st.sampled_from([0.0, 0.5, 0.95, 1.0]), st.integers(0, 1))
def test_layers_come_back(seed: int, most: int, sparsity: float, scales: int) -> None:
    layers = network(np.random.default_rng(seed), most=most, sparsity=sparsity, scales=scales)
    assert packed.same(coded.unpack(coded.pack(layers), "it")[0], layers)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.floats(2**-40, 2**20, width=32), st.one_of(st.just(-128), st.integers(-128, 127))), max_size=12
    )
)
def test_activations_come_back(said: list[tuple[float, int]]) -> None:
    activations = [coded.Activation(np.float32(scale), zero_point) for scale, zero_point in said]
    layers = network(np.random.default_rng(1), most=3, sparsity=0.5, scales=1)
    found, ranges = coded.unpack(coded.pack(layers, activations), "it")
    assert packed.same(found, layers)
    assert ranges == activations


def test_scales_of_few_digits_and_biases_that_a_power_of_two_divides_take_less() -> None:
    layers = network(np.random.default_rng(1), most=3, sparsity=0.0, scales=1)
    short = [layer._replace(scales=coarse.rounded(layer.scales)) for layer in layers]
    even = [layer._replace(bias=layer.bias >> 6 << 6) for layer in layers]
    number = sum(layer.bias.size for layer in layers)
    sizes = [len(coded.pack(each)) for each in (layers, short, even)]
    assert sizes[1] < sizes[0] - number  # of 16 bits of a mantissa, over half
    assert sizes[2] < sizes[0] - number * 5 // 8  # of 6 bits of a bias, over 5
    assert packed.same(coded.unpack(coded.pack(even), "it")[0], even)


def test_real_models_come_back_and_take_less_than_huffmans_file(models: Models) -> None:
    layers = weights.read(models.aware, "aware")
    content = coded.pack(layers)
    assert packed.same(coded.unpack(content, "it")[0], layers)
    assert len(content) < len(packed.pack(layers)[0])


def test_zeros_that_come_together_cost_less() -> None:
    chance = np.random.default_rng(1)
    kernel = chance.choice(np.array([-1, 1], np.int8), (20, 200))
    scattered, together = kernel.copy(), kernel.copy()
    scattered.flat[chance.permutation(4000)[:3600]] = 0
    together[:, 20:] = 0
    assert np.count_nonzero(scattered) == np.count_nonzero(together)
    sizes = [
        len(coded.pack([Layer("", rows, np.zeros(20, np.int32), np.ones(1, np.float32))]))
        for rows in (scattered, together)
    ]
    assert sizes[1] < 0.6 * sizes[0]


def test_kernels_that_are_smooth_cost_less() -> None:
    chance = np.random.default_rng(1)
    smooth = np.repeat(np.repeat(chance.integers(-3, 4, (16, 2, 2, 8)), 3, axis=1), 3, axis=2).astype(np.int8)
    rough = chance.permuted(smooth.reshape(16, 36, 8), axis=1).reshape(smooth.shape)
    layers = [[Layer("", kernel, np.zeros(16, np.int32), np.ones(1, np.float32))] for kernel in (rough, smooth)]
    contents = [coded.pack(each) for each in layers]
    assert len(contents[1]) < 0.9 * len(contents[0])
    for each, content in zip(layers, contents, strict=True):
        assert packed.same(coded.unpack(content, "it")[0], each)


def test_what_a_layer_shares_with_the_one_before_is_said_in_few_bits() -> None:
    (first, *_) = network(np.random.default_rng(1), most=3, sparsity=0.0, scales=1)
    square = Layer("", np.repeat(first.kernel, 6, axis=3), first.bias, first.scales)
    sizes = [len(coded.pack([square] * count)) for count in (1, 2, 3)]
    assert sizes[2] - sizes[1] <= sizes[1] - sizes[0] < 6 * 7 + 6  # biases of 31 bits, and the scale


def test_float_weights_are_refused() -> None:
    layer = Layer("dense_1", np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    with pytest.raises(InputError, match="dense_1 is float32; only int8"):
        coded.pack([layer])


@pytest.mark.parametrize("seed", range(30))
def test_damage_is_told_or_gives_other_weights(seed: int) -> None:
    # An arithmetic code has no redundancy: many other files are files. None may crash, or come back as the same.
    chance = np.random.default_rng(seed)
    layers = network(chance, most=7, sparsity=0.5, scales=1)
    content = bytearray(coded.pack(layers))
    content[int(chance.integers(len(content) - 8))] ^= 1 << int(chance.integers(8))
    try:
        assert not packed.same(coded.unpack(bytes(content), "models/x.coded")[0], layers)
    except InputError as error:
        message = str(error)
        assert message.startswith("models/x.coded: damaged or foreign")


def test_any_bytes_are_weights_or_are_refused() -> None:
    chance = np.random.default_rng(1)
    refused = 0
    for length in range(1, 801):
        with contextlib.suppress(InputError):
            coded.unpack(chance.bytes(1 + length % 40), "models/x.coded")
            refused -= 1
        refused += 1
    assert refused > 400


def test_layers_that_repeat_do_not_ask_for_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer("", np.zeros((1, 1 << 16), np.int8), np.zeros(0, np.int32))
    content = coded.pack([layer] * 5)
    assert len(content) < 20
    monkeypatch.setattr(coded, "LARGEST", 4 << 16)
    with pytest.raises(InputError, match=r"models/x\.coded: damaged or foreign.*more weights than a file may have"):
        coded.unpack(content, "models/x.coded")


def test_kernels_that_repeat_have_biases_and_scales_of_their_own() -> None:
    first, second, *_ = network(np.random.default_rng(1), most=3, sparsity=0.0, scales=1)
    layers = [first, second, first._replace(bias=first.bias + 1, scales=second.scales[:1]), second]
    found, _ = coded.unpack(coded.pack(layers), "it")
    assert packed.same(found, layers)
    found[0].kernel[:] = 0
    np.testing.assert_array_equal(found[2].kernel, first.kernel)


def test_layers_that_the_files_cannot_hold_are_refused_in_one_line() -> None:
    kernel = np.zeros((2, 3), np.int8)
    with pytest.raises(InputError, match="dense_1 has biases of float32; only int32 and int64 can be coded"):
        coded.pack([Layer("dense_1", kernel, np.zeros(2, np.float32))])
    with pytest.raises(InputError, match=r"dense_1 of shape \(2, 70000\) is too large for the file"):
        packed.pack([Layer("dense_1", np.zeros((2, 70_000), np.int8), np.zeros(2, np.int32))])
