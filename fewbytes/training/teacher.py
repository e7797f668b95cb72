"""Train a teacher of the frontier, and keep its logits on augmented copies of the training images."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.data.spec import Raw, Spec
from fewbytes.frontier_params import PATH, Augment, Teacher
from fewbytes.networks import health, predicting, stack
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.training import annealing, augment

layers = keras.layers
COPIES_APART = 1_000_000  # seeds of the teacher's own epochs, beside those of the copies
PREDICTED_AT_ONCE = 500


def build(recipe: Teacher, spec: Spec, name: str) -> keras.Model:
    """One of its networks: its blocks; or two convolutions with batch norm for each number of filters, then pooling.

    At the end are logits. Raises InputError where that does not fit the data.
    """
    where = f"{PATH}: teachers.{name}"
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
    recipe: Teacher, strength: Augment, seed: int, train: Split, validation: Split, *, spec: Spec, name: str
) -> tuple[keras.Model, float]:
    """The teacher and its accuracy on the validation split. train: raw. seed: of the first of its networks."""
    networks = [
        _network(recipe, strength, each, train, validation, spec=spec, name=name)
        for each in range(seed, seed + recipe.networks)
    ]
    model = networks[0] if len(networks) == 1 else _mean(networks, spec)
    return model, predicting.accuracy(model, validation)


def _network(
    recipe: Teacher, strength: Augment, seed: int, train: Split, validation: Split, *, spec: Spec, name: str
) -> keras.Model:
    make_deterministic(seed)
    model = build(recipe, spec, name)
    seeds = range(COPIES_APART + seed, COPIES_APART + seed + recipe.epochs)
    annealing.fit(
        model,
        ((spec.normalise(augment.warp(train.inputs, strength, each, spec)), train.labels) for each in seeds),
        recipe,
        validation,
        suspects={f"teachers.{name}.learning_rate": recipe.learning_rate},
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def _mean(networks: list[keras.Model], spec: Spec) -> keras.Model:
    """Of their logits."""
    inputs = keras.Input(spec.input_shape)
    total = layers.add([network(inputs) for network in networks])
    return keras.Model(inputs, layers.Rescaling(1 / len(networks))(total))


def logits(model: keras.Model, recipe: Teacher, strength: Augment, examples: Raw, spec: Spec) -> NDArray[np.float16]:
    """(copies, n, classes): copy k is of the raw examples warped with seed k."""
    copies = (spec.normalise(augment.warp(examples, strength, copy, spec)) for copy in range(recipe.copies))
    predicted = [model.predict(copy, batch_size=PREDICTED_AT_ONCE, verbose=0) for copy in copies]
    return np.array(predicted, np.float16)
