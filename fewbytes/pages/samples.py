"""Examples of the test split that the page shows: those that networks get wrong, and some of each class."""

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from fewbytes.data.dataset import Split
from fewbytes.data.spec import Spec

OF_CLASS = 10
MOST_BYTES = 1_200_000  # before they are compressed; of larger examples fewer are shown


def choose(test: Split, wrong: Sequence[int], classes: int) -> list[int]:
    """Places in the test split: the first of each class, then those that are wrong, as many as there is room for."""
    right = [place for label in range(classes) for place in np.flatnonzero(test.labels == label)[:OF_CLASS].tolist()]
    room = max(1, MOST_BYTES // test.inputs[0].nbytes)
    return list(dict.fromkeys([*right, *wrong]))[:room]


def as_json(test: Split, places: Sequence[int], spec: Spec) -> dict[str, Any]:
    """values: raw, zlib's stream of little-endian numbers in base64."""
    values = np.ascontiguousarray(test.inputs[list(places)])
    content = zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes(), 9)
    return {
        "places": list(places),
        "labels": test.labels[list(places)].tolist(),
        "values": base64.b64encode(content).decode(),
        **{"shape": spec.shape, "kind": spec.kind, "dtype": spec.dtype, "low": spec.low, "high": spec.high},
        **{"offset": spec.offset, "divisor": spec.divisor},
    }
