"""Weights of few bits paid for by the byte while they are trained: a penalty on what an entropy coder will take.

A weight costs the bits of its magnitude, by how often that occurs in its layer at this step, and of its sign. What many
weights are becomes cheaper still, so a layer draws together on few values, zero first of all: weights are pruned where
the loss does not pay for them, and no share has to be chosen (after Wiedemann et al. 2019, "Entropy-Constrained
Training of Deep Neural Networks", and Oktay et al. 2020, "Scalable Model Compression by Entropy Penalized
Reparameterization").
"""

from collections.abc import Callable
from typing import Any

from fewbytes.compression import lowbit
from fewbytes.compression.grids import Gridded
from fewbytes.networks.keras import keras, tf

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
UNSEEN = 0.5  # added to every count: a magnitude that does not occur costs many bits, but not without end
BITS_A_BYTE = 8


class Penalty(keras.callbacks.Callback):
    """The price of the weights of `model`, which `lowbit.aware` made with learned steps.

    It rises over the first `ramp` of `steps`, those of any number of fits, from a byte's price `before`.
    """

    def __init__(self, model: keras.Model, per_byte: float, ramp: float, steps: int, before: float = 0.0) -> None:
        super().__init__()
        self._kernels = lowbit.gridded(model)
        self._before, self._per_byte = before, per_byte
        self._ramp, self._step = ramp * steps, 0
        self._price = tf.Variable(0.0, trainable=False)  # of a bit

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        del batch, logs
        risen = min(1.0, self._step / max(1.0, self._ramp))
        self._price.assign((self._before + (self._per_byte - self._before) * risen) / BITS_A_BYTE)
        self._step += 1

    def added_to(self, loss: Loss) -> Loss:
        """`loss`, and the price of all weights, the same for each example."""

        def penalized(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
            return loss(targets, outputs) + self._price * tf.add_n([bits(kernel) for kernel in self._kernels])

        return penalized


def bits(kernel: Gridded) -> tf.Tensor:
    """Of a kernel's weights, those that are held left out, with a gradient for the others and for their step.

    Between two multiples of the step it rises in a straight line, and beyond the last one on as it did on average.
    """
    on_grid, step = kernel.on_grid()
    magnitudes = tf.abs(kernel.kernel * kernel.state.mask / step)
    costs = costs_of(tf.abs(tf.round(on_grid / step)), kernel.most)
    below = tf.clip_by_value(tf.floor(magnitudes), 0, kernel.most - 1)
    place = tf.cast(below, tf.int32)
    rise = tf.gather(costs[1:] - costs[:-1], place)
    beyond = costs[-1] + (magnitudes - kernel.most) * (costs[-1] - costs[0]) / kernel.most
    within = tf.gather(costs, place) + (magnitudes - below) * rise
    return tf.reduce_sum(tf.where(magnitudes < kernel.most, within, beyond) * (1 - kernel.state.held))


def costs_of(magnitudes: tf.Tensor, most: int) -> tf.Tensor:
    """(most + 1,) bits of a weight of each magnitude, 0 to `most`, as they occur; a larger one never has fewer.

    Else weights would be drawn outwards, to a value that many have for nothing: those of inputs that are always zero.
    """
    counts = [tf.reduce_sum(tf.cast(tf.equal(magnitudes, float(each)), tf.float32)) for each in range(most + 1)]
    shares = (tf.stack(counts) + UNSEEN) / tf.add_n([*counts, (most + 1) * UNSEEN])
    sign = tf.concat([[0.0], tf.ones(most)], axis=0)
    costs = sign - tf.math.log(shares) / tf.math.log(2.0)
    so_far = tf.linalg.band_part(tf.tile(costs[tf.newaxis], [most + 1, 1]), -1, 0)
    return tf.stop_gradient(tf.reduce_max(so_far, axis=1))
