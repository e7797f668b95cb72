"""The prepared MNIST: uint8 images (n, 28, 28) and labels (n,) in three splits, and a sample for calibration."""

import io
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays
from fewbytes.command import InputError, damaged
from fewbytes.files import write_bytes

PATH = Path("data/mnist.npz")
CALIBRATION = Path("data/calibration.npy")  # images (n, 28, 28) that set the ranges of int8 activations
SIDE = 28
CLASSES = 10

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]


class Split(NamedTuple):
    images: Images
    labels: Labels


def check(split: Split, source: str) -> Split:
    """Return `split` as it came; raise InputError unless it holds n ≥ 1 images of 28x28 uint8 and n labels of 0-9."""
    images, labels = split
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or not len(images):
        raise InputError(f"{source}: images are {images.dtype} {images.shape}; expected uint8 (n, {SIDE}, {SIDE})")
    if labels.dtype != np.uint8 or labels.shape != images.shape[:1] or labels.max() >= CLASSES:
        largest = f", largest {labels.max(initial=0)}" if labels.dtype == np.uint8 else ""
        raise InputError(
            f"{source}: labels are {labels.dtype} {labels.shape}{largest}; "
            f"expected uint8 ({len(images)},) of 0 to {CLASSES - 1}"
        )
    return split


def save(train: Split, validation: Split, test: Split, path: Path = PATH) -> None:
    buffer = io.BytesIO()
    np.savez(  # stored: what zlib makes of it would hang on its version
        buffer,
        train_images=train.images,
        train_labels=train.labels,
        validation_images=validation.images,
        validation_labels=validation.labels,
        test_images=test.images,
        test_labels=test.labels,
    )
    write_bytes(path, buffer.getvalue())


def load(name: Literal["train", "validation", "test"], path: Path = PATH) -> Split:
    """Load one split. Raises InputError when the file is missing, damaged or of the wrong shape."""
    try:
        split = Split(*arrays.read_archive(path, (f"{name}_images", f"{name}_labels")))
    except FileNotFoundError:
        raise InputError(f"{path}: not found; `dvc repro prepare` makes it") from None
    except ValueError as error:
        raise damaged(path, error) from None
    return check(split, f"{path}: {name}")


def load_calibration() -> Images:
    """Images (n, 28, 28). Raises InputError as `load` does."""
    return arrays.load(CALIBRATION, (None, SIDE, SIDE), np.uint8)


def load_fitting(*, hold_out_validation: bool) -> tuple[Split, Split | None]:
    """The images to fit, and those to validate on; without a hold-out all are fitted, in the original order."""
    train, validation = load("train"), load("validation")
    if hold_out_validation:
        return train, validation
    return Split(
        np.concatenate([train.images, validation.images]), np.concatenate([train.labels, validation.labels])
    ), None


def normalise(images: Images) -> NDArray[np.float32]:
    """(n, 28, 28) uint8 in 0-255 to (n, 28, 28, 1) float32 in 0-1."""
    return images[..., np.newaxis].astype(np.float32) / np.float32(255)


def accuracy(scores: NDArray[Any], labels: Labels) -> float:
    """The share of rows (n, classes) whose largest score is the label's."""
    return float(np.mean(scores.argmax(axis=1) == labels))


def confusion(actual: Labels, predicted: Labels) -> list[tuple[int, int, int]]:
    """Rows (actual, predicted, images), one for each pair of classes."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (actual, predicted), 1)
    return [(i, j, int(counts[i, j])) for i in range(CLASSES) for j in range(CLASSES)]
