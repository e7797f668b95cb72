"""Prune the baseline by magnitude while it is retrained (Zhu and Gupta 2017, the schedule of the essay's appendix)."""

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.compression.tfmot import tfmot
from fewbytes.data.dataset import Split
from fewbytes.networks import layers
from fewbytes.networks.keras import keras
from fewbytes.training import schedules, training

sparsity = tfmot.sparsity.keras


def prune(
    model: keras.Model, recipe: params.Prune, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` whose smallest kernel weights are zero, layer by layer, and the history of its retraining.

    Raises InputError when the mask would not be updated after the first step, and for a layer that `model` lacks.
    """
    last_step = schedules.steps(recipe, len(train.inputs)) - 1
    last_update = last_step // recipe.frequency * recipe.frequency  # final_sparsity is reached here, exactly
    if last_update == 0:
        raise InputError(
            f"params.yaml: prune.frequency = {recipe.frequency}: must be at most {last_step}, "
            f"the last step of {recipe.epochs} epochs at batch_size {recipe.batch_size}"
        )
    layers.require(model, recipe.layers, "prune.layers")

    def wrap(layer: keras.layers.Layer) -> keras.layers.Layer:
        final = recipe.layers.get(layer.name, recipe.final_sparsity)
        if final == 0:
            return layer
        schedule = sparsity.PolynomialDecay(
            min(recipe.initial_sparsity, final), final, begin_step=0, end_step=last_update, frequency=recipe.frequency
        )
        return sparsity.prune_low_magnitude(layer, pruning_schedule=schedule)

    pruned = layers.wrapped(model, wrap)
    history = training.fit(
        pruned,
        train.inputs,
        train.labels,
        recipe,
        suspects={"prune.learning_rate": recipe.learning_rate, "prune.final_sparsity": recipe.final_sparsity},
        validation=validation,
        weights=train.weights,
        callbacks=[sparsity.UpdatePruningStep()],
    )
    return sparsity.strip_pruning(pruned), history
