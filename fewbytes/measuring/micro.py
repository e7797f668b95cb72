"""What a microcontroller's runtime makes of a model: TensorFlow Lite Micro runs it, here on this machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import Labels, accuracies
from fewbytes.metrics import Metrics
from fewbytes.runtimes import tflm
from fewbytes.runtimes.tflm import RefusedError

Scores = NDArray[Any]


def measure(model: bytes, inputs: NDArray[Any], labels: Labels, litert: Scores) -> tuple[Metrics, Scores | None]:
    """What TensorFlow Lite Micro makes of `model`, and its raw outputs (n, classes), None where it does not run.

    inputs: (n, …), in the type the model takes. litert: the outputs of LiteRT, which has checked the model, as
    TensorFlow Lite Micro does not.
    """
    if not tflm.available():
        return {"runs": f"not tried: {tflm.ABSENT}"}, None
    try:
        scores, arena_bytes = tflm.run(model, inputs)
    except RefusedError as refusal:
        return {"runs": "no", "reason": str(refusal)}, None
    figures = {
        "runs": "yes",
        "arena_bytes": arena_bytes,
        **accuracies(scores, labels),
        "agree_with_litert_images": int(np.sum(scores.argmax(axis=1) == litert.argmax(axis=1))),
    }
    return figures, scores
