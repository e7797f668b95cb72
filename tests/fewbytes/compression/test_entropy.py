"""Weights are paid for by the byte: what they cost, which way that draws them, and what training makes of it."""

from typing import Any

import numpy as np
import pytest

from fewbytes import frontier_params
from fewbytes.compression import entropy, freezing, lowbit
from fewbytes.compression.entropy import Penalty
from fewbytes.compression.freezing import Freezer
from fewbytes.compression.grids import Gridded
from fewbytes.data.dataset import Split
from fewbytes.frontier_params import Freeze, TaughtPoint
from fewbytes.model_files import weights
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras, make_deterministic, tf
from fewbytes.params import Grid
from tests.conftest import ROOT, Models

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
THREE_BITS = Grid(bits=3, step=0.62, learned=True)
MOST = 3
BATCH = 20


def put(kernel: Gridded, multiples: Any) -> None:
    """Weights at these multiples of the step, whole or not."""
    kernel.kernel.assign(np.asarray(multiples, np.float32) * kernel.on_grid()[1].numpy())


@pytest.fixture
def aware(models: Models) -> Any:
    return lowbit.aware(models.baseline, THREE_BITS)


def multiples_of(model: Any) -> Any:
    return np.concatenate([each.multiples().numpy().ravel() for each in lowbit.gridded(model)])


