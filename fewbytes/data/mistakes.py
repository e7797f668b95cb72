"""Examples that a network gets wrong, by their place in the test split."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import Split

HEADER = ["example", "actual", "predicted"]


def mistakes(scores: NDArray[np.floating], test: Split) -> list[tuple[int, int, int]]:
    """Rows of HEADER. scores: (n, classes), of the test split's n examples."""
    predicted = scores.argmax(axis=1)
    wrong = np.flatnonzero(predicted != test.labels)
    return [(int(place), int(test.labels[place]), int(predicted[place])) for place in wrong]
