"""Which examples are wrong, and of which split."""

import numpy as np

from fewbytes.data import mistakes
from fewbytes.data.dataset import Split
from tests.conftest import make_digits


def test_each_example_that_is_wrong_is_named_with_what_was_said() -> None:
    scores = np.array([[1, 0, 0], [0, 1, 2], [5, 5, 4], [0, 0, 1]])
    test = Split(np.zeros((4, 2)), np.array([0, 1, 1, 2], np.uint8))
    assert mistakes.mistakes(scores, test) == [(1, 1, 2), (2, 1, 0)]


def test_a_split_is_known_by_its_examples_its_labels_and_their_order() -> None:
    digits = make_digits(20, seed=1)
    known = mistakes.digest(digits)
    assert known == "4ff90a3417a138a3"  # in every process
    assert known == mistakes.digest(Split(digits.inputs.copy(), digits.labels.copy()))
    others = [Split(digits.inputs[::-1], digits.labels), Split(digits.inputs, digits.labels[::-1])]
    assert known not in map(mistakes.digest, [*others, make_digits(20, seed=2)])
