"""Train the frontier's teacher, and keep its logits on augmented copies of the training images."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import dataset
from fewbytes.data.dataset import SIDE, Images, Split, normalise
from fewbytes.frontier_params import Augment, Teacher
from fewbytes.networks import health
from fewbytes.networks.keras import keras
from fewbytes.training import annealing, augment

layers = keras.layers
COPIES_APART = 1_000_000  # seeds of the teacher's own epochs, beside those of the copies
PREDICTED_AT_ONCE = 500


def build(recipe: Teacher) -> keras.Model:
    """Two convolutions with batch norm for each number of filters, then pooling; a dense layer into logits."""
    chain = [keras.Input((SIDE, SIDE, 1))]
    for filters in recipe.filters:
        for _ in range(2):
            chain += [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization(momentum=0.9), layers.ReLU()]
        chain += [layers.MaxPooling2D()]
    chain += [layers.Flatten(), layers.Dropout(recipe.dropout), layers.Dense(dataset.CLASSES)]
    with health.memory_errors():
        return keras.Sequential(chain)


def teach(recipe: Teacher, strength: Augment, seed: int, train: Split, validation: Split) -> tuple[keras.Model, float]:
    """The teacher and its accuracy on the validation split."""
    model = build(recipe)
    figures = annealing.fit(
        model,
        ((augment.warp(train.images, strength, COPIES_APART + seed + e), train.labels) for e in range(recipe.epochs)),
        recipe,
        validation,
        suspects={"teacher.learning_rate": recipe.learning_rate},
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model, figures[-1]


def logits(model: keras.Model, recipe: Teacher, strength: Augment, images: Images) -> NDArray[np.float16]:
    """(copies, n, 10): copy k is of the images warped with seed k."""
    copies = (normalise(augment.warp(images, strength, copy)) for copy in range(recipe.copies))
    predicted = [model.predict(copy, batch_size=PREDICTED_AT_ONCE, verbose=0) for copy in copies]
    return np.array(predicted, np.float16)
