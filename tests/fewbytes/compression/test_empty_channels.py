"""A filter that pruning emptied still gives its bias, on the device as while it trained."""

import numpy as np
import pytest

from fewbytes import params
from fewbytes.compression import quantization
from fewbytes.data.dataset import Split
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC

layers = keras.layers


@pytest.mark.parametrize("activation", ["relu", None])
def test_a_channel_without_weights_keeps_its_bias(
    digits: Split, settings: params.Params, activation: str | None
) -> None:
    chain = [layers.Conv2D(4, 3, strides=3, activation=activation, name="conv"), layers.Flatten(), layers.Dense(10)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *chain])
    kernel, bias = model.layers[0].get_weights()
    kernel[..., :2] = 0
    bias[:] = 0.9, -0.8, 0.1, 0.1
    model.layers[0].set_weights([kernel, bias])
    recipe = settings.quantize.model_copy(update={"batch_size": 20, "learning_rate": 1e-5})
    aware, _ = quantization.train_aware(model, "pruned", recipe, digits, digits)
    device = Classifier(tflite.to_full_integer(aware), "it", SPEC)
    scale, zero_point = device._output["quantization"]
    found = (device.scores(digits.inputs).astype(float) - zero_point) * scale
    np.testing.assert_allclose(found, aware.predict(digits.inputs, verbose=0), atol=3 * scale)
