"""Prune the baseline by magnitude while it is retrained (Zhu and Gupta 2017, the schedule of the essay's appendix)."""

import math
from pathlib import Path

from stages.shared import dataset, keras_files, params, tflite, training
from stages.shared.command import run
from stages.shared.dataset import Split
from stages.shared.files import write_bytes
from stages.shared.keras import keras, make_deterministic

import tensorflow_model_optimization as tfmot  # isort: skip, it needs the variables that stages.shared.keras sets

sparsity = tfmot.sparsity.keras


def prune(
    model: keras.Model, recipe: params.Prune, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` whose smallest kernel weights are zero, layer by layer, and the history of its retraining."""
    steps = math.ceil(len(train.images) / recipe.batch_size) * recipe.epochs
    schedule = sparsity.PolynomialDecay(
        recipe.initial_sparsity, recipe.final_sparsity, begin_step=0, end_step=steps, frequency=recipe.frequency
    )
    pruned = sparsity.prune_low_magnitude(model, pruning_schedule=schedule)
    history = training.fit(
        pruned, train.images, train.labels, recipe, validation=validation, callbacks=[sparsity.UpdatePruningStep()]
    )
    return sparsity.strip_pruning(pruned), history


def main() -> None:
    settings = params.load()
    make_deterministic(settings.seed)
    baseline = keras_files.load(Path("models/baseline.h5"))
    model, history = prune(baseline, settings.prune, dataset.load("train"), dataset.load("validation"))
    training.save_history(Path("metrics/history/pruned.csv"), history)
    keras_files.save(model, Path("models/pruned.h5"))
    write_bytes(Path("models/pruned.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
