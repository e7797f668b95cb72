"""Which layers bear compression: one at a time pruned, or clustered, without retraining (Han et al. 2015, fig. 6)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import params
from fewbytes.data.dataset import Split
from fewbytes.networks import layers, predicting
from fewbytes.networks.keras import keras

ROUNDS = 20  # of Lloyd's algorithm; one dimension settles sooner


class Row(NamedTuple):
    """accuracy: on the validation split, with everything else as trained. level: sparsity, or bits a weight."""

    layer: str
    kind: str
    level: float
    accuracy: float


def prune(kernel: NDArray[np.float32], sparsity: float) -> NDArray[np.float32]:
    """`kernel` with its smallest weights zero, that share of them."""
    order = np.argsort(np.abs(kernel), axis=None, kind="stable")
    pruned = kernel.copy()
    pruned.flat[order[: round(sparsity * kernel.size)]] = 0
    return pruned


def share(kernel: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """`kernel` with 2^bits values: k-means from evenly spaced ones (Han et al. 2015, sec. 3.2, "linear")."""
    centres = np.linspace(kernel.min(), kernel.max(), 2**bits)
    for _ in range(ROUNDS):
        nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, kernel.ravel())  # centres stay in order
        sums = np.bincount(nearest, kernel.ravel(), len(centres))
        counts = np.bincount(nearest, minlength=len(centres))
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    return centres[nearest].reshape(kernel.shape).astype(np.float32)


def scan(model: keras.Model, recipe: params.Scan, validation: Split) -> list[Row]:
    """A row a layer and level. `model` is as before when this returns."""
    rows = []
    for layer in layers.weighted(model):
        weights = layer.get_weights()
        count = layers.kernels(layer)
        kernels, rest = weights[:count], weights[count:]
        compressed = [("pruned", level, [prune(kernel, level) for kernel in kernels]) for level in recipe.sparsities]
        compressed += [("clustered", bits, [share(kernel, bits) for kernel in kernels]) for bits in recipe.bits]
        for kind, level, others in compressed if kernels else ():
            layer.set_weights([*others, *rest])
            rows.append(Row(layer.name, kind, level, round(predicting.accuracy(model, validation), 6)))
        layer.set_weights(weights)
    return rows
