"""Which step knows which layers. What a step cannot do is said before any training; the other steps go on."""

from collections.abc import Callable, Mapping

from fewbytes.absent import NotMadeError
from fewbytes.compression import lowbit, recurrent
from fewbytes.networks import graphs
from fewbytes.networks.keras import keras

from tensorflow_model_optimization.python.core.quantization.keras.default_8bit import (  # isort: skip, it needs the variables that fewbytes.networks.keras sets
    default_8bit_quantize_registry,
)

layers = keras.layers
QUANTIZED = default_8bit_quantize_registry.Default8BitQuantizeRegistry()
ON_GRIDS = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense, layers.LSTM)
ACTIVATIONS = ("linear", "relu", "sigmoid", "softmax", "tanh")  # tfmot's, of a layer that computes more than that
PASSING = (
    layers.MaxPooling2D,
    layers.AveragePooling2D,
    layers.Flatten,
    layers.Reshape,
    layers.Dropout,
    layers.ZeroPadding2D,
)


def require(model: keras.Model, step: str) -> None:
    """Raises NotMadeError, naming the layer, where `step` cannot be done with `model`."""
    why = reason(model, step)
    if why is not None:
        raise NotMadeError(why)


def reason(model: keras.Model, step: str) -> str | None:
    """Why `step`, one of STEPS, cannot be done with `model`: its first layer that the step does not know.

    None where it can.
    """
    unknown = STEPS[step]
    for layer in graphs.computing(model):
        why = unknown(layer)
        if why is not None:
            return f"layer {layer.name} ({type(layer).__name__}) {why}"
    return None


def _quantize(layer: keras.layers.Layer) -> str | None:
    if not QUANTIZED.supports(layer):
        return "is not known to quantization-aware training (tfmot)"
    return _activation(layer, "quantization-aware training (tfmot)")


def _search(layer: keras.layers.Layer) -> str | None:
    if isinstance(layer, layers.LSTM) and (setting := recurrent.unusual(layer)) is not None:
        return f"has {setting}, with which weights of few bits are not trained"
    if type(layer) not in ON_GRIDS and not isinstance(layer, (*lowbit.COMPUTING, *PASSING)):
        return "is not known to the training with weights of few bits"
    return _activation(layer, "the training with weights of few bits")


def _activation(layer: keras.layers.Layer, step: str) -> str | None:
    name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    known = (*ACTIVATIONS, "relu6") if isinstance(layer, layers.Activation) else ACTIVATIONS
    return None if name in known else f"has the activation {name}, which is not known to {step}"


# Pruning, sharing and scanning take the layers whose kernels they know, and leave the others as they are.
STEPS: Mapping[str, Callable[[keras.layers.Layer], str | None]] = {"quantize": _quantize, "search": _search}
