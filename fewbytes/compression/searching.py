"""Training in rounds, each with fewer weights or with dearer ones, until a budget of accuracy is spent."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.compression import entropy, lowbit, pruning
from fewbytes.data.dataset import Split
from fewbytes.files import write_csv
from fewbytes.model_files import dead, slim
from fewbytes.networks import predicting
from fewbytes.networks.keras import keras
from fewbytes.params import RisingPenalty, SearchRecipe
from fewbytes.training import annealing, distillation, schedules


class Round(NamedTuple):
    """weights: that are not zero. accuracy: of the network that simulates int8, on the validation split."""

    number: int
    weights: int
    sparsity: float
    accuracy: float
    change_points: float  # from the model the search began with
    within_budget: bool


def search(
    model: keras.Model,
    recipe: SearchRecipe,
    train: Split,
    validation: Split,
    teacher_logits: NDArray[np.float32],
    *,
    section: str,
) -> tuple[keras.Model, list[Round]]:
    """The last round's model that kept within the budget, and all rounds, the one that did not the last.

    Where the first round already exceeds the budget, its model, and a warning: nothing was found, as the rounds say.
    teacher_logits: (n, classes), of the examples to train on; they guide the retraining. section: where `recipe`
    stands in params.yaml.
    """
    targets = np.column_stack([train.labels, teacher_logits]).astype(np.float32)
    start = predicting.accuracy(model, validation)
    loss = distillation.loss(recipe.alpha, recipe.temperature, scale_by_temperature_squared=True)
    aware = lowbit.aware(model, recipe.grid, recipe.layers)
    total = pruning.count(aware)
    suspects = {f"{section}.{key}": getattr(recipe, key) for key in ("learning_rate", "temperature")}
    best, rounds = None, list[Round]()
    for number in range(1, recipe.rounds + 1):
        watching, of_round = _pressure(aware, recipe, number, train, loss, total=total)
        epochs = [(train.inputs, targets)] * recipe.epochs
        reached = annealing.fit(
            aware,
            epochs,
            recipe,
            validation,
            suspects=suspects,
            loss=of_round,
            callbacks=[watching],
            weights=train.weights,
        )[-1]
        weights = sum(int(np.count_nonzero(each.multiples())) for each in lowbit.gridded(aware))
        change = round(100 * (reached - start), 4)
        within = -change <= recipe.accuracy_budget
        rounds.append(Round(number, weights, round(1 - weights / total, 6), reached, change, within))
        logging.info("round %d: %s weights, %.2f %%, %+.2f points", number, f"{weights:,}", 100 * reached, change)
        if not within:
            break
        best = aware.get_weights()
    if best is None:
        logging.warning(
            "warning: params.yaml: %s.accuracy_budget = %s: not found: the first round, with %s weights, already costs "
            "%.2f points; more epochs, a larger shares.first_kept or a smaller entropy_penalty.per_byte cost fewer. "
            "Its network goes on, marked as not found",
            section,
            recipe.accuracy_budget,
            f"{rounds[0].weights:,}",
            -rounds[0].change_points,
        )
    else:
        aware.set_weights(best)
    return aware, rounds


def _pressure(
    aware: keras.Model, recipe: SearchRecipe, number: int, train: Split, loss: entropy.Loss, *, total: int
) -> tuple[keras.callbacks.Callback, entropy.Loss]:
    """What makes fewer weights of a round, `number` from 1, of `total`: a callback, and the loss to train with."""
    steps = schedules.steps(recipe, len(train.inputs))
    penalty, shares = recipe.entropy_penalty, recipe.shares
    if penalty is not None:
        before = _price(penalty, number - 1) if number > 1 else 0.0
        priced = entropy.Penalty(aware, _price(penalty, number), penalty.ramp, steps, before)
        return priced, priced.added_to(loss)
    assert shares is not None
    kept = round(shares.first_kept * shares.keep ** (number - 1) * total)
    return pruning.Pruner(aware, train.inputs, kept, steps, shares.frequency), loss


def _price(penalty: RisingPenalty, number: int) -> float:
    """Of a byte, in the round of this number."""
    return penalty.per_byte * penalty.dearer ** (number - 1)


def searched(
    model: keras.Model, recipe: SearchRecipe, train: Split, validation: Split, *, section: str
) -> tuple[bytes, list[Round]]:
    """The .tflite file, int8 throughout, of the last round within the budget, and all rounds. `model` is the teacher.

    section: where `recipe` stands in params.yaml.
    """
    teacher_logits = predicting.logits(model, train.inputs)
    aware, rounds = search(model, recipe, train, validation, teacher_logits, section=section)
    return slim.slim(dead.fold(lowbit.convert(aware, model, train.inputs))), rounds


def save_rounds(path: Path, rounds: Sequence[Round]) -> None:
    write_csv(path, Round._fields, rounds)
