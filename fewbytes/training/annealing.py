"""Fitting a Keras model on other images every epoch, the learning rate falling by a cosine."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.dataset import Inputs, Split
from fewbytes.networks import health, predicting
from fewbytes.networks.health import Suspects
from fewbytes.networks.keras import keras, progress, tf
from fewbytes.params import Schedule
from fewbytes.training import schedules

WARM_UP = 0.1  # of the steps: the learning rate rises


class Cosine(keras.optimizers.schedules.LearningRateSchedule):
    """From 0 to `peak` and back to 0 (Loshchilov and Hutter 2017, without restarts)."""

    def __init__(self, peak: float, steps: int) -> None:
        self._peak, self._steps = peak, steps

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        done = tf.cast(step, tf.float32) / self._steps
        falling = 0.5 * (1 + tf.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
        return self._peak * tf.where(done < WARM_UP, done / WARM_UP, falling)

    def get_config(self) -> dict[str, Any]:
        return {"peak": self._peak, "steps": self._steps}


def fit(
    model: keras.Model,
    epochs: Iterable[tuple[Inputs, NDArray[Any]]],
    schedule: Schedule,
    validation: Split,
    *,
    suspects: Suspects,
    loss: Callable[..., Any],
    callbacks: Sequence[keras.callbacks.Callback] = (),
    weights: NDArray[np.float32] | None = None,
) -> list[float]:
    """Train `model` in place, each epoch on the inputs (n, *input_shape) and targets it is given.

    weights: (n,) how much each example counts, the same in every epoch; None where all count alike.
    suspects: the parameters to name where the training fails.
    Returns the accuracy on the validation split after each epoch. Raises InputError when the loss is not finite, and
    warns of an accuracy that is chance.
    """
    health.require_batch(model, schedule.batch_size, suspects)
    accuracies: list[float] = []
    watched = [*callbacks, health.Finite(suspects)]
    with health.memory_errors():
        for epoch, (inputs, targets) in enumerate(epochs):
            if not epoch:
                steps = schedules.steps(schedule, len(inputs))
                model.compile(keras.optimizers.Adam(Cosine(schedule.learning_rate, steps)), loss)
            model.fit(
                inputs,
                targets,
                batch_size=schedule.batch_size,
                sample_weight=weights,
                verbose=progress(),
                callbacks=watched,
            )
            accuracies.append(predicting.accuracy(model, validation))
    health.warn_of_chance(accuracies[-1], validation.labels, "validation", suspects)
    return accuracies
