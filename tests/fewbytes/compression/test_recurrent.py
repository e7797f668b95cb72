"""LSTM layers on grids: trained as a plain LSTM computes, pruned, converted with the grid in the file."""

from typing import Any

import numpy as np
import pytest

from fewbytes import params
from fewbytes.blocks import Block, Conv, Dense, Lstm
from fewbytes.coding import coded
from fewbytes.compression import clustering, lowbit, magnitude, pruning, recurrent, sensitivity
from fewbytes.data.dataset import Split
from fewbytes.model_files import dead, slim, weights
from fewbytes.networks import folding, stack, tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Grid
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC

layers = keras.layers
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
FOUR_BITS = Grid(bits=4, step=0.335, learned=False)


@pytest.fixture(scope="module")
def model(digits: Split) -> Any:
    """Two LSTM layers over the rows of an image."""
    make_deterministic(1)
    model = stack.build([Lstm(lstm=8), Lstm(lstm=6)], SPEC, "it")
    model.compile(keras.optimizers.Adam(0.02), LOSS)
    model.fit(digits.inputs, digits.labels, epochs=8, batch_size=20, verbose=0)
    return model


@pytest.mark.parametrize("return_sequences", [True, False])
def test_without_a_grid_to_speak_of_it_computes_what_an_lstm_does(return_sequences: bool) -> None:
    make_deterministic(1)
    plain = layers.LSTM(5, return_sequences=return_sequences)
    fine = recurrent.GridLstm(5, return_sequences, bits=8, step=0.03, learned=False)
    inputs = np.random.default_rng(1).normal(size=(4, 7, 3)).astype(np.float32)
    plain.build(inputs.shape)
    fine.build(inputs.shape)
    plain.set_weights([values + 0.1 for values in plain.get_weights()])
    fine.set_weights([*plain.get_weights(), *fine.get_weights()[3:]])
    assert fine(inputs).shape == plain(inputs).shape == tuple(fine.compute_output_shape(inputs.shape))
    np.testing.assert_allclose(fine(inputs), plain(inputs), atol=0.01)
    plain.set_weights(fine.plain_weights())
    np.testing.assert_allclose(fine(inputs), plain(inputs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize(("bits", "most"), [(2, 1), (3, 3), (4, 7)])
def test_each_gate_has_few_multiples_of_a_step_of_its_own(learned: bool, bits: int, most: int) -> None:
    make_deterministic(1)
    layer = recurrent.GridLstm(6, False, bits=bits, step=2.3 / most, learned=learned)
    layer.build((None, 9, 5))
    layer.kernel.assign(layer.kernel * np.repeat([1, 10, 0.1, 3], 6))
    layer.begin()
    for gridded, kernel in zip(layer.gridded(), (layer.kernel, layer.recurrent_kernel), strict=True):
        values, _ = gridded.on_grid()
        gates = zip(np.split(values.numpy(), 4, axis=1), np.split(kernel.numpy(), 4, axis=1), strict=True)
        for found, gate in gates:
            step = 2.3 / most * np.sqrt(np.mean(gate**2))
            np.testing.assert_allclose(found / step, np.clip(np.round(gate / step), -most, most), atol=1e-3)


@pytest.mark.slow
def test_pruned_and_on_its_grid_the_file_computes_what_training_did(model: Any, digits: Split) -> None:
    make_deterministic(1)
    images = digits.inputs
    aware = lowbit.aware(model, FOUR_BITS, {"dense": Grid(bits=5, step=0.2, learned=True)})
    total = sum(values.size for values in model.get_weights() if values.ndim > 1)
    assert pruning.count(aware) == total
    pruner = pruning.Pruner(aware, digits.inputs, total // 2, 8 * 10, frequency=5)
    aware.compile(keras.optimizers.Adam(0.01), LOSS)
    aware.fit(images, digits.labels, epochs=8, batch_size=20, callbacks=[pruner], verbose=0)
    assert pruning.count(aware) == total // 2

    converted = lowbit.convert(aware, model, images)
    file = slim.slim(dead.fold(converted))
    simulated = aware.predict(images, verbose=0).argmax(axis=1)
    device = Classifier(file, "it", SPEC).scores(digits.inputs)
    np.testing.assert_array_equal(device, Classifier(converted, "it", SPEC).scores(digits.inputs))
    assert np.mean(simulated == digits.labels) > 0.8
    assert np.mean(simulated == device.argmax(axis=1)) > 0.98

    found = weights.read(file, "it")
    shapes = [(8, 28), (8, 8), (6, 8), (6, 6)]
    assert [layer.kernel.shape for layer in found] == [shape for shape in shapes for _ in range(4)] + [(10, 6)]
    assert all(np.abs(layer.kernel).max() <= 7 for layer in found[:-1])
    assert np.abs(found[-1].kernel).max() <= 15
    lstm = next(layer for layer in aware.layers if isinstance(layer, recurrent.GridLstm))
    for place, gridded in enumerate(lstm.gridded()):
        for gate, values in enumerate(np.split(gridded.on_grid()[0].numpy(), 4, axis=1)):
            stored = found[4 * place + gate]
            np.testing.assert_allclose(stored.kernel.T * stored.scales, values, rtol=1e-3, atol=1e-6)
    assert sum(np.count_nonzero(layer.kernel) for layer in found) <= total // 2
    read, _ = coded.unpack(coded.pack(found), "it")
    for layer, again in zip(found, read, strict=True):
        np.testing.assert_array_equal(layer.kernel, again.kernel)
        np.testing.assert_array_equal(layer.bias, again.bias)


def test_convolutions_and_dense_layers_around_an_lstm_are_on_their_grids_too(digits: Split) -> None:
    make_deterministic(1)
    images = digits.inputs
    blocks: list[Block] = [Conv(conv=4, kernel_size=3, strides=2, padding="same"), Lstm(lstm=5), Dense(dense=7)]
    folded = folding.fold(stack.build(blocks, SPEC, "it"))
    aware = lowbit.aware(folded, FOUR_BITS)
    aware.compile(keras.optimizers.Adam(0.01), LOSS)
    aware.fit(images, digits.labels, epochs=3, batch_size=20, verbose=0)
    file = lowbit.convert(aware, folded, images)
    found = weights.read(file, "it")
    assert [layer.name for layer in found] == [
        "conv_1",
        *(f"lstm_2_input_to_{gate}" for gate in ("input", "forget", "cell", "output")),
        *(f"lstm_2_recurrent_to_{gate}" for gate in ("input", "forget", "cell", "output")),
        *("dense_3", "dense_4"),
    ]
    assert all(np.abs(layer.kernel).max() <= 7 for layer in found)
    device = Classifier(file, "it", SPEC).scores(digits.inputs).argmax(axis=1)
    assert np.mean(aware.predict(images, verbose=0).argmax(axis=1) == device) > 0.95


@pytest.mark.slow
def test_an_lstm_is_pruned_shared_scanned_and_converted(model: Any, digits: Split, settings: params.Params) -> None:
    short = {"batch_size": 20, "epochs": 2}
    pruned, _ = magnitude.prune(model, settings.prune.model_copy(update=short | {"frequency": 1}), digits, digits)
    kernels = [values for values in pruned.get_weights() if values.ndim > 1]
    assert len(kernels) == 5
    assert all(np.mean(kernel == 0) == pytest.approx(0.8, abs=0.02) for kernel in kernels)
    shared, _ = clustering.cluster(pruned, settings.cluster.model_copy(update=short), digits, digits)
    of_shared = [values for values in shared.get_weights() if values.ndim > 1]
    for before, after in zip(kernels, of_shared, strict=True):
        assert (after[before == 0] == 0).all()
        assert len(np.unique(after)) <= 17
    rows = sensitivity.scan(model, settings.scan.model_copy(update={"sparsities": [0.99], "bits": [8]}), digits)
    assert [row.kind for row in rows] == ["pruned", "clustered"] * 3
    assert all(pruned.accuracy < 0.7 < shared.accuracy for pruned, shared in zip(rows[::2], rows[1::2], strict=True))
    images = digits.inputs
    file = tflite.to_full_integer(pruned, images[:50])
    found = Classifier(file, "it", SPEC).scores(digits.inputs).argmax(axis=1)
    assert np.mean(found == pruned.predict(images, verbose=0).argmax(axis=1)) > 0.95
    assert all(np.mean(layer.kernel == 0) > 0.5 for layer in weights.read(file, "it"))


def test_each_example_begins_with_no_state(model: Any, digits: Split) -> None:
    classifier = Classifier(tflite.to_full_integer(model, digits.inputs[:50]), "it", SPEC)
    once, again = classifier.scores(digits.inputs[:4]), classifier.scores(digits.inputs[3::-1])
    np.testing.assert_array_equal(once, again[::-1])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({}, None),
        ({"activation": "relu"}, "activation = relu"),
        ({"go_backwards": True}, "go_backwards = True"),
        ({"use_bias": False}, "use_bias = False"),
        ({"return_sequences": True}, None),
        ({"recurrent_dropout": 0.3}, "recurrent_dropout = 0.3"),
    ],
)
def test_unusual_settings_are_named(setting: dict[str, Any], said: str | None) -> None:
    assert recurrent.unusual(layers.LSTM(3, **setting)) == said
