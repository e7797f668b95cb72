"""Measure one variant: accuracy on the test images, parameters, and each size under its own name."""

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np

from fewbytes import arrays, metrics
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data.dataset import CLASSES, Labels
from fewbytes.files import write_csv, write_json
from fewbytes.metrics import Metrics
from fewbytes.model_files import hdf5, weights
from fewbytes.model_files.weights import Layer
from fewbytes.runtimes.litert import Classifier, read_model

COMPARED = ("zip_bytes", "parameter_bytes", "accuracy")
LATENCY_SECONDS = 0.3  # of single images; the median is kept


def zip_bytes(content: bytes, name: str) -> int:
    """Bytes of a zip archive that holds `content` deflated: the essay's Table 1 (appendix 5.1)."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)
    return len(archive.getvalue())


def read_whole(path: Path) -> bytes:
    """The bytes of a model file. Raises InputError where it is no whole .h5 or .tflite."""
    if path.suffix != ".h5":
        return read_model(path)
    hdf5.require_plain(path)
    return path.read_bytes()


def sizes(layers: list[Layer]) -> Metrics:
    """What the weights alone amount to, whatever the file around them.

    parameter_bytes: 8 a parameter, the essay's Table 2. float32_bytes: 4 a parameter.
    sparsity: the share of parameters, biases included, that are zero; by layer: of the kernel's weights.
    """
    parameters = sum(layer.kernel.size + layer.bias.size for layer in layers)
    nonzero = sum(int(np.count_nonzero(layer.kernel)) + int(np.count_nonzero(layer.bias)) for layer in layers)
    return {
        "parameters": parameters,
        "nonzero_parameters": nonzero,
        "sparsity": round(1 - nonzero / parameters, 6),
        "sparsity_by_layer": {
            layer.name: round(1 - int(np.count_nonzero(layer.kernel)) / layer.kernel.size, 6) for layer in layers
        },
        "parameter_bytes": 8 * parameters,
        "float32_bytes": 4 * parameters,
    }


def compare(figures: Metrics, start: Metrics) -> Metrics:
    """Ratios to the start of the chain, each in the same measure, and the accuracy gained in percentage points."""
    return {
        "compression_zip": round(start["zip_bytes"] / figures["zip_bytes"], 4),
        "compression_parameter_bytes": round(start["parameter_bytes"] / figures["parameter_bytes"], 4),
        "accuracy_change_points": round(100 * (figures["accuracy"] - start["accuracy"]), 4),
    }


def confusion(actual: Labels, predicted: Labels) -> list[tuple[int, int, int]]:
    """Rows (actual, predicted, images), all 100 of them."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (actual, predicted), 1)
    return [(i, j, int(counts[i, j])) for i in range(CLASSES) for j in range(CLASSES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant")
    parser.add_argument("zipped", type=Path, help="the file whose zip the essay's Table 1 counts")
    parser.add_argument(
        "start", type=Path, help="metrics of the chain's start; a model file where the chain starts here"
    )
    arguments = parser.parse_args()
    path = Path(f"models/{arguments.variant}.tflite")
    model = read_model(path)
    test = dataset.load("test")

    scores = Classifier(model, str(path)).scores(test.images)
    predicted = scores.argmax(axis=1).astype(np.uint8)
    figures: Metrics = {
        "accuracy": float(np.mean(predicted == test.labels)),
        "test_images": len(test.images),
        **sizes(weights.read(model, str(path))),
        "model_bytes": len(model),
        "zip_bytes": zip_bytes(read_whole(arguments.zipped), arguments.zipped.name),
        "latency_us": round(Classifier(model, str(path), threads=1).latency_us(test.images[:1], LATENCY_SECONDS), 1),
    }
    if arguments.start.suffix == ".json":
        start = metrics.require(metrics.load(arguments.start), COMPARED, str(arguments.start))
        figures |= compare(figures, start)
    write_csv(
        Path(f"metrics/confusion/{arguments.variant}.csv"),
        ["actual", "predicted", "images"],
        confusion(test.labels, predicted),
    )
    arrays.save(Path(f"data/litert/{arguments.variant}.npy"), scores)
    write_json(metrics.path_of(arguments.variant), figures)


if __name__ == "__main__":
    run(main)
