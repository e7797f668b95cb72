"""Training on other images every epoch, the learning rate falling."""

import numpy as np
import pytest

from fewbytes.data.dataset import Split
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Schedule
from fewbytes.training import annealing


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    rate = annealing.Cosine(0.5, 1000)
    rates = [float(rate(step)) for step in (0, 50, 100, 550, 1000)]
    assert rates == pytest.approx([0, 0.25, 0.5, 0.25, 0], abs=1e-6)


def test_examples_count_for_what_they_weigh(digits: Split) -> None:
    wrong = np.arange(len(digits.labels)) // 10 % 2 == 1
    labels = np.where(wrong, (digits.labels + 1) % 10, digits.labels)
    weights = np.where(wrong, 0, 2).astype(np.float32)
    schedule = Schedule(epochs=4, batch_size=20, learning_rate=0.01)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    reached = []
    for each in (weights, None):
        make_deterministic(1)
        model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
        epochs = [(digits.inputs, labels)] * 4
        reached.append(annealing.fit(model, epochs, schedule, digits, suspects={}, loss=loss, weights=each)[-1])
    assert reached[0] > 0.9
    assert reached[1] < reached[0]


def test_schedules_need_no_keras_defaults(digits: Split) -> None:
    make_deterministic(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    schedule = Schedule(epochs=3, batch_size=20, learning_rate=0.01)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracies = annealing.fit(model, [(digits.inputs, digits.labels)] * 3, schedule, digits, suspects={}, loss=loss)
    assert len(accuracies) == 3
    assert accuracies[-1] > 0.9
