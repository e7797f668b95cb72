"""The prepared data in three splits, and a sample for calibration: raw in the file, normalised for networks.

What the rooms above get as inputs is what a network takes: (n, *input_shape) float32, as data/spec.json has it. Only
what changes raw values, as augmentation does, asks for these.
"""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays
from fewbytes.command import InputError, damaged
from fewbytes.data.examples import MOST_BYTES
from fewbytes.data.spec import Spec
from fewbytes.data.splitting import Splits

PATH = Path("data/splits.npz")
CALIBRATION = Path("data/calibration.npy")  # raw examples that set the ranges of int8 activations
UNEVEN = 1.5  # from so many times the examples of the rarest class in the commonest, classes are uneven

Inputs = NDArray[np.float32]  # (n, *input_shape), as a network takes them
Labels = NDArray[Any]  # (n,) uint8, or uint16 where there are more than 256 classes
Name = Literal["train", "validation", "test"]


class Split(NamedTuple):
    """weights: (n,) how much each example counts in training; None where all count alike."""

    inputs: NDArray[Any]
    labels: Labels
    weights: NDArray[np.float32] | None = None


def label_type(spec: Spec) -> type[np.unsignedinteger[Any]]:
    return np.uint8 if len(spec.classes) <= 256 else np.uint16


def check(split: Split, spec: Spec, source: str) -> Split:
    """Return `split`, which is raw; raise InputError unless it holds n ≥ 1 examples as `spec` has them, and labels."""
    inputs, labels, _ = split
    shape, classes = tuple(spec.shape), len(spec.classes)
    if inputs.dtype != spec.dtype or inputs.shape[1:] != shape or not len(inputs):
        wanted = f"{spec.dtype} (n, {', '.join(map(str, shape))})"
        raise InputError(f"{source}: inputs are {inputs.dtype} {inputs.shape}; expected {wanted}")
    if inputs.dtype.kind == "f" and not np.isfinite(inputs).all():
        raise InputError(f"{source}: inputs are not all finite numbers")
    expected = label_type(spec)
    if labels.dtype != expected or labels.shape != inputs.shape[:1] or labels.max() >= classes:
        largest = f", largest {labels.max(initial=0)}" if labels.dtype == expected else ""
        raise InputError(
            f"{source}: labels are {labels.dtype} {labels.shape}{largest}; "
            f"expected {expected.__name__} ({len(inputs)},) of 0 to {classes - 1}"
        )
    return split


def save(splits: Splits, spec: Spec, path: Path = PATH) -> None:
    contents: dict[str, NDArray[Any]] = {}
    for name, part in splits._asdict().items():
        contents |= {f"{name}_inputs": part.inputs, f"{name}_labels": part.labels.astype(label_type(spec))}
    arrays.save_archive(path, contents)


def load_raw(name: Name, spec: Spec, path: Path = PATH) -> Split:
    """One split as it is stored, inputs (n, *shape). Raises InputError when the file is missing, damaged or foreign."""
    try:
        split = Split(*arrays.read_archive(path, (f"{name}_inputs", f"{name}_labels"), MOST_BYTES))
    except FileNotFoundError:
        raise InputError(f"{path}: not found; `dvc repro prepare` makes it") from None
    except ValueError as error:
        raise damaged(path, error) from None
    return check(split, spec, f"{path}: {name}")


def load(name: Name, spec: Spec, *, class_weights: str = "none", path: Path = PATH) -> Split:
    """One split, normalised. Raises InputError as `load_raw` does.

    class_weights: "balanced" makes an example count for more the rarer its class.
    """
    inputs, labels, _ = load_raw(name, spec, path)
    return Split(spec.normalise(inputs), labels, balancing(labels) if class_weights == "balanced" else None)


def load_calibration(spec: Spec) -> Inputs:
    """Inputs (n, *input_shape). Raises InputError as `load` does."""
    return spec.normalise(arrays.load(CALIBRATION, (None, *spec.shape), np.dtype(spec.dtype).type))


def load_fitting(spec: Spec, *, hold_out_validation: bool, class_weights: str = "none") -> tuple[Split, Split | None]:
    """The examples to fit, and those to validate on; without a hold-out all are fitted, in the original order."""
    train, validation = load("train", spec, class_weights=class_weights), load("validation", spec)
    if hold_out_validation:
        return train, validation
    labels = np.concatenate([train.labels, validation.labels])
    weights = None if train.weights is None else balancing(labels)
    return Split(np.concatenate([train.inputs, validation.inputs]), labels, weights), None


def balancing(labels: Labels) -> NDArray[np.float32]:
    """(n,) weights, 1 on average, by which every class counts the same."""
    counts = np.bincount(labels)
    weights: NDArray[np.float32] = (len(labels) / np.count_nonzero(counts) / counts[labels]).astype(np.float32)
    return weights


def accuracy(scores: NDArray[Any], labels: Labels) -> float:
    """The share of rows (n, classes) whose largest score is the label's."""
    return float(np.mean(scores.argmax(axis=1) == labels))


def accuracies(scores: NDArray[Any], labels: Labels) -> dict[str, float]:
    """accuracy; and, where classes are uneven, balanced_accuracy, the mean of each class's own."""
    counts = np.bincount(labels)
    counts = counts[counts > 0]
    found = {"accuracy": accuracy(scores, labels)}
    if counts.max() >= UNEVEN * counts.min():
        right = scores.argmax(axis=1) == labels
        found["balanced_accuracy"] = float(np.mean([np.mean(right[labels == label]) for label in np.unique(labels)]))
    return found


def confusion(actual: Labels, predicted: Labels, classes: int) -> list[tuple[int, int, int]]:
    """Rows (actual, predicted, images), one for each pair of classes."""
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (actual, predicted), 1)
    return [(i, j, int(counts[i, j])) for i in range(classes) for j in range(classes)]
