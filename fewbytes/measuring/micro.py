"""What a microcontroller's runtime makes of a model: TensorFlow Lite Micro runs it, here on this machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import Split, accuracies
from fewbytes.metrics import Metrics
from fewbytes.runtimes import tflm
from fewbytes.runtimes.litert import Classifier
from fewbytes.runtimes.tflm import RefusedError

Scores = NDArray[Any]


def measure(model: bytes, classifier: Classifier, test: Split, litert: Scores) -> tuple[Metrics, Scores | None]:
    """What TensorFlow Lite Micro makes of `model`, and its raw outputs (n, classes), None where it does not run.

    classifier: `model` on LiteRT, which has checked it, as TensorFlow Lite Micro does not. litert: its outputs.
    """
    if not tflm.available():
        return {"runs": f"not tried: {tflm.ABSENT}"}, None
    try:
        arena_bytes = tflm.Interpreter(model).arena_bytes()
        scores = tflm.scores(model, classifier.inputs(test.inputs))
    except RefusedError as refusal:
        return {"runs": "no", "reason": str(refusal)}, None
    figures = {
        "runs": "yes",
        "arena_bytes": arena_bytes,
        **accuracies(scores, test.labels),
        "agree_with_litert_images": int(np.sum(scores.argmax(axis=1) == litert.argmax(axis=1))),
    }
    return figures, scores
