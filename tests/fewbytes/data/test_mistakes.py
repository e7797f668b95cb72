"""Which examples are wrong."""

import numpy as np

from fewbytes.data import mistakes
from fewbytes.data.dataset import Split


def test_each_example_that_is_wrong_is_named_with_what_was_said() -> None:
    scores = np.array([[1, 0, 0], [0, 1, 2], [5, 5, 4], [0, 0, 1]])
    test = Split(np.zeros((4, 2)), np.array([0, 1, 1, 2], np.uint8))
    assert mistakes.mistakes(scores, test) == [(1, 1, 2), (2, 1, 0)]
