"""Train the frontier's teacher, and keep its logits on augmented copies of the training images."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.data.spec import Inputs, Spec
from fewbytes.frontier_params import PATH, Augment, Teacher
from fewbytes.networks import health, stack
from fewbytes.networks.keras import keras
from fewbytes.training import annealing, augment

layers = keras.layers
COPIES_APART = 1_000_000  # seeds of the teacher's own epochs, beside those of the copies
PREDICTED_AT_ONCE = 500


def build(recipe: Teacher, spec: Spec) -> keras.Model:
    """Its blocks; or two convolutions with batch norm for each number of filters, then pooling. At the end, logits.

    Raises InputError where that does not fit the data.
    """
    where = f"{PATH}: teacher"
    if recipe.filters is None:
        return stack.build(recipe.blocks or [], spec, where)
    if spec.kind != "image":
        raise InputError(f"{where}: takes images; the data are {spec.kind}, of the shape {spec.input_shape}")
    left = min(spec.input_shape[:2])
    for _ in recipe.filters:
        left = (left - 4) // 2
    if left < 1:
        raise InputError(f"{where}.filters: {len(recipe.filters)} of them leave nothing of {spec.input_shape[:2]}")
    chain = [keras.Input(spec.input_shape)]
    for filters in recipe.filters:
        for _ in range(2):
            chain += [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
        chain += [layers.MaxPooling2D()]
    chain += [layers.Flatten(), layers.Dropout(recipe.dropout), layers.Dense(len(spec.classes))]
    with health.memory_errors(), health.bounded(where):
        return keras.Sequential(chain)


def teach(
    recipe: Teacher, strength: Augment, seed: int, train: Split, validation: Split, *, spec: Spec
) -> tuple[keras.Model, float]:
    """The teacher and its accuracy on the validation split. train: raw."""
    model = build(recipe, spec)
    seeds = range(COPIES_APART + seed, COPIES_APART + seed + recipe.epochs)
    figures = annealing.fit(
        model,
        ((spec.normalise(augment.warp(train.inputs, strength, each, spec)), train.labels) for each in seeds),
        recipe,
        validation,
        suspects={"teacher.learning_rate": recipe.learning_rate},
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model, figures[-1]


def logits(model: keras.Model, recipe: Teacher, strength: Augment, examples: Inputs, spec: Spec) -> NDArray[np.float16]:
    """(copies, n, classes): copy k is of the raw examples warped with seed k."""
    copies = (spec.normalise(augment.warp(examples, strength, copy, spec)) for copy in range(recipe.copies))
    predicted = [model.predict(copy, batch_size=PREDICTED_AT_ONCE, verbose=0) for copy in copies]
    return np.array(predicted, np.float16)
