"""The essay's two network families, built from parameters. Every network ends in logits: it has no softmax."""

from fewbytes.data.spec import Spec
from fewbytes.networks import health
from fewbytes.networks.keras import keras
from fewbytes.params import Network, PooledNetwork, StridedNetwork

layers = keras.layers


def build(network: Network, spec: Spec) -> keras.Sequential:
    """An untrained model from (n, *spec.input_shape) float32 to (n, classes) logits.

    Params.require_fit has held the network against the data.
    """
    with health.memory_errors():
        match network:
            case PooledNetwork():
                return _pooled(network, spec)
            case StridedNetwork():
                return _strided(network, spec)


def _pooled(network: PooledNetwork, spec: Spec) -> keras.Sequential:
    return keras.Sequential(
        [
            keras.Input(shape=spec.input_shape),
            layers.Conv2D(network.filters, network.kernel_size, activation="relu", name="conv"),
            layers.MaxPooling2D(network.pool_size, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(len(spec.classes), name="dense"),
        ],
        name="pooled",
    )


def _strided(network: StridedNetwork, spec: Spec) -> keras.Sequential:
    first, second = network.filters
    return keras.Sequential(
        [
            keras.Input(shape=spec.input_shape),
            layers.Conv2D(first, network.kernel_size, strides=network.strides, padding="same", name="conv_1"),
            layers.LeakyReLU(network.leaky_relu_slope, name="leaky_relu"),
            layers.MaxPooling2D(network.pool_size, strides=1, padding="same", name="pool"),
            layers.Conv2D(second, network.kernel_size, strides=network.strides, padding="same", name="conv_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(len(spec.classes), name="dense"),
        ],
        name="strided",
    )
