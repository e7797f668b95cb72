"""Pruning a network on its grid of few bits while it is retrained, to a number of weights for all layers together.

Which weights go is told by what each one's absence would cost: its square times its Fisher information, the mean square
of its gradient (Theis et al. 2018, after optimal brain damage, LeCun et al. 1990). That measure is the same in every
layer, so that layers need no sparsity of their own. The number falls as in Zhu and Gupta (2017).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.compression import lowbit
from fewbytes.data.dataset import Inputs
from fewbytes.networks.keras import keras, tf

SAMPLES = 1024  # images whose gradients are averaged
AT_ONCE = 16  # of them in a gradient: the square of a mean over many says little of the mean of squares
FALLING = 0.7  # of the steps; the rest retrain what is left


class Pruner(keras.callbacks.Callback):
    """Takes weights away until `weights` are left, in `steps` steps over any number of fits."""

    def __init__(self, model: keras.Model, inputs: Inputs, weights: int, steps: int, frequency: int) -> None:
        super().__init__()
        self._layers = [(each.kernel, each.state.mask) for each in lowbit.gridded(model)]
        chosen = np.linspace(0, len(inputs) - 1, min(SAMPLES, len(inputs))).astype(int)
        self._samples = tf.constant(inputs[chosen])
        self._aware = model
        self._first, self._last = count(model), weights
        self._left = self._first
        self._steps, self._frequency, self._step = steps, frequency, 0
        self._squares = tf.function(self._squared_gradients)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del batch, logs
        self._step += 1
        done = min(1.0, self._step / (FALLING * self._steps))
        kept = round(self._last + (self._first - self._last) * (1 - done) ** 3)
        due = self._step % self._frequency == 0 or done == 1
        if due and kept < self._left:
            self._keep(kept)
            self._left = kept

    def _keep(self, number: int) -> None:
        costs = [
            np.where(mask.numpy() > 0, kernel.numpy() ** 2 * squares, -1)
            for (kernel, mask), squares in zip(self._layers, self._information(), strict=True)
        ]
        ranked = np.argsort(np.concatenate([cost.ravel() for cost in costs]), kind="stable")
        kept = np.zeros(len(ranked), np.float32)
        kept[ranked[len(ranked) - number :]] = 1
        ends = np.cumsum([cost.size for cost in costs])[:-1]
        for (_, mask), part in zip(self._layers, np.split(kept, ends), strict=True):
            mask.assign(part.reshape(mask.shape))

    def _information(self) -> list[NDArray[np.float32]]:
        """For each kernel the sums of its squared gradients, labels drawn as the network itself would."""
        parts = tf.range(0, len(self._samples), AT_ONCE)
        squares = [self._squares(self._samples[start : start + AT_ONCE], start) for start in parts]
        return [np.sum([part.numpy() for part in of_layer], axis=0) for of_layer in zip(*squares, strict=True)]

    def _squared_gradients(self, images: tf.Tensor, seed: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = self._aware(images, training=False)
            labels = tf.random.stateless_categorical(logits, 1, tf.stack([seed, 0]))[:, 0]
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        return [tf.square(gradient) for gradient in tape.gradient(loss, [kernel for kernel, _ in self._layers])]


def count(model: keras.Model) -> int:
    """Weights that the masks of `model` leave."""
    return sum(int(np.count_nonzero(each.state.mask.numpy())) for each in lowbit.gridded(model))
