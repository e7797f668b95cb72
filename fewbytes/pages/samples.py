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


def as_json(test: Split, wrong: Sequence[int], spec: Spec) -> dict[str, Any]:
    """The first examples of each class, then those that are wrong, as many as there is room for.

    test: raw. wrong: places in it. In what is returned `places` are these too, the first `of_classes` of them those of
    each class; values: raw, zlib's stream of little-endian numbers in base64.
    """
    classes = range(len(spec.classes))
    chosen = [place for label in classes for place in np.flatnonzero(test.labels == label)[:OF_CLASS].tolist()]
    room = max(1, MOST_BYTES // test.inputs[0].nbytes)
    places = list(dict.fromkeys([*chosen, *wrong]))[:room]
    values = np.ascontiguousarray(test.inputs[places])
    content = zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes(), 9)
    return {
        "places": places,
        "of_classes": min(len(chosen), room),
        "labels": test.labels[places].tolist(),
        "values": base64.b64encode(content).decode(),
        **{"shape": spec.shape, "kind": spec.kind, "dtype": spec.dtype, "low": spec.low, "high": spec.high},
        **{"offset": spec.offset, "divisor": spec.divisor},
    }
