"""Units that have no weights, or none to listen to them, leave the file without a trace in its outputs."""

from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from fewbytes.compression import lowbit
from fewbytes.data.dataset import Split
from fewbytes.model_files import dead, slim, weights
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Grid
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models

layers = keras.layers


@pytest.fixture(scope="module")
def model(digits: Split) -> bytes:
    """Channels 1 of every layer have no weights; to channels 2 no layer listens."""
    make_deterministic(2)
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 5, strides=2, activation="relu", bias_initializer="ones"),
            layers.MaxPooling2D(2),
            layers.Conv2D(5, 3, activation="relu", bias_initializer="ones"),
            layers.Flatten(),
            layers.Dense(6, activation="relu", bias_initializer="ones"),
            layers.Dense(10),
        ]
    )
    aware = lowbit.aware(network, Grid(bits=4, step=0.4, learned=False))
    aware.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    aware.fit(digits.inputs, digits.labels, epochs=3, verbose=0)
    masks = [each.state.mask for each in lowbit.gridded(aware)]
    channels = 1
    for place, mask in enumerate(masks):
        kept = mask.numpy()
        if place < len(masks) - 1:
            kept[..., 1] = 0
        inputs = kept.reshape(*kept.shape[:-2], -1, channels, kept.shape[-1])
        if place:
            inputs[..., 2, :] = 0
        mask.assign(inputs.reshape(kept.shape))
        channels = kept.shape[-1]
    return tflite.to_full_integer(aware)


def outputs(model: bytes, images: NDArray[np.float32]) -> NDArray[Any]:
    """Of LiteRT's own kernels: XNNPACK's round differently."""
    interpreter = Interpreter(
        model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    interpreter.allocate_tensors()
    found = []
    for image in Classifier(model, "it", SPEC).inputs(images):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
        interpreter.invoke()
        found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.array(found)


def test_the_outputs_stay_and_the_units_go(model: bytes, digits: Split) -> None:
    before, folded = weights.read(model, "it"), dead.fold(model)
    after = weights.read(folded, "it")
    assert (outputs(folded, digits.inputs) == outputs(model, digits.inputs)).all()
    assert [layer.kernel.shape for layer in after] == [layer.kernel.shape for layer in before]
    for place, layer in enumerate(after[:-1]):
        for channel in (1, 2):
            assert not layer.kernel[channel].any()
            assert layer.bias[channel] == 0
        listened = after[place + 1].kernel.reshape(len(after[place + 1].kernel), -1, len(layer.kernel))
        assert not listened[..., 1].any()
        assert before[place].bias[1] != 0  # there was something to fold
        assert before[place].kernel[2].any()
    assert all((one.bias != other.bias).any() for one, other in zip(after[1:], before[1:], strict=True))
    assert slim.slim(dead.fold(folded)) == slim.slim(folded)


def test_a_branch_is_not_taken_for_the_layer_before_the_other() -> None:
    """In the file two branches stand one after the other, though neither reads what the other gives."""
    make_deterministic(3)
    image = keras.Input((28, 28, 1))
    both = layers.Conv2D(4, 5, strides=4, activation="relu")(image)
    one, other = (layers.Conv2D(4, 3, activation="relu", bias_initializer="ones")(both) for _ in range(2))
    network = keras.Model(image, layers.Dense(10)(layers.Flatten()(layers.add([one, other]))))
    first, second = (layer for layer in network.layers[2:] if isinstance(layer, layers.Conv2D))
    for layer, dead_part in ((first, np.s_[..., 3]), (second, np.s_[:, :, 2, :])):
        kernel, bias = layer.get_weights()
        kernel[dead_part] = 0
        layer.set_weights([kernel, bias])
    images = np.random.default_rng(3).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    file = tflite.to_full_integer(network, SPEC.normalise(images))
    assert (outputs(dead.fold(file), SPEC.normalise(images)) == outputs(file, SPEC.normalise(images))).all()


def test_a_network_that_lives_stays_as_it_is(models: Models) -> None:
    for file in (models.aware, tflite.to_full_integer(models.baseline, np.zeros((5, 28, 28, 1), np.float32))):
        assert slim.slim(dead.fold(file)) == slim.slim(file)


def test_padding_keeps_a_constant_from_being_one_everywhere() -> None:
    """Beyond the edge there is nothing, not the constant: no bias can say so."""
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(3, 5, strides=4, activation="relu", bias_initializer="ones"),
            layers.Conv2D(3, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    kernel, bias = network.layers[0].get_weights()
    kernel[..., 1] = 0
    network.layers[0].set_weights([kernel, bias])
    images = np.arange(5 * 784, dtype=np.uint32).astype(np.uint8).reshape(5, 28, 28)
    file = tflite.to_full_integer(network, SPEC.normalise(images))
    found = weights.read(dead.fold(file), "it")
    assert found[1].kernel[..., 1].any()
    assert found[0].bias[1] != 0
