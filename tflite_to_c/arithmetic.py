"""TFLite's fixed-point arithmetic, as its runtimes derive it from scales (Jacob et al. 2018, sec. 2.2)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Multiplier(NamedTuple):
    """A real factor as value / 2³¹ · 2^-right_shift; a negative right_shift is a left one."""

    value: int
    right_shift: int


def multiplier(real: float) -> Multiplier:
    """The fixed-point form of a factor ≥ 0. Raises ValueError when it is 2³⁰ or more."""
    fraction, exponent = math.frexp(real)
    value = math.floor(fraction * 2**31 + 0.5)
    if value == 2**31:
        value, exponent = 2**30, exponent + 1
    if exponent < -31:
        value, exponent = 0, -1  # TFLite says a shift of 0; 1 is as good, and of the usual sign
    if exponent > 30:
        raise ValueError(f"a scale ratio of {real:g}")
    return Multiplier(value, -exponent)


def fitting(factor: Multiplier, largest: int) -> Multiplier:
    """`factor`, unless shifting `largest` left by it leaves 32 bits: then raises ValueError."""
    if largest << max(0, -factor.right_shift) >= 2**31:
        raise ValueError("a scale ratio that leaves 32 bits")
    return factor


def scale(x: Integers, value: int | Integers, right_shift: int | Integers) -> Integers:
    """x times the factor, rounded as TFLite does and as `scale` in templates/arithmetic.c.

    value, right_shift: of one Multiplier, or arrays of several that broadcast with x.
    """
    left, right = np.maximum(0, -np.asarray(right_shift)), np.maximum(0, np.asarray(right_shift))
    high: Integers = ((x << left) * value + (1 << 30)) >> 31
    mask = (1 << right) - 1
    result: Integers = (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))
    return result


def softmax(beta: float, input_scale: float) -> tuple[Multiplier, int]:
    """The factor that takes input differences to Q5.26, and the smallest difference that still counts."""
    try:
        factor = multiplier(beta * input_scale * 2**26)
    except ValueError:  # so large that nothing counts but what equals the largest
        return Multiplier(2**30, 0), 0
    if factor.right_shift > 0:
        raise ValueError(f"beta {beta:g} at input scale {input_scale:g}")
    return factor, -math.floor(31 * 2**26 / 2**-factor.right_shift)


def mean(input_scale: float, output_scale: float, count: int) -> Multiplier:
    """The factor of a sum of `count` values that makes it their mean."""
    whole = multiplier(input_scale / output_scale)
    shift = min(count.bit_length() - 1, 32, 31 - whole.right_shift)
    if shift < 0:
        raise ValueError(f"a scale ratio of {input_scale / output_scale:g}")
    return Multiplier((whole.value << shift) // count, whole.right_shift + shift)


def quantized(real: float, scale: float) -> int:
    """How many steps of `scale` an activation's bound is, in float32 as TFLite. Raises ValueError for too many."""
    with np.errstate(over="ignore"):
        steps = float(np.float32(real) / np.float32(scale))
    if math.isinf(steps):
        raise ValueError(f"an activation at a scale of {scale:g}")
    return rounded(steps)


def rounded(value: float) -> int:
    """The nearest integer, halves away from zero."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def high_product(a: Integers, b: int | Integers) -> Integers:
    """a · b / 2³¹, rounded; of int32, as `high_product` in operators/softmax.c."""
    product: Integers = np.minimum((a * b + (1 << 30)) >> 31, 2**31 - 1)
    return product


def shift_right(x: Integers, bits: int | Integers) -> Integers:
    """x / 2^bits, rounded, halves away from zero."""
    mask = (1 << np.asarray(bits)) - 1
    result: Integers = (x >> bits) + ((x & mask) > (mask >> 1) + (x < 0))
    return result


def exponential(a: Integers, integer_bits: int) -> Integers:
    """exp(a) in Q0.31 of a ≤ 0 with so many integer bits, up to 5, as gemmlowp computes it."""
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)  # exp(-1/4), exp(-1/2), … exp(-16)
    fraction = 31 - integer_bits
    quarter = 1 << (fraction - 2)
    part = (a & (quarter - 1)) - quarter  # in [-1/4, 0)
    rest = part - a  # whole quarters
    x = part * (1 << integer_bits) + (1 << 28)  # Q0.31 around -1/8: a Taylor series follows
    x2 = high_product(x, x)
    x3 = high_product(x2, x)
    x4 = shift_right(high_product(x2, x2), 2)
    series = shift_right(high_product(x4 + x3, 715827883) + x2, 1)
    result = 1895147668 + high_product(x + series, 1895147668)
    for bit, factor in enumerate(factors[: integer_bits + 2]):
        result = np.where(rest & (quarter << bit), high_product(result, factor), result)
    return np.where(a == 0, 2**31 - 1, result)


def reciprocal(a: Integers) -> Integers:
    """1 / (1 + a) in Q0.31 of a in [0, 1), as gemmlowp computes it."""
    return _saturated(_inverse(a) << 1)


def ratio(a: Integers) -> Integers:
    """(1 - a) / (1 + a) in Q0.31 of a in [0, 1), as gemmlowp computes it."""
    return _saturated((_inverse(a) - (1 << 29)) << 2)


def _inverse(a: Integers) -> Integers:
    """2 / (1 + a) in Q2.29, by Newton and Raphson."""
    half = (a + 2**31) // 2
    x = 1515870810 + high_product(half, -1010580540)  # 48/17 - 32/17 · half
    for _ in range(3):
        x = x + _saturated(high_product(x, (1 << 29) - high_product(half, x)) << 2)
    return x


def _saturated(x: Integers) -> Integers:
    return np.clip(x, -(2**31), 2**31 - 1)


# The sigmoid of k / 24 in Q0.16, as TFLite's table has it: at these places one more than the nearest integer.
_UP: tuple[int, ...] = (
    4,
    8,
    12,
    14,
    15,
    16,
    17,
    19,
    20,
    21,
    22,
    25,
    27,
    28,
    29,
    30,
    31,
    33,
    34,
    35,
    37,
    39,
    40,
    41,
    43,
    44,
    45,
    46,
)
_UP += (49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255)
SIGMOIDS: Integers = np.floor(2**16 / (1 + np.exp(-np.arange(256) / 24)) + 0.5).astype(np.int64)
SIGMOIDS[list(_UP)] += 1


def _curve(x: Integers) -> Integers:
    """The sigmoid of x / (24 · 512) in Q0.25, x ≥ 0: between two places of the table a straight line."""
    place, part = np.minimum(x >> 9, 254), x & 511
    low, high = SIGMOIDS[place], SIGMOIDS[place + 1]
    line: Integers = (low << 9) + part * (high - low)
    return np.where(x >> 9 >= 255, 0xFFFF << 9, line)


def sigmoid(x: Integers) -> Integers:
    """Q0.15 of int16 in Q3.12, as TFLite's reference kernels compute it."""
    shares = (_curve(np.abs(3 * x)) + 512) >> 10
    return np.where(x < 0, 2**15 - shares, shares)


def tangent(x: Integers) -> Integers:
    """The hyperbolic tangent in Q0.15 of x / (3 · 2¹²), as TFLite's reference kernels compute it."""
    values = (_curve(2 * np.abs(x)) - 2**24 + 256) >> 9
    return np.where(x < 0, -values, values)
