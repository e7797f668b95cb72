"""What goes wrong while a network is trained, said in one line: no finite loss, too little memory, answers by chance.

This module can stop a stage or warn, but never change what it makes, so stages do not list it among their `deps`.
"""

import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.networks.keras import keras, tf

Suspects = Mapping[str, float]  # parameters that are likely to blame: their keys in params.yaml, and their values
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
