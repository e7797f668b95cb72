"""Weights on a grid: the nearest of few multiples of a step. The gradient skips the rounding (Bengio et al. 2013)."""

from fewbytes.networks.keras import keras, tf


def nearest(
    kept: tf.Tensor, mask: tf.Tensor, most: int, share: float, log_step: tf.Tensor | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Each weight as the nearest of `2 * most + 1` multiples of a step, and the step.

    kept: weights, zero where `mask` is. The step is the exponential of `log_step` or, without that, `share` of the root
    mean square of what `mask` leaves.
    """
    if log_step is not None:
        step = tf.exp(log_step)
        multiples = tf.clip_by_value(kept / step, -most, most)
    else:
        spread = tf.sqrt(tf.reduce_sum(tf.square(kept)) / tf.maximum(1.0, tf.reduce_sum(mask)))
        step = tf.stop_gradient(share * spread) + keras.backend.epsilon()
        multiples = kept / step
    rounded = tf.clip_by_value(tf.round(multiples), -most, most)
    return (multiples + tf.stop_gradient(rounded - multiples)) * step, step
