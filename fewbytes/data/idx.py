"""The IDX format of the four MNIST files: big-endian magic number, dimensions, bytes (LeCun et al. 1998)."""

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.examples import Examples, Part

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
UNSIGNED_BYTE = 0x08
MOST_DIMENSIONS = 3  # images


def decode(content: bytes, source: str) -> NDArray[np.uint8]:
    """The array an IDX file of unsigned bytes holds. Raises InputError when it is not one or is cut short."""
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise InputError(f"{source}: not an IDX file of unsigned bytes")
    if not 1 <= content[3] <= MOST_DIMENSIONS:
        raise InputError(f"{source}: has {content[3]} dimensions; MNIST has 1 for labels, {MOST_DIMENSIONS} for images")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise InputError(f"{source}: cut short within its header")
    shape = struct.unpack(f">{content[3]}I", content[4:header])
    if len(content) - header != math.prod(shape):
        raise InputError(f"{source}: {len(content) - header} bytes of data; its header says {shape}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def encode(array: NDArray[np.uint8]) -> bytes:
    """The canonical file of `array`: the inverse of `decode`."""
    return bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def read(path: Path) -> NDArray[np.uint8]:
    return decode(path.read_bytes(), str(path))


def examples(folder: Path, classes: list[str]) -> Examples:
    """What the four files in `folder` hold; as in Keras, the last of the training images are those to validate on."""
    train_inputs, train_labels, test_inputs, test_labels = (read(folder / name) for name in NAMES)
    train, test = Part("train", train_inputs, train_labels), Part("t10k", test_inputs, test_labels)
    return Examples("image", classes, train, test, hold_out="last")
