"""Probe what a microcontroller makes of a variant: TensorFlow Lite Micro runs it, Vela estimates it on an NPU."""

import argparse
from pathlib import Path

import numpy as np

from fewbytes import arrays, metrics
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data.dataset import CLASSES, Split
from fewbytes.files import write_json
from fewbytes.metrics import Metrics
from fewbytes.runtimes import tflm, vela
from fewbytes.runtimes.litert import Classifier, read_model
from fewbytes.runtimes.tflm import RefusedError

Scores = np.typing.NDArray[np.float32 | np.int8]


def probe(model: bytes, source: str, test: Split, litert: Scores) -> tuple[Metrics, Scores]:
    """What TensorFlow Lite Micro makes of `model`, and its raw outputs (n, 10), none where it does not run.

    litert: the outputs of LiteRT on the same images.
    """
    nothing = np.empty((0, CLASSES), np.int8)
    if not tflm.available():
        return {"runs": f"not tried: {tflm.ABSENT}"}, nothing
    classifier = Classifier(model, source)  # before TensorFlow Lite Micro, which checks less
    try:
        arena_bytes = tflm.Interpreter(model).arena_bytes()
    except RefusedError as refusal:
        return {"runs": "no", "reason": str(refusal)}, nothing
    scores = tflm.scores(model, classifier.inputs(test.images))
    predicted = scores.argmax(axis=1)
    return {
        "runs": "yes",
        "arena_bytes": arena_bytes,
        "accuracy": float(np.mean(predicted == test.labels)),
        "agree_with_litert_images": int(np.sum(predicted == litert.argmax(axis=1))),
    }, scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant")
    variant = parser.parse_args().variant
    path = Path(f"models/{variant}.tflite")
    model = read_model(path)
    test = dataset.load("test")
    litert = arrays.load(Path(f"data/litert/{variant}.npy"), (len(test.images), CLASSES), np.float32, np.int8)
    figures, scores = probe(model, str(path), test, litert)
    arrays.save(Path(f"data/tflm/{variant}.npy"), scores)
    write_json(metrics.FOLDER / "micro" / f"{variant}.json", {"tflm": figures, "npu": vela.estimate(path)})


if __name__ == "__main__":
    run(main)
