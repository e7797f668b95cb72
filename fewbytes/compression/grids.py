"""Weights on a grid: the nearest of few multiples of a step. The gradient skips the rounding (Bengio et al. 2013)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.networks.keras import keras, tf
from fewbytes.params import Grid

BEGIN = {"mask": "ones", "held": "zeros", "multiple": "zeros"}  # initializers of the variables of a State, by name


class State(NamedTuple):
    """What a kernel's weights may do, in variables of its shape that no gradient changes.

    mask: 0 where a weight is pruned, else 1. held: 1 where one learns no more, else 0; multiple: of the step, at which.
    """

    mask: tf.Variable
    held: tf.Variable
    multiple: tf.Variable


class Gridded(NamedTuple):
    """A kernel that is trained on a grid.

    on_grid: what `nearest` gives for it now, with steps that broadcast to its shape. most: the largest multiple.
    """

    kernel: tf.Variable
    state: State
    on_grid: Callable[[], tuple[tf.Tensor, tf.Tensor]]
    most: int

    def multiples(self) -> tf.Tensor:
        """Of its step, whole numbers."""
        values, step = self.on_grid()
        return tf.round(values / step)

    def distance(self) -> tf.Tensor:
        """From each weight to what it is rounded to, in steps."""
        values, step = self.on_grid()
        return tf.abs(self.kernel - values) / step

    def hold(self, chosen: NDArray[np.bool_], multiples: NDArray[np.float32]) -> None:
        """Of the kernel's shape: which weights shall learn no more, and at what they are held."""
        self.state.multiple.assign(np.where(chosen, multiples, self.state.multiple.numpy()))
        self.state.held.assign(np.where(chosen, 1, self.state.held.numpy()))


def variables(layer: keras.layers.Layer, shape: Any, prefix: str = "") -> dict[str, tf.Variable]:
    """Those of a State, by name, as `layer`'s weights; `prefix` begins their own names."""
    return {
        name: layer.add_weight(f"{prefix}{name}", shape, initializer=values, trainable=False)
        for name, values in BEGIN.items()
    }


def largest(grid: Grid) -> int:
    """Multiple of its step, either way."""
    return int(2 ** (grid.bits - 1) - 1)


def nearest(kernel: tf.Tensor, state: State, grid: Grid, log_step: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
    """Each weight as the nearest of the multiples of a step that `grid` has, or as it is held, and the step.

    The step is the exponential of `log_step` or, without that, the grid's share of the root mean square of what the
    mask leaves.
    """
    kept = kernel * state.mask
    most = largest(grid)
    if log_step is not None:
        step = tf.exp(log_step)
        multiples = tf.clip_by_value(kept / step, -most, most)
    else:
        spread = tf.sqrt(tf.reduce_sum(tf.square(kept)) / tf.maximum(1.0, tf.reduce_sum(state.mask)))
        step = tf.stop_gradient(grid.step * spread) + keras.backend.epsilon()
        multiples = kept / step
    rounded = tf.clip_by_value(tf.round(multiples), -most, most)
    rounded = tf.where(state.held > 0, state.multiple, rounded)
    learning = multiples * (1 - state.held)
    return (learning + tf.stop_gradient(rounded - learning)) * step, step
