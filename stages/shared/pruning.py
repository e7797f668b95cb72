"""Pruning by magnitude while retraining (Zhu and Gupta 2017), layer by layer."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from stages.shared import training
from stages.shared.command import InputError
from stages.shared.dataset import Split
from stages.shared.keras import keras
from stages.shared.params import Schedule

import tensorflow_model_optimization as tfmot  # isort: skip, it needs the variables that stages.shared.keras sets

sparsity = tfmot.sparsity.keras


def prune(
    model: keras.Model,
    recipe: Schedule,
    targets: Mapping[str, tuple[float, float]],
    frequency: int,
    train: Split,
    validation: Split,
) -> tuple[keras.Model, training.History]:
    """A copy of `model` whose smallest kernel weights are zero, and the history of its retraining.

    targets: layer → its sparsity at the first step and at the mask's last update; layers not named stay dense.
    frequency: steps between two updates. Raises InputError when the mask would not be updated after the first step,
    and for a layer that the model has not.
    """
    last_step = math.ceil(len(train.images) / recipe.batch_size) * recipe.epochs - 1
    last_update = last_step // frequency * frequency  # the final sparsity is reached here, exactly
    if last_update == 0:
        raise InputError(
            f"params.yaml: frequency = {frequency}: must be at most {last_step}, "
            f"the last step of {recipe.epochs} epochs at batch_size {recipe.batch_size}"
        )
    copy = keras.models.clone_model(model)  # tfmot would change the model it is given
    copy.set_weights(model.get_weights())

    def wrap(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer.name not in targets:
            return layer
        begin, end = targets[layer.name]
        schedule = sparsity.PolynomialDecay(begin, end, begin_step=0, end_step=last_update, frequency=frequency)
        return sparsity.prune_low_magnitude(layer, pruning_schedule=schedule)

    pruned = keras.models.clone_model(copy, clone_function=wrap)
    history = training.fit(
        pruned, train.images, train.labels, recipe, validation=validation, callbacks=[sparsity.UpdatePruningStep()]
    )
    return sparsity.strip_pruning(pruned), history


def kernels(model: keras.Model) -> dict[str, NDArray[Any]]:
    """The kernels of the layers that can be pruned, by the layers' names."""
    return {layer.name: layer.get_weights()[0] for layer in model.layers if layer.get_weights()}
