"""Examples that a network gets wrong, by their place in the test split; and which test split that is."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import Split

HEADER = ["example", "actual", "predicted"]


def mistakes(scores: NDArray[np.floating], test: Split) -> list[tuple[int, int, int]]:
    """Rows of HEADER. scores: (n, classes), of the test split's n examples."""
    predicted = scores.argmax(axis=1)
    wrong = np.flatnonzero(predicted != test.labels)
    return [(int(place), int(test.labels[place]), int(predicted[place])) for place in wrong]


def digest(test: Split) -> str:
    """The same for the same examples (n, …) and labels (n,) in the same order. test: raw, as it is stored."""
    found = hashlib.sha256()
    for array in (test.inputs, test.labels):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]
