"""Examples into three splits, and a sample for calibration: what is held out is of all classes, and whole groups."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data import examples
from fewbytes.data.examples import Examples, Part

TEST_APART = 1  # beside the seed: what is drawn for test hangs on no other draw


class Splits(NamedTuple):
    train: Part
    validation: Part
    test: Part


def split(given: Examples, validation_split: float, seed: int) -> Splits:
    """The three splits. Raises InputError where one would be empty or lack a class."""
    train, test = given.train, given.test
    if test is None:
        key = f"data.test_split = {given.test_split}"
        train, test = _held_out(train, draw(train, given.test_split, [seed, TEST_APART]), "test", key)
    validation = given.validation
    if validation is None:
        chosen = last(train, validation_split) if given.hold_out == "last" else draw(train, validation_split, [seed])
        train, validation = _held_out(train, chosen, "validation", f"prepare.validation_split = {validation_split}")
    for part in (train, validation, test):
        examples.require_classes(part, given.classes)
    return Splits(train, validation, test)


def last(part: Part, share: float) -> NDArray[np.bool_]:
    """(n,) which are held out: the last ones, as Keras's `validation_split` does in the essay's appendix."""
    count = len(part.labels)
    return np.arange(count) >= int(count * (1 - share))


def draw(part: Part, share: float, seed: list[int]) -> NDArray[np.bool_]:
    """(n,) which are held out: of each class that share, and no less than one; whole groups where there are any.

    A group counts for the class that most of it has.
    """
    random = np.random.default_rng(seed)
    if part.groups is None:
        places, commonest = np.arange(len(part.labels)), part.labels
    else:
        names, places = np.unique(part.groups, return_inverse=True)
        counts = np.zeros((len(names), int(part.labels.max()) + 1), int)
        np.add.at(counts, (places, part.labels), 1)
        commonest = counts.argmax(axis=1)
    chosen = np.zeros(len(commonest), bool)
    for label in np.unique(commonest):
        of_label = random.permutation(np.flatnonzero(commonest == label))
        chosen[of_label[: max(1, round(share * len(of_label)))]] = True
    held_out: NDArray[np.bool_] = chosen[places]
    return held_out


def _held_out(part: Part, chosen: NDArray[np.bool_], name: str, key: str) -> tuple[Part, Part]:
    """What is kept, and what is held out, under the name of what it becomes."""
    if chosen.all() or not chosen.any():
        kept = len(chosen) - np.count_nonzero(chosen)
        raise InputError(f"params.yaml: {key}: keeps {kept} of {len(chosen)} examples")
    return _only(part, ~chosen, f"{part.name}, less {name}"), _only(part, chosen, f"{part.name}: {name} ({key})")


def _only(part: Part, chosen: NDArray[np.bool_], name: str) -> Part:
    groups = None if part.groups is None else part.groups[chosen]
    return Part(name, part.inputs[chosen], part.labels[chosen], groups)


def sample(inputs: NDArray[Any], count: int, seed: int) -> NDArray[Any]:
    """`count` of the inputs, or all where there are fewer, drawn without replacement, in their order."""
    chosen = np.random.default_rng(seed).choice(len(inputs), size=min(count, len(inputs)), replace=False)
    return inputs[np.sort(chosen)]
