"""The layers of a Keras model that hold weights, and copies of a model with some of them wrapped."""

from collections.abc import Callable, Collection

from fewbytes.command import InputError
from fewbytes.networks.keras import keras


def weighted(model: keras.Model) -> list[keras.layers.Layer]:
    """Those that learn; what only adapts to the data, as Normalization, is none."""
    return [layer for layer in model.layers if layer.trainable_weights]


def kernels(layer: keras.layers.Layer) -> int:
    """How many of a layer's weights are matrices, which come first: an LSTM has two."""
    return sum(weights.ndim > 1 for weights in layer.get_weights())


def require(model: keras.Model, named: Collection[str], key: str) -> None:
    """Raises InputError unless all of `named`, the keys of params.yaml's `key`, are layers of `model` with weights."""
    names = [layer.name for layer in weighted(model)]
    unknown = sorted(set(named) - set(names))
    if unknown:
        raise InputError(
            f"params.yaml: {key}: there is no layer {', '.join(unknown)}; the layers are {', '.join(names)}"
        )


def wrapped(model: keras.Model, wrap: Callable[[keras.layers.Layer], keras.layers.Layer]) -> keras.Model:
    """A copy of `model` whose layers with weights went through `wrap`; tfmot would change the model it is given."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return keras.models.clone_model(
        copy, clone_function=lambda layer: wrap(layer) if layer.trainable_weights else layer
    )
