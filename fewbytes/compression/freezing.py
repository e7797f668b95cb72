"""Weights of few bits held, one after another, where they mostly were, while the others go on learning.

The gradient that skips the rounding drives weights to and fro across the middle between two multiples: which network
training ends with is then a matter of the step at which it stops (Nagel et al. 2022, "Overcoming oscillations in
quantization-aware training"). Those that cross it most often are held first, at the multiple that they were nearest to
on average; what is left makes up for it, in the end biases and steps alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.compression import lowbit
from fewbytes.frontier_params import Freeze
from fewbytes.networks.keras import keras, tf

MOMENTUM = 0.99  # of the averages, from step to step
FREQUENCY = 100  # steps between two times that some are held, at most
TIMES = 40  # that steps are divided into where they are few


class Freezer(keras.callbacks.Callback):
    """Holds the weights of `model`, which `lowbit.aware` made, over `steps` steps in any number of fits."""

    def __init__(self, model: keras.Model, recipe: Freeze, steps: int) -> None:
        super().__init__()
        self._kernels = lowbit.gridded(model)
        self._recipe, self._steps, self._step = recipe, steps, 0
        self._done = 0.0  # share of the time between first and last; below 0 before
        self._frequency = max(1, min(FREQUENCY, steps // TIMES))
        now = [kernel.multiples() for kernel in self._kernels]
        self._last = [tf.Variable(multiples) for multiples in now]
        self._mean = [tf.Variable(multiples) for multiples in now]
        self._crossings = [tf.Variable(tf.zeros_like(multiples)) for multiples in now]  # a step, on average
        self._follow = tf.function(self._followed)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        del batch, logs
        if self._done >= 1:
            return
        self._step += 1
        self._follow()
        first, last = (self._steps * share for share in (self._recipe.first, self._recipe.last))
        self._done = (self._step - first) / max(1, last - first)
        if self._done > 0 and (self._step % self._frequency == 0 or self._done >= 1):
            self._hold(min(1, self._done))

    def _followed(self) -> None:
        for kernel, last, mean, crossings in zip(self._kernels, self._last, self._mean, self._crossings, strict=True):
            multiples = kernel.multiples()
            crossed = tf.cast(multiples != last, tf.float32)
            crossings.assign(MOMENTUM * crossings + (1 - MOMENTUM) * crossed)
            mean.assign(MOMENTUM * mean + (1 - MOMENTUM) * multiples)
            last.assign(multiples)

    def _hold(self, share: float) -> None:
        """As many as make this share of all weights; of what crosses as often, the farthest from its multiple."""
        held = _flat([kernel.state.held for kernel in self._kernels]) > 0
        wanted = round(share * len(held)) - np.count_nonzero(held)
        if wanted <= 0:
            return
        away = _flat([kernel.distance() for kernel in self._kernels])
        order = np.lexsort([-away, -_flat(self._crossings), held])
        chosen = np.zeros(len(held), bool)
        chosen[order[:wanted]] = True
        ends = np.cumsum([mean.shape.num_elements() for mean in self._mean])[:-1]
        for kernel, mean, part in zip(self._kernels, self._mean, np.split(chosen, ends), strict=True):
            kernel.hold(part.reshape(mean.shape), np.round(mean.numpy()))


def _flat(tensors: list[tf.Tensor]) -> NDArray[Any]:
    return np.concatenate([tensor.numpy().ravel() for tensor in tensors])
