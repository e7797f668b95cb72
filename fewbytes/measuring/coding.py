"""A model's weights coded, the last step of Deep Compression: by Huffman (Han et al. 2015, sec. 4), and arithmetic."""

import numpy as np

from fewbytes.coding import coded, packed
from fewbytes.command import InputError
from fewbytes.metrics import Metrics
from fewbytes.model_files.weights import Layer


def measure(layers: list[Layer], source: str) -> tuple[Metrics, bytes | None]:
    """What coded weights count, and the Huffman-coded file; neither where weights have too many values to share.

    huffman_bytes: with all a decoder needs, codebooks, code tables, biases, scales. huffman_ratio: how often it goes
    into the parameters as float32, Han's accounting. Raises InputError where weights do not survive the round trip.
    """
    try:
        content, parts = packed.pack(layers)
    except InputError:
        return {}, None
    packed.require_same(packed.unpack(content, "the file just made"), layers, source)
    float32_bytes = 4 * sum(layer.kernel.size + layer.bias.size for layer in layers)
    figures = {"huffman_bytes": len(content), **parts, "huffman_ratio": round(float32_bytes / len(content), 4)}
    if layers[0].kernel.dtype == np.int8 and sum(layer.kernel.size for layer in layers) < coded.LARGEST:
        arithmetic, by_layer = coded.encode(layers)
        packed.require_same(coded.unpack(arithmetic, "the file just made")[0], layers, source)
        figures["arithmetic_bytes"] = len(arithmetic)
        figures["arithmetic_ratio"] = round(float32_bytes / len(arithmetic), 4)
        names = [layer.name for layer in layers]
        figures["arithmetic_bytes_by_layer"] = dict(zip(names, by_layer, strict=True))
    return figures, content
