"""What a source of data gives, and what it must hold to: each check ends in one line that names array and row."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError

DTYPES = ("uint8", "float32")
MOST_CLASSES = 1_000  # whose pairs the confusion counts
MOST_VALUES = 1_000_000  # in an example: float32, four megabytes
MOST_BYTES = 4_000_000_000  # of all examples as float32
REQUIRED = ("x_train", "y_train", "x_test", "y_test")
OPTIONAL = ("x_validation", "y_validation", "x_calibration")  # the first two together

Kind = Literal["image", "series", "table"]


class Part(NamedTuple):
    """Examples as they come. name: said in messages.

    inputs: (n, *shape) uint8 or float32. labels: (n,) whole numbers, places among the classes. groups: (n,) whole
    numbers; examples of one group, such as windows of one recording, go into one split.
    """

    name: str
    inputs: NDArray[Any]
    labels: NDArray[Any]
    groups: NDArray[Any] | None = None


class Examples(NamedTuple):
    """test: None where `test_split`, a share of `train`, is to be drawn from it. validation: None likewise.

    hold_out: how that of `train` is chosen which is held out for validation: its last part, or drawn.
    """

    kind: Kind
    classes: list[str]
    train: Part
    test: Part | None
    validation: Part | None = None
    calibration: NDArray[Any] | None = None
    test_split: float = 0.0
    hold_out: Literal["last", "drawn"] = "drawn"

    @property
    def parts(self) -> list[Part]:
        return [part for part in (self.train, self.validation, self.test) if part is not None]


def check(examples: Examples) -> Examples:
    """Return `examples`; raise InputError with one line where they make no sense."""
    classes, train = examples.classes, examples.train
    if len(classes) < 2:
        raise InputError(f"{train.name}: {len(classes)} class; there must be at least 2 to tell apart")
    if len(classes) > MOST_CLASSES:
        raise InputError(f"{train.name}: {len(classes):,} classes; at most {MOST_CLASSES:,} are taken")
    twice = sorted({name for name in classes if classes.count(name) > 1}) if len(set(classes)) < len(classes) else []
    if twice:
        raise InputError(f"{train.name}: two classes are named {twice[0]!r}")
    for part in examples.parts:
        _check_part(part, train, len(classes))
    if examples.calibration is not None:
        _check_inputs(examples.calibration, "x_calibration", train)
    if len(train.labels) < len(classes):
        raise InputError(f"{train.name}: {len(train.labels)} examples, fewer than the {len(classes)} classes")
    values = sum(part.inputs.size for part in examples.parts)
    if 4 * values > MOST_BYTES:
        raise InputError(
            f"{train.name}: all examples are {4 * values:,} bytes as float32; at most {MOST_BYTES:,} are taken"
        )
    return examples


def _check_part(part: Part, train: Part, classes: int) -> None:
    inputs, labels = part.inputs, part.labels
    _check_inputs(inputs, part.name, train)
    if labels.shape != inputs.shape[:1] or labels.dtype.kind not in "iu":
        raise InputError(
            f"{part.name}: labels are {labels.dtype} {labels.shape}; expected whole numbers ({len(inputs)},)"
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        raise InputError(
            f"{part.name}: the label of example {wrong[0]} is {labels[wrong[0]]}; must be from 0 to {classes - 1}"
        )


def _check_inputs(inputs: NDArray[Any], name: str, train: Part) -> None:
    if inputs.dtype.name not in DTYPES:
        raise InputError(f"{name}: inputs are {inputs.dtype}; expected {' or '.join(DTYPES)}")
    if inputs.ndim < 2 or not inputs.size:
        raise InputError(f"{name}: inputs have the shape {inputs.shape}; expected (n, …), none of them 0")
    if inputs.dtype != train.inputs.dtype or inputs.shape[1:] != train.inputs.shape[1:]:
        raise InputError(
            f"{name}: inputs are {inputs.dtype} {inputs.shape}; those to train on are {train.inputs.dtype} (n, "
            f"{', '.join(map(str, train.inputs.shape[1:]))})"
        )
    if inputs[0].size > MOST_VALUES:
        raise InputError(f"{name}: an example has {inputs[0].size:,} values; at most {MOST_VALUES:,} are taken")
    if inputs.dtype.kind == "f":
        finite = np.isfinite(inputs.reshape(len(inputs), -1)).all(axis=1)
        if not finite.all():
            raise InputError(f"{name}: example {np.argmin(finite)} has a value that is NaN or infinite")


def require_classes(part: Part, classes: Sequence[str]) -> None:
    """Raises InputError where a class has no example in `part`."""
    counts = np.bincount(part.labels, minlength=len(classes))
    if not counts.all():
        raise InputError(f"{part.name}: has no example of the class {classes[int(np.argmin(counts))]!r}")


def warn_of_shared(test: Part, others: Sequence[Part]) -> int:
    """How many examples of `test` are in one of `others` too, bit for bit; warn where there are any."""
    known = {hash(example.tobytes()) for part in others for example in part.inputs}
    shared = sum(hash(example.tobytes()) in known for example in test.inputs)
    if shared:
        logging.warning(
            "warning: %s of the %s examples to test on (%s) are among those to train on or to validate on too, so the "
            "accuracy says less",
            *(f"{shared:,}", f"{len(test.inputs):,}", test.name),
        )
    return shared


def from_arrays(
    found: Mapping[str, NDArray[Any]], source: str, kind: str | None, classes: Sequence[str] | None
) -> Examples:
    """Examples from arrays named x_train, y_train, x_test, y_test, and x_validation, y_validation, x_calibration.

    Labels are whole numbers, or the names of classes. classes: their names; None where the labels say them.
    kind: what is in (n, a, b). Raises InputError where one is missing or is of no known kind.
    """
    lacking = [name for name in REQUIRED if name not in found]
    if lacking:
        raise InputError(f"{source}: has no {', '.join(lacking)}; it has {', '.join(found) or 'nothing'}")
    if ("x_validation" in found) != ("y_validation" in found):
        raise InputError(f"{source}: has one of x_validation and y_validation; give both or neither")
    for name in (*REQUIRED, *OPTIONAL):
        if name in found and (not isinstance(found[name], np.ndarray) or found[name].dtype.hasobject):
            raise InputError(f"{source}: {name}: not an array of numbers; Python objects are not taken")
    first = _labels(found["y_train"], f"{source}: y_train")
    names = list(classes) if classes is not None else _names(first, f"{source}: y_train")

    def part(name: str) -> Part:
        label = f"{source}: x_{name}"
        labels = _places(_labels(found[f"y_{name}"], f"{source}: y_{name}"), names, f"{source}: y_{name}")
        return Part(label, _native(found[f"x_{name}"]), labels)

    validation = part("validation") if "x_validation" in found else None
    train = part("train")
    kind_ = kind_of(train, kind)
    calibration = _native(found["x_calibration"]) if "x_calibration" in found else None
    return Examples(kind_, names, train, part("test"), validation, calibration)


def _native(array: NDArray[Any]) -> NDArray[Any]:
    """In this machine's byte order."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def kind_of(part: Part, kind: str | None) -> Kind:
    """What the examples are, by their dimensions, and by `kind` where these do not say. Raises InputError."""
    dimensions = part.inputs.ndim
    if dimensions == 3 and kind is None and part.inputs.dtype != np.uint8:
        raise InputError(
            f"{part.name}: {part.inputs.dtype} {part.inputs.shape} may be images or steps of features; "
            "say which in params.yaml: data.kind = image or series"
        )
    possible: dict[int, tuple[Kind, ...]] = {2: ("table",), 3: ("image", "series"), 4: ("image",)}
    fitting = possible.get(dimensions)
    if fitting is None:
        raise InputError(
            f"{part.name}: {dimensions} dimensions; expected (n, height, width), (n, height, width, channels), "
            "(n, steps, features) or (n, features)"
        )
    if kind is None:
        return fitting[0]
    for each in fitting:
        if each == kind:
            return each
    raise InputError(f"{part.name}: {dimensions} dimensions are no {kind}; params.yaml: data.kind must be null here")


