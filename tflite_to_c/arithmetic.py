"""TFLite's fixed-point parameters, as its runtimes derive them from scales (Jacob et al. 2018, sec. 2.2)."""

import math
from typing import NamedTuple


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
        value, exponent = 0, 0
    if exponent > 30:
        raise ValueError(f"a scale ratio of {real:g}")
    return Multiplier(value, -exponent)


def scale(x: int, factor: Multiplier) -> int:
    """x times the factor, rounded as TFLite does and as `scale` in templates/arithmetic.c."""
    left, right = max(0, -factor.right_shift), max(0, factor.right_shift)
    high = ((x << left) * factor.value + (1 << 30)) >> 31
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))


def softmax(beta: float, input_scale: float) -> tuple[Multiplier, int]:
    """The factor that takes input differences to Q5.26, and the smallest difference that still counts."""
    factor = multiplier(min(beta * input_scale * 2**26, 2**31 - 1.0))
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


def rounded(value: float) -> int:
    """The nearest integer, halves away from zero."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
