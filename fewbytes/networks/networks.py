"""The families of networks, built from parameters. Every network ends in logits: it has no softmax."""

from fewbytes import params
from fewbytes.blocks import Lstm
from fewbytes.command import InputError
from fewbytes.data.spec import Spec
from fewbytes.network_params import (
    BlocksNetwork,
    KerasNetwork,
    Network,
    PooledNetwork,
    RecurrentNetwork,
    StridedNetwork,
)
from fewbytes.networks import health, own, stack
from fewbytes.networks.keras import keras

layers = keras.layers


def build(network: Network, spec: Spec, section: str = "network") -> keras.Model:
    """A model from (n, *spec.input_shape) float32, normalised, to (n, classes) logits; untrained, but for a user's own.

    section: where `network` stands in params.yaml. Raises InputError, naming it, for a network that does not fit the
    data, one that is too large, and a user's own that cannot be had.
    """
    where = f"{params.PATH}: {section}"
    match network:
        case PooledNetwork() | StridedNetwork():
            with health.memory_errors(), health.bounded(where):
                return _pooled(network, spec, where) if network.family == "pooled" else _strided(network, spec, where)
        case BlocksNetwork():
            return stack.build(network.blocks, spec, where)
        case RecurrentNetwork():
            return stack.build([Lstm(lstm=network.units)] * network.layers, spec, where)
        case KerasNetwork():
            return own.load(network.model, spec, f"{where}.model")


def require_fit(settings: params.Params, spec: Spec) -> None:
    """Build each network of params.yaml once, so that none is found wrong after others were trained.

    Raises InputError as `build` does.
    """
    recipes = {
        "train.baseline": settings.train.baseline,
        "train.teacher": settings.train.teacher,
        "distill.student": settings.distill.student,
    }
    for section, recipe in recipes.items():
        build(recipe.network, spec, f"{section}.network")
    keras.backend.reset_uids()  # layers without a name of their own are numbered from 1 again, as if nothing was built


def _pooled(network: PooledNetwork, spec: Spec, where: str) -> keras.Sequential:
    side = _side(network.kernel_size, spec, where)
    left = side - network.kernel_size + 1
    if network.pool_size > left:
        raise InputError(
            f"{where}: pool_size, {network.pool_size}, must be at most {left}, the side the convolution leaves"
        )
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


def _strided(network: StridedNetwork, spec: Spec, where: str) -> keras.Sequential:
    _side(network.kernel_size, spec, where)
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


def _side(kernel_size: int, spec: Spec, where: str) -> int:
    """The smaller side of the images. Raises InputError where there are none, or the kernel is larger."""
    if spec.kind != "image":
        raise InputError(f"{where}.family: pooled and strided are for images; for a {spec.kind} take blocks")
    side = min(spec.input_shape[:2])
    if kernel_size > side:
        raise InputError(f"{where}.kernel_size, {kernel_size}, must be at most {side}, the side of the images")
    return side
