"""Images moved, turned, scaled, sheared, mirrored at random: more to learn from, the same for all who have the seed."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.spec import Raw, Spec
from fewbytes.frontier_params import PATH, Augment
from fewbytes.networks.keras import tf

BATCH = 6000  # images warped at once; they are float32 meanwhile


def warp(examples: Raw, strength: Augment, seed: int, spec: Spec) -> Raw:
    """Raw images (n, *spec.shape), each by a random affine map about its centre, bilinear, black beyond the edge.

    What is no image has no such maps: it comes back as it is where `strength` is none at all. Raises InputError else.
    """
    if spec.kind != "image":
        if any(strength.model_dump().values()):
            raise InputError(f"{PATH}: augment: moves images; for data that are {spec.kind}, each must be 0")
        return examples
    height, width = spec.input_shape[:2]
    maps = _maps(len(examples), strength, np.random.default_rng(seed), ((width - 1) / 2, (height - 1) / 2))
    images = examples.reshape(len(examples), *spec.input_shape)
    warped = np.empty_like(images)
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=images[part].astype(np.float32),
            transforms=maps[part],
            output_shape=[height, width],
            fill_value=spec.low,
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
        ).numpy()
        warped[part] = np.round(moved).astype(np.uint8) if images.dtype == np.uint8 else moved
    return warped.reshape(examples.shape)


def _maps(
    count: int, strength: Augment, random: np.random.Generator, centre: tuple[float, float]
) -> NDArray[np.float32]:
    """(count, 8): from a place in the new image to one in the old, in the order ImageProjectiveTransform takes."""
    turn = np.deg2rad(random.uniform(-1, 1, count) * strength.rotation)
    across, down = 1 / (1 + random.uniform(-1, 1, (2, count)) * strength.scale)
    shear = random.uniform(-1, 1, count) * strength.shear
    moves = random.uniform(-1, 1, (2, count)) * strength.shift
    if strength.mirror:
        across = across * random.choice([-1.0, 1.0], count)
    cosine, sine = np.cos(turn), np.sin(turn)
    a, b = cosine * across, cosine * shear * across - sine * down
    c, d = sine * across, sine * shear * across + cosine * down
    x, y = centre
    right, below = x - a * x - b * y + moves[0], y - c * x - d * y + moves[1]
    return np.stack([a, b, right, c, d, below, 0 * a, 0 * a], axis=1).astype(np.float32)
