"""Search for the fewest weights a network can do with: prune and retrain in rounds, within a budget of accuracy."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.shared import annealing, dataset, distillation, keras_files, lowbit, params, pruning, slim, tflite
from stages.shared.command import InputError, run
from stages.shared.dataset import Split, normalise
from stages.shared.files import write_bytes, write_csv
from stages.shared.keras import keras, make_deterministic

STARTS = {"searched": "baseline", "student_searched": "student"}  # variant → what it begins with


class Round(NamedTuple):
    """accuracy: of the int8 network, on the validation split."""

    number: int
    weights: int
    sparsity: float
    accuracy: float
    change_points: float  # from the model the search began with
    within_budget: bool


def search(
    model: keras.Model, recipe: params.SearchRecipe, train: Split, validation: Split
) -> tuple[keras.Model, list[Round]]:
    """The last round's model that kept within the budget, and all rounds, the one that did not the last.

    Raises InputError where the first round already exceeds the budget.
    """
    logits = model.predict(normalise(train.images), batch_size=1000, verbose=0)
    targets = np.column_stack([train.labels, logits]).astype(np.float32)
    start = accuracy(model, validation)
    loss = distillation.loss(recipe.alpha, recipe.temperature, scale_by_temperature_squared=True)
    aware = lowbit.aware(model, recipe.bits, recipe.step)
    total = pruning.count(aware)
    steps = recipe.epochs * -(-len(train.images) // recipe.batch_size)
    kept, best, rounds = recipe.first_kept, None, []
    for number in range(1, recipe.rounds + 1):
        weights = round(kept * total)
        pruner = pruning.Pruner(aware, train.images, weights, steps, recipe.frequency)
        epochs = [(train.images, targets)] * recipe.epochs
        reached = annealing.fit(aware, epochs, recipe, validation, loss=loss, callbacks=[pruner])[-1]
        change = round(100 * (reached - start), 4)
        within = -change <= recipe.accuracy_budget
        rounds.append(Round(number, weights, round(1 - weights / total, 6), reached, change, within))
        logging.info("round %d: %s weights, %.2f %%, %+.2f points", number, f"{weights:,}", 100 * reached, change)
        if not rounds[-1].within_budget:
            break
        best = aware.get_weights()
        kept *= recipe.keep
    if best is None:
        raise InputError(
            f"params.yaml: search: accuracy_budget = {recipe.accuracy_budget}: the first round, with "
            f"{rounds[0].weights:,} weights, already costs {-rounds[0].change_points:.2f} points; "
            "more first_kept or epochs cost fewer"
        )
    aware.set_weights(best)
    return aware, rounds


def accuracy(model: keras.Model, split: Split) -> float:
    predicted = model.predict(normalise(split.images), batch_size=1000, verbose=0).argmax(axis=1)
    return float(np.mean(predicted == split.labels))


def save_rounds(path: Path, rounds: Sequence[Round]) -> None:
    write_csv(path, Round._fields, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", choices=STARTS)
    variant = parser.parse_args().variant
    settings = params.load()
    recipe: params.SearchRecipe = getattr(settings.search, variant)
    make_deterministic(settings.seed)
    model = keras_files.load(Path(f"models/{STARTS[variant]}.h5"))
    aware, rounds = search(model, recipe, dataset.load("train"), dataset.load("validation"))
    save_rounds(Path(f"metrics/search/{variant}.csv"), rounds)
    write_bytes(Path(f"models/{variant}.tflite"), slim.slim(tflite.to_full_integer(aware)))


if __name__ == "__main__":
    run(main)
