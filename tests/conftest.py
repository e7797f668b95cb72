"""Small inputs that the tests build themselves: digits that a network can learn in a moment."""

from pathlib import Path

import numpy as np
import pytest

from fewbytes.data.dataset import CLASSES, SIDE, Split

ROOT = Path(__file__).parents[1]


def make_digits(count: int, seed: int) -> Split:
    """`count` images, each the fixed random pattern of its class under noise, and their labels."""
    patterns = np.random.default_rng(0).random((CLASSES, SIDE, SIDE)) > 0.8
    generator = np.random.default_rng(seed)
    labels = (np.arange(count) % CLASSES).astype(np.uint8)
    noise = generator.integers(0, 120, (count, SIDE, SIDE))
    return Split((patterns[labels] * 130 + noise).astype(np.uint8), labels)


@pytest.fixture(scope="session")
def digits() -> Split:
    return make_digits(200, seed=1)
