"""Code a variant's weights, the last step of Deep Compression: by Huffman (Han et al. 2015, sec. 4), and arithmetic."""

import argparse
from pathlib import Path

import numpy as np

from fewbytes import metrics
from fewbytes.coding import coded, packed
from fewbytes.command import run
from fewbytes.files import write_bytes, write_json
from fewbytes.metrics import Metrics
from fewbytes.model_files import weights
from fewbytes.model_files.weights import Layer
from fewbytes.runtimes.litert import read_model


def figures(layers: list[Layer], content: bytes, parts: Metrics) -> Metrics:
    """What the file counts, and how often it goes into the parameters as float32: Han's accounting.

    Everything needed to have the weights back is in it: codebooks, code tables, biases, scales.
    """
    parameters = sum(layer.kernel.size + layer.bias.size for layer in layers)
    return {
        "encoded_bytes": len(content),
        **parts,
        "float32_bytes": 4 * parameters,
        "compression_encoded": round(4 * parameters / len(content), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant")
    variant = parser.parse_args().variant
    path = Path(f"models/{variant}.tflite")
    layers = weights.read(read_model(path), str(path))
    content, parts = packed.pack(layers)
    packed.require_same(packed.unpack(content, "the file just made"), layers, str(path))
    found = figures(layers, content, parts)
    if layers[0].kernel.dtype == np.int8:
        arithmetic = coded.pack(layers)
        packed.require_same(coded.unpack(arithmetic, "the file just made"), layers, str(path))
        found |= {
            "arithmetic_bytes": len(arithmetic),
            "compression_arithmetic": round(found["float32_bytes"] / len(arithmetic), 4),
        }
    write_bytes(Path(f"models/{variant}.packed"), content)
    write_json(metrics.FOLDER / "encoded" / f"{variant}.json", found)


if __name__ == "__main__":
    run(main)
