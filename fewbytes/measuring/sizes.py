"""Each size of a model under its own name, and its ratios to the start of its chain."""

import io
import zipfile
from pathlib import Path

import numpy as np

from fewbytes.metrics import Metrics
from fewbytes.model_files import hdf5
from fewbytes.model_files.weights import Layer
from fewbytes.runtimes.litert import read_model

COMPARED = ("zip_bytes", "parameter_bytes", "accuracy")


def read_whole(path: Path) -> bytes:
    """The bytes of a model file. Raises InputError where it is no whole .h5 or .tflite."""
    if path.suffix != ".h5":
        return read_model(path)
    hdf5.require_plain(path)
    return path.read_bytes()


def zip_bytes(content: bytes, name: str) -> int:
    """Bytes of a zip archive that holds `content` deflated: the essay's Table 1 (appendix 5.1)."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)
    return len(archive.getvalue())


def of_layers(layers: list[Layer]) -> Metrics:
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
