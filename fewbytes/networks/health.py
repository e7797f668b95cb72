"""What goes wrong while a network is trained, said in one line: no finite loss, too little memory, answers by chance.

This module can stop a stage or warn, but never change what it makes, so the stage `code` leaves it out (HARMLESS).
"""

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.networks.keras import keras, tf

Suspects = Mapping[str, float]  # parameters that are likely to blame: their keys in params.yaml, and their values
MOST_PARAMETERS = 50_000_000  # of a network: Adam keeps four numbers for each
MOST_ACTIVATIONS = 500_000_000  # of a network's largest layer, for a batch: 2 GB, and training keeps several such
MEMORY = ("memory", "alloc")  # words of TensorFlow's other errors where it is memory that lacks


class Finite(keras.callbacks.Callback):
    """Stops a training when a loss or a weight is no finite number. One serves all the fits of a training."""

    _supports_tf_logs = True  # Keras then leaves the figures of a batch as they are

    def __init__(self, suspects: Suspects) -> None:
        super().__init__()
        self._suspects = suspects
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        del epoch, logs
        self._epoch += 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._require(f"epoch {self._epoch}, batch {batch + 1}", float(logs["loss"]))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        del epoch
        self._require(f"epoch {self._epoch}, validation", float(logs.get("val_loss", 0.0)))
        if not all(np.isfinite(weights).all() for weights in self.model.get_weights()):
            raise InputError(f"epoch {self._epoch}: weights are not finite; see {_named(self._suspects)}")

    def _require(self, where: str, loss: float) -> None:
        if not math.isfinite(loss):
            raise InputError(f"{where}: the loss is {loss}, not a finite number; see {_named(self._suspects)}")


def warn_of_chance(accuracy: float, labels: NDArray[Any], what: str, suspects: Suspects) -> None:
    """Warn where `accuracy`, on `what`, which has `labels`, is what always answering the commonest class would give."""
    chance = np.bincount(labels.astype(int)).max() / len(labels)
    if accuracy < chance + 0.5 / len(labels):  # Keras rounds it to float32
        logging.warning(
            "warning: %.2f %% of the %s images are right after training, which is chance: the commonest class alone "
            "has %.2f %%; see %s",
            100 * accuracy,
            what,
            100 * chance,
            _named(suspects),
        )


@contextmanager
def bounded(where: str) -> Iterator[None]:
    """Within the block no model of over MOST_PARAMETERS is built: the weights that would be too many are not made.

    where: what asks for the model. Raises InputError.
    """
    made = 0

    def create(create_next: Callable[..., tf.Variable], **settings: Any) -> tf.Variable:
        nonlocal made
        made += 0 if settings["shape"] is None else math.prod(settings["shape"])  # it is of scalars, as of counters
        if made > MOST_PARAMETERS:
            raise InputError(f"{where}: the network has over {MOST_PARAMETERS:,} parameters, the most that are trained")
        return create_next(**settings)

    with tf.variable_creator_scope(create):
        yield


def require_batch(model: keras.Model, batch_size: int, suspects: Suspects) -> None:
    """Raises InputError where the outputs of a layer for a batch may not fit in memory; names the suspects' section."""
    outputs = [output for layer in model.layers for output in tf.nest.flatten(layer.output)]
    most = MOST_ACTIVATIONS // max(math.prod(output.shape[1:]) for output in outputs)
    if batch_size > most:
        section = next(iter(suspects)).rpartition(".")[0]
        raise InputError(f"params.yaml: {section}.batch_size, {batch_size}, must be at most {most} for its network")


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn what TensorFlow raises for want of memory into MemoryError, as Python and NumPy say it."""
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise MemoryError from None
    except tf.errors.InternalError as error:
        if any(word in str(error).lower() for word in MEMORY):
            raise MemoryError from None
        raise


def _named(suspects: Suspects) -> str:
    return ", ".join(f"{key} = {value}" for key, value in suspects.items())
