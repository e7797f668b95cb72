"""What a step cannot do is known before training, and what it can is done."""

from typing import Any

import pytest

from fewbytes.command import InputError
from fewbytes.compression import lowbit, quantization, support
from fewbytes.networks.keras import keras
from fewbytes.params import Grid
from tests.conftest import Models

layers = keras.layers


def between(*middle: Any) -> Any:
    """A model of 6x6 images with these layers between its first and its last."""
    chain = [keras.Input((6, 6, 2)), layers.Conv2D(3, 3, name="first"), *middle, layers.Flatten(), layers.Dense(3)]
    return keras.Sequential(chain)


KNOWN = [
    layers.ReLU(6.0),
    layers.LeakyReLU(0.1),
    layers.MaxPooling2D(2),
    layers.AveragePooling2D(2),
    layers.DepthwiseConv2D(2),
    *(layers.Activation(name, name=name) for name in ("relu", "relu6", "sigmoid", "tanh")),
    *(layers.Conv2D(3, 1, activation=name, name=f"conv_{name}") for name in ("relu", "sigmoid", "softmax", "tanh")),
    layers.ZeroPadding2D(1),
    layers.Dropout(0.2),
    layers.Reshape((16, 3)),
]


@pytest.mark.parametrize("layer", KNOWN, ids=lambda layer: layer.name)
def test_what_is_known_is_trained(layer: Any) -> None:
    model = between(layer)
    for step in support.STEPS:
        assert support.reason(model, step) is None
    lowbit.aware(model, Grid(bits=4, step=0.3, learned=False))
    quantization.apply(model, "pruned")


@pytest.mark.parametrize(
    ("step", "layer", "said"),
    [
        (
            "quantize",
            layers.Rescaling(2.0, name="it"),
            "layer it (Rescaling) is not known to quantization-aware training",
        ),
        (
            "quantize",
            layers.BatchNormalization(name="it"),
            "layer it (BatchNormalization) is not known to quantization-",
        ),
        (
            "quantize",
            layers.Dense(4, "elu", name="it"),
            "layer it (Dense) has the activation elu, which is not known to q",
        ),
        (
            "search",
            layers.Activation("elu", name="it"),
            "layer it (Activation) has the activation elu, which is not kno",
        ),
        (
            "search",
            layers.Rescaling(2.0, name="it"),
            "layer it (Rescaling) is not known to the training with weights of",
        ),
        (
            "search",
            layers.Softmax(name="it"),
            "layer it (Softmax) is not known to the training with weights of few bits",
        ),
    ],
)
def test_what_is_not_known_is_named(step: str, layer: Any, said: str) -> None:
    reason = support.reason(between(layers.MaxPooling2D(2), layer), step)
    assert reason is not None
    assert reason.startswith(said)


def test_a_recurrent_network_is_searched_and_not_quantized_by_tfmot() -> None:
    def chain(**settings: Any) -> Any:
        return keras.Sequential([keras.Input((5, 3)), layers.LSTM(4, name="it", **settings), layers.Dense(2)])

    assert support.reason(chain(), "quantize") == (
        "layer it (LSTM) is not known to quantization-aware training (tfmot)"
    )
    assert support.reason(chain(), "search") is None
    said = "layer it (LSTM) has go_backwards = True, with which weights of few bits are not trained"
    assert support.reason(chain(go_backwards=True), "search") == said


def test_the_essays_networks_can_be_all(models: Models) -> None:
    assert [support.reason(models.baseline, step) for step in support.STEPS] == [None, None]


def test_what_tfmot_alone_refuses_is_one_line_too() -> None:
    model = between(layers.Activation("elu"))
    with pytest.raises(InputError, match=r"^quantization-aware training \(tfmot\): [^\n]*$"):
        quantization.apply(model, "pruned")