def _labels(labels: NDArray[Any], name: str) -> NDArray[Any]:
    """(n,) whole numbers or texts; of (n, 1), as Keras has CIFAR's, the column."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        raise InputError(f"{name}: {labels.shape}; expected (n,): of one-hot labels, take argmax(axis=1)")
    if labels.ndim != 1 or labels.dtype.kind not in "iuU" or not len(labels):
        raise InputError(f"{name}: {labels.dtype} {labels.shape}; expected whole numbers or names (n,)")
    return labels


def _names(labels: NDArray[Any], name: str) -> list[str]:
    """The classes that the labels say: names in the order of the alphabet, or numbers from 0."""
    if labels.dtype.kind == "U":
        return sorted({str(label) for label in labels})
    most = int(labels.max())
    if most >= MOST_CLASSES:
        raise InputError(
            f"{name}: the label of example {labels.argmax()} is {most}; at most {MOST_CLASSES:,} classes are taken"
        )
    return [str(number) for number in range(most + 1)]


def _places(labels: NDArray[Any], names: Sequence[str], name: str) -> NDArray[Any]:
    """(n,) places among `names`."""
    if labels.dtype.kind != "U":
        return labels
    known = {each: place for place, each in enumerate(names)}
    unknown = next((row for row, label in enumerate(labels) if str(label) not in known), None)
    if unknown is not None:
        raise InputError(f"{name}: the label of example {unknown} is {str(labels[unknown])!r}, which is no class")
    return np.array([known[str(label)] for label in labels])
