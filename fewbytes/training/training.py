"""Fitting a Keras model by a schedule, and keeping its history."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fewbytes.data.dataset import Inputs, Split
from fewbytes.files import write_csv
from fewbytes.networks import health, patches
from fewbytes.networks.health import Suspects
from fewbytes.networks.keras import keras, progress
from fewbytes.params import Schedule

History = dict[str, list[float]]


def fit(
    model: keras.Model,
    inputs: Inputs,
    targets: NDArray[Any],
    schedule: Schedule,
    *,
    suspects: Suspects,
    validation: Split | tuple[Inputs, NDArray[Any]] | None = None,
    loss: Callable[..., Any] | None = None,
    metric: Callable[..., Any] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    weights: NDArray[Any] | None = None,
) -> History:
    """Train `model` in place with Adam and return a figure an epoch of loss and accuracy.

    inputs: (n, *input_shape) float32. targets: (n,) labels, or what `loss(targets, logits)` takes.
    validation: another such pair. weights: (n,) how much each example counts; None where all count alike.
    suspects: the parameters to name where the training fails.
    Without epochs it does nothing. The default loss is cross-entropy on labels. Raises InputError when the loss is not
    finite, and warns of an accuracy that is chance.
    """
    if schedule.epochs == 0:
        return {}
    health.require_batch(model, schedule.batch_size, suspects)
    with health.memory_errors(), patches.as_matmul(model):
        model.compile(
            optimizer=keras.optimizers.Adam(schedule.learning_rate),
            loss=loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[metric or keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        )
        history: History = model.fit(
            inputs,
            targets,
            batch_size=schedule.batch_size,
            epochs=schedule.epochs,
            validation_data=(validation[0], validation[1]) if validation else None,
            sample_weight=weights,
            callbacks=[*callbacks, health.Finite(suspects)],
            verbose=progress(),
        ).history
    if validation:
        health.warn_of_chance(history["val_accuracy"][-1], _labels(validation[1]), "validation", suspects)
    else:
        health.warn_of_chance(history["accuracy"][-1], _labels(targets), "training", suspects)
    return history


def _labels(targets: NDArray[Any]) -> NDArray[Any]:
    """The labels alone; for distillation, the teacher's logits stand beside them."""
    return targets if targets.ndim == 1 else targets[:, 0]


def save_history(path: Path, history: History) -> None:
    """One row an epoch: epoch (from 1), loss, accuracy and, with a validation split, val_loss and val_accuracy.

    Without epochs, as of a network that came trained, the header alone.
    """
    rows = zip(*history.values(), strict=True)
    write_csv(
        path, ["epoch", *(history or ("loss", "accuracy"))], ([epoch, *row] for epoch, row in enumerate(rows, start=1))
    )
