"""Weights of few bits are held one after another, those that cross between two multiples most often first."""

from typing import Any

import numpy as np
import pytest

from fewbytes import frontier_params
from fewbytes.compression import freezing, lowbit, recurrent
from fewbytes.compression.freezing import Freezer
from fewbytes.compression.grids import Gridded
from fewbytes.data.dataset import Split
from fewbytes.frontier_params import Freeze, TaughtPoint
from fewbytes.model_files import weights
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Grid
from tests.conftest import ROOT, Models

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
THREE_BITS = Grid(bits=3, step=0.62, learned=True)


def share_held(kernels: list[Gridded]) -> float:
    return float(np.mean(np.concatenate([each.state.held.numpy().ravel() for each in kernels])))


def train(aware: Any, digits: Split, epochs: int, *callbacks: Any) -> None:
    aware.fit(digits.inputs, digits.labels, epochs=epochs, batch_size=20, callbacks=callbacks, verbose=0)


@pytest.fixture
def aware(models: Models) -> Any:
    made = lowbit.aware(models.baseline, THREE_BITS)
    made.compile(keras.optimizers.Adam(0.01), LOSS)
    return made


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "FREQUENCY", 1)


def test_more_and_more_weights_are_held_and_in_the_end_all(aware: Any, digits: Split) -> None:
    kernels = lowbit.gridded(aware)
    steps = 4 * -(-len(digits.labels) // 20)
    freezer = Freezer(aware, Freeze(first=0.25, last=0.75), steps)
    shares = []
    for _ in range(4):
        train(aware, digits, 1, freezer)
        shares.append(share_held(kernels))
    assert shares == [0, pytest.approx(0.5, abs=0.02), 1, 1]
    before = [each.multiples().numpy() for each in kernels]
    biases = [layer.layer.bias.numpy() for layer in aware.layers if hasattr(layer, "layer") and layer.get_weights()[1:]]
    train(aware, digits, 1)
    for each, multiples in zip(kernels, before, strict=True):
        np.testing.assert_array_equal(each.multiples(), multiples)
    after = [layer.layer.bias.numpy() for layer in aware.layers if hasattr(layer, "layer") and layer.get_weights()[1:]]
    assert all((one != other).any() for one, other in zip(biases, after, strict=True))
    found = weights.read(tflite.to_full_integer(aware), "it")
    for layer, multiples in zip(found, before, strict=True):
        np.testing.assert_array_equal(layer.kernel, np.moveaxis(multiples, -1, 0))


def test_what_crosses_most_often_is_held_first_where_it_mostly_was(aware: Any) -> None:
    kernels = lowbit.gridded(aware)
    total = sum(each.kernel.shape.num_elements() for each in kernels)
    kernel = kernels[1].kernel
    values, step = kernels[1].on_grid()

    def put(multiple: int) -> None:
        moved = values.numpy().copy()
        moved[5, 3] = multiple * step
        kernel.assign(moved)

    put(2)
    freezer = Freezer(aware, Freeze(first=0.5, last=1), 20)
    for number in range(10):
        put(2 if number % 3 else 1)  # 1 is what it ends with
        freezer.on_train_batch_end(number)
    assert share_held(kernels) == 0
    freezer._hold(1 / total)
    assert kernels[1].state.held.numpy()[5, 3] == 1
    assert share_held(kernels) == pytest.approx(1 / total)
    assert kernels[1].multiples().numpy()[5, 3] == 2


def test_what_is_pruned_is_not_held() -> None:
    point = frontier_params.load(ROOT / frontier_params.PATH).points["LeNet-5"].model_dump()
    pruned = {"kept": 0.6, "entropy_penalty": None}
    TaughtPoint(**point | pruned | {"freeze": None})
    with pytest.raises(ValueError, match="freeze is for points that keep all weights, kept: 1"):
        TaughtPoint(**point | pruned | {"freeze": Freeze(first=0, last=1)})
    with pytest.raises(ValueError, match=r"last, 0.2, must be more than first, 0.3"):
        Freeze(first=0.3, last=0.2)


def test_the_gates_of_an_lstm_are_held_too(digits: Split) -> None:
    make_deterministic(1)
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.LSTM(6), keras.layers.Dense(10)])
    aware = lowbit.aware(model, THREE_BITS)
    aware.compile(keras.optimizers.Adam(0.01), LOSS)
    images = digits._replace(inputs=digits.inputs.reshape(-1, 28, 28))
    train(aware, images, 2, Freezer(aware, Freeze(first=0, last=0.9), 2 * -(-len(digits.labels) // 20)))
    kernels = lowbit.gridded(aware)
    assert share_held(kernels) == 1
    before = [each.multiples().numpy() for each in kernels]
    train(aware, images, 1)
    for each, multiples in zip(kernels, before, strict=True):
        np.testing.assert_array_equal(each.multiples(), multiples)
    assert any(isinstance(layer, recurrent.GridLstm) for layer in aware.layers)
