"""Images moved, turned, scaled and sheared at random: more to learn from, the same for everyone who has the seed."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import SIDE, Images
from fewbytes.frontier_params import Augment
from fewbytes.networks.keras import tf

BATCH = 6000  # images warped at once; they are float32 meanwhile
CENTRE = (SIDE - 1) / 2


def warp(images: Images, strength: Augment, seed: int) -> Images:
    """`images` (n, 28, 28), each by a random affine map about its centre, bilinear, black beyond the edge."""
    maps = _maps(len(images), strength, np.random.default_rng(seed))
    warped = np.empty_like(images)
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=images[part, ..., np.newaxis].astype(np.float32),
            transforms=maps[part],
            output_shape=[SIDE, SIDE],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        )
        warped[part] = np.round(moved.numpy()[..., 0]).astype(np.uint8)
    return warped


def _maps(count: int, strength: Augment, random: np.random.Generator) -> NDArray[np.float32]:
    """(count, 8): from a place in the new image to one in the old, in the order ImageProjectiveTransform takes."""
    turn = np.deg2rad(random.uniform(-1, 1, count) * strength.rotation)
    across, down = 1 / (1 + random.uniform(-1, 1, (2, count)) * strength.scale)
    shear = random.uniform(-1, 1, count) * strength.shear
    moves = random.uniform(-1, 1, (2, count)) * strength.shift
    cosine, sine = np.cos(turn), np.sin(turn)
    a, b = cosine * across, cosine * shear * across - sine * down
    c, d = sine * across, sine * shear * across + cosine * down
    right, below = CENTRE - a * CENTRE - b * CENTRE + moves[0], CENTRE - c * CENTRE - d * CENTRE + moves[1]
    return np.stack([a, b, right, c, d, below, 0 * a, 0 * a], axis=1).astype(np.float32)
