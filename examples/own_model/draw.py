"""Pictures for a network of one's own: five shapes of any colour, size and place on a noisy ground, 32x32, RGB."""

import numpy as np
from numpy.typing import NDArray

SIDE, CLASSES = 32, 5
rows, columns = np.mgrid[:SIDE, :SIDE]


def draw(label: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """(32, 32, 3)."""
    x, y = random.uniform(11, 21, 2)
    size = random.uniform(6, 10)
    right, down = columns - x, rows - y
    distance = np.hypot(right, down)
    shape = (
        distance < size,
        np.maximum(abs(right), abs(down)) < 0.85 * size,
        (down < 0.8 * size) & (abs(right) < 0.6 * (down + size)),
        (distance < size) & (distance > 0.55 * size),
        (np.minimum(abs(right), abs(down)) < 0.3 * size) & (np.maximum(abs(right), abs(down)) < size),
    )[label]
    ground, colour = random.uniform(0, 110, 3), random.uniform(145, 255, 3)
    picture = np.where(shape[..., None], colour, ground) + random.normal(0, 25, (SIDE, SIDE, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def load() -> dict[str, NDArray[np.uint8]]:
    """3,000 pictures to train on, 1,000 to test."""
    random = np.random.default_rng(1)
    labels = random.integers(0, CLASSES, 4000).astype(np.uint8)
    pictures = np.array([draw(label, random) for label in labels])
    return {"x_train": pictures[:3000], "y_train": labels[:3000], "x_test": pictures[3000:], "y_test": labels[3000:]}
