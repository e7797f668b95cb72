"""Layers that share their weights: trained apart, and made the same again after every step.

Apart they pass through folding, quantization and conversion as any others do. Their kernels are stored once, in coded
files and in the C.
"""

from typing import Any

from fewbytes.compression import lowbit
from fewbytes.networks.keras import keras, tf

Shared = tuple[tf.Variable, ...]  # the same variable of each layer


class Tied(keras.callbacks.Callback):
    """Groups of layers, each by its place among those with weights; the first of a group sets where all begin."""

    def __init__(self, model: keras.Model, groups: list[list[int]]) -> None:
        super().__init__()
        weighted = [layer for layer in model.layers if _kernels(layer)]
        self._learned: list[Shared] = []
        self._set: list[Shared] = []  # masks and such
        for group in groups:
            members = [weighted[place] for place in group]
            self._learned += zip(*(layer.trainable_weights for layer in members), strict=True)
            states = [list(each.state) for layer in members for each in lowbit.gridded_of(layer)]
            self._set += zip(*states, strict=True)
        for first, *others in self._learned:
            for other in others:
                other.assign(first)
        self._meet = tf.function(self._met)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del batch, logs
        self._meet()

    def _met(self) -> None:
        for shared in self._learned:
            mean = tf.add_n([tf.convert_to_tensor(each) for each in shared]) / len(shared)
            for each in shared:
                each.assign(mean)
        for first, *others in self._set:
            for other in others:
                other.assign(first)


def _kernels(layer: keras.layers.Layer) -> list[tf.Variable]:
    return [variable for variable in layer.trainable_weights if "kernel" in variable.name]