def train(model: Any, images: Split, epochs: int, per_byte: float, *callbacks: Any) -> None:
    """Without a penalty where `per_byte` is 0."""
    loss: entropy.Loss = LOSS
    watching = [*callbacks]
    if per_byte:
        steps = epochs * -(-len(images.labels) // BATCH)
        penalty = Penalty(model, per_byte, 0.3, steps)
        watching.append(penalty)
        loss = penalty.added_to(loss)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(images.inputs, images.labels, epochs=epochs, batch_size=BATCH, callbacks=watching, verbose=0)


def test_a_weight_costs_what_its_magnitude_and_sign_do() -> None:
    magnitudes = tf.constant([0.0] * 12 + [1.0] * 3 + [2.0])
    shares = (np.array([12, 3, 1, 0]) + 0.5) / 18
    expected = -np.log2(shares) + [0, 1, 1, 1]
    np.testing.assert_allclose(entropy.costs_of(magnitudes, MOST), expected, rtol=1e-5)


def test_a_larger_weight_never_costs_less() -> None:
    """Else those that no input reaches would gather at the largest multiple."""
    costs = entropy.costs_of(tf.constant([0.0] * 10 + [3.0] * 10 + [1.0]), MOST).numpy()
    assert (np.diff(costs) >= 0).all()
    assert costs[3] == costs.max()


def test_between_two_multiples_it_is_a_straight_line_and_goes_on_beyond(aware: Any) -> None:
    kernel = lowbit.gridded(aware)[1]
    shape = kernel.kernel.shape
    random = np.random.default_rng(3)
    whole = random.choice([0, 0, 0, 1, -1, 2, 3], size=shape).astype(np.float32)
    put(kernel, whole)
    costs = entropy.costs_of(tf.abs(whole), MOST).numpy()
    assert float(entropy.bits(kernel)) == pytest.approx(float(costs[np.abs(whole).astype(int)].sum()), rel=1e-4)

    def with_one_at(place: float) -> float:
        moved = whole.copy()
        moved[0, 0] = place
        put(kernel, moved)
        return float(entropy.bits(kernel)) - rest

    whole[0, 0] = 0
    put(kernel, whole)
    rest = float(entropy.bits(kernel)) - float(costs[0])
    assert with_one_at(0.4) == pytest.approx(0.6 * costs[0] + 0.4 * costs[1], abs=0.1)
    assert with_one_at(-0.4) == pytest.approx(with_one_at(0.4), abs=0.01)
    assert with_one_at(4.5) > with_one_at(3.5) > with_one_at(2.9)


def test_it_draws_weights_to_zero_and_its_step_up_but_not_what_is_held(aware: Any) -> None:
    kernel = lowbit.gridded(aware)[1]
    shape = kernel.kernel.shape
    multiples = np.zeros(shape, np.float32)
    multiples[:, 0], multiples[:, 1], multiples[:, 2] = 1.2, -1.2, 7  # the last far beyond the grid
    put(kernel, multiples)
    held = np.zeros(shape, bool)
    held[0, :3] = True
    kernel.hold(held, np.round(np.clip(multiples, -MOST, MOST)))
    steps = [each for each in aware.trainable_weights if lowbit.LOG_STEP in each.name]
    with tf.GradientTape() as tape:
        cost = entropy.bits(kernel)
    drawn, *others = tape.gradient(cost, [kernel.kernel, *steps])
    assert (drawn.numpy()[0, :3] == 0).all()
    assert (drawn.numpy()[1:, 0] > 0).all()
    assert (drawn.numpy()[1:, 1] < 0).all()
    assert (drawn.numpy()[1:, 2] > 0).all()
    own = [float(each) for each in others if each is not None]
    assert len(own) == 1
    assert own[0] < 0


def test_the_price_rises_and_stays(aware: Any) -> None:
    penalty = Penalty(aware, 0.8, 0.5, steps=8)
    prices = []
    for batch in range(8):
        penalty.on_train_batch_begin(batch)
        prices.append(float(penalty._price))
    assert prices == pytest.approx([0, 0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.1])
    at_once = Penalty(aware, 0.8, 0, steps=8)
    at_once.on_train_batch_begin(0)
    at_once.on_train_batch_begin(1)
    assert float(at_once._price) == pytest.approx(0.1)


def test_what_is_added_to_the_loss_is_the_price_of_all_weights(aware: Any, digits: Split) -> None:
    penalty = Penalty(aware, 0.8, 0, steps=1)
    penalty.on_train_batch_begin(0)
    penalty.on_train_batch_begin(1)
    outputs = aware(digits.inputs[:4])
    plain = LOSS(digits.labels[:4], outputs)
    cost = sum(float(entropy.bits(each)) for each in lowbit.gridded(aware)) / 8
    np.testing.assert_allclose(penalty.added_to(LOSS)(digits.labels[:4], outputs), plain + 0.8 * cost, rtol=1e-4)


def test_the_dearer_the_byte_the_fewer_weights(models: Models, digits: Split) -> None:
    left = []
    for per_byte in (0, 2e-4, 2e-3):
        make_deterministic(1)
        aware = lowbit.aware(models.baseline, THREE_BITS)
        train(aware, digits, 12, per_byte)
        left.append(int(np.count_nonzero(multiples_of(aware))))
        correct = np.mean(aware.predict(digits.inputs, verbose=0).argmax(axis=1) == digits.labels)
        assert correct > 0.9, per_byte
    assert left[0] > 2 * left[1] > 4 * left[2] > 0


def test_weights_of_inputs_that_are_always_zero_become_zero(digits: Split) -> None:
    """No loss moves them; in float they may have grown beyond the grid, where rounding has no gradient."""
    make_deterministic(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    images = digits.inputs.copy()
    images[:, :4] = 0
    kernel, bias = model.layers[1].get_weights()
    kernel[: 4 * 28] *= 9
    model.layers[1].set_weights([kernel, bias])
    aware = lowbit.aware(model, THREE_BITS)
    train(aware, digits._replace(inputs=images), 20, 5e-4)
    (dense,) = weights.read(tflite.to_full_integer(aware), "it")
    assert not dense.kernel[:, : 4 * 28].any()
    assert dense.kernel.any()


@pytest.mark.slow
def test_it_goes_with_holding_weights_and_with_an_lstm(digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "FREQUENCY", 1)
    monkeypatch.setattr(freezing, "MOMENTUM", 0.5)  # else the average of so few steps is where they began
    make_deterministic(1)
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.LSTM(6), keras.layers.Dense(10)])
    images = digits._replace(inputs=digits.inputs.reshape(-1, 28, 28))
    counts = []
    for per_byte in (0, 1e-2):
        aware = lowbit.aware(model, THREE_BITS)
        train(aware, images, 3, per_byte, Freezer(aware, Freeze(first=0.5, last=0.9), 30))
        assert all(each.state.held.numpy().all() for each in lowbit.gridded(aware))
        counts.append(int(np.count_nonzero(multiples_of(aware))))
    assert counts[1] < 0.8 * counts[0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"grid": {"bits": 3, "step": 0.6, "learned": False}}, "entropy_penalty is for grids whose step is learned"),
        ({"kept": 0.5, "freeze": None}, "entropy_penalty chooses which weights are zero; leave kept at 1"),
        (
            {
                "blocks": [
                    {"conv": 4, "kernel_size": 3, "strides": 1},
                    {"conv": 4, "kernel_size": 3, "strides": 1, "tied": True},
                ]
            },
            "entropy_penalty is for layers with weights of their own, none tied",
        ),
        ({"entropy_penalty": {"per_byte": 0, "ramp": 0.3}}, "greater than 0"),
        ({"entropy_penalty": {"per_byte": 1e-4, "ramp": 1.3}}, "less than or equal to 1"),
    ],
)
def test_what_it_does_not_go_with_is_said(changed: dict[str, Any], message: str) -> None:
    point = frontier_params.load(ROOT / frontier_params.PATH).points["650B"].model_dump()
    penalty = {"entropy_penalty": {"per_byte": 1e-4, "ramp": 0.3}}
    TaughtPoint(**point | penalty)
    with pytest.raises(ValueError, match=message):
        TaughtPoint(**point | penalty | changed)
