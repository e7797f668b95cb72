"""Models of Keras 3 made anew in Keras 2, layer by layer, with their weights. tfmot knows no other Keras.

A layer is made from the settings listed here and from no others, so that nothing a file names can run.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fewbytes.command import InputError, one_line
from fewbytes.model_files import keras3
from fewbytes.networks import health
from fewbytes.networks.keras import keras, tf

layers = keras.layers

CONVOLVING = ("kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias")
POOLING = ("pool_size", "strides", "padding")
TAKEN: Mapping[str, tuple[str, ...]] = {  # layer → the settings that say what it computes
    **dict.fromkeys(("Conv1D", "Conv2D"), ("filters", *CONVOLVING)),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), ("depth_multiplier", *CONVOLVING)),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), ("filters", "depth_multiplier", *CONVOLVING)),
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"), POOLING),
    **dict.fromkeys(("GlobalMaxPooling1D", "GlobalMaxPooling2D"), ()),
    **dict.fromkeys(("GlobalAveragePooling1D", "GlobalAveragePooling2D"), ()),
    **dict.fromkeys(("ZeroPadding1D", "ZeroPadding2D"), ("padding",)),
    **dict.fromkeys(("Flatten", "Add", "Multiply"), ()),
    "Dense": ("units", "activation", "use_bias"),
    "LSTM": (
        "units",
        "activation",
        "recurrent_activation",
        "use_bias",
        "dropout",
        "recurrent_dropout",
        "return_sequences",
    ),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
    "Normalization": ("axis",),
    "Rescaling": ("scale", "offset"),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "Softmax": ("axis",),
    "Activation": ("activation",),
    "Dropout": ("rate",),
    "Reshape": ("target_shape",),
    "Concatenate": ("axis",),
}
RENAMED = {("LeakyReLU", "negative_slope"): "alpha"}  # as Keras 2 calls it
FIXED: Mapping[str, tuple[Any, ...]] = {  # settings that say what a layer computes, and the values that are known here
    "activation": ("linear", "relu", "relu6", "softmax", "sigmoid", "tanh"),
    "recurrent_activation": ("sigmoid",),
    "data_format": ("channels_last", None),
    "groups": (1,),
    "go_backwards": (False,),
    "return_state": (False,),
    "stateful": (False,),
    "zero_output_for_mask": (False,),
    "keepdims": (False,),
    "renorm": (False,),
    "invert": (False,),
    "noise_shape": (None,),
    "quantization_config": (None,),
    "lora_rank": (None,),
}
PLAIN = (str, bool, int, float, type(None))
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]|^[^A-Za-z0-9]")  # Keras 2 takes no others


def load(path: Path) -> keras.Model:
    """The model in a .keras file, in Keras 2. Raises InputError, naming file and layer, for what is not known here."""
    archive = keras3.read(path)
    with health.memory_errors(), health.bounded(str(path)):
        try:
            return _build(archive)
        except (InputError, MemoryError):
            raise
        except Exception as error:  # there is no end to what Keras raises on strange settings of plain layers
            raise InputError(f"{path}: {one_line(error)}") from None


def _build(archive: keras3.Archive) -> keras.Model:
    kind, config = archive.config.get("class_name"), archive.config["config"]
    if kind not in ("Sequential", "Functional", "Model"):
        raise ValueError(f"a model of class {kind!r}; only Sequential and Functional ones are loaded")
    said = config["layers"]
    if kind == "Sequential":
        start, made = _chain(said, config.get("build_input_shape"))
        end = made[-1].output
    else:
        start, made, end = _graph(said, config)
    _set_weights(zip((layer["class_name"] for layer in said), made, strict=True), archive.weights)
    return keras.Model(start, end)


def _chain(said: list[dict[str, Any]], input_shape: Any) -> tuple[tf.Tensor, list[keras.layers.Layer]]:
    if not said:
        raise ValueError("it has no layers")
    start = tensor = None
    made = []
    for part in said:
        if part["class_name"] == "InputLayer" and tensor is None:
            start = tensor = _input(part["config"]["batch_shape"])
            made.append(start.node.layer)
            continue
        if tensor is None:
            start = tensor = _input(input_shape)
        layer = _layer(part)
        tensor = layer(tensor)
        made.append(layer)
    return start, made


def _graph(said: list[dict[str, Any]], config: dict[str, Any]) -> tuple[tf.Tensor, list[keras.layers.Layer], tf.Tensor]:
    by_name = {part["config"]["name"]: part for part in said}
    made: dict[str, keras.layers.Layer] = {}
    left = list(by_name)
    while left:
        ready = [name for name in left if all(source in made for source in _sources(by_name[name]))]
        if not ready:
            raise ValueError(f"layer {left[0]} takes what no layer gives")
        for name in ready:
            part = by_name[name]
            if part["class_name"] == "InputLayer":
                made[name] = _input(part["config"]["batch_shape"]).node.layer
            else:
                given = [made[source].output for source in _sources(part)]
                made[name] = _layer(part)
                made[name](given[0] if len(given) == 1 else given)
            left.remove(name)
    start, end = (_one_end(config[side], side) for side in ("input_layers", "output_layers"))
    return made[start].output, [made[part["config"]["name"]] for part in said], made[end].output


def _one_end(said: Any, side: str) -> str:
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    if not (isinstance(said, list) and len(said) == 3 and said[1:] == [0, 0]):
        raise ValueError(f"its {side} are {len(said)}; a classifier has one")
    return str(said[0])


def _sources(part: dict[str, Any]) -> list[str]:
    """The layers that this one takes from."""
    name, nodes = part["config"]["name"], part["inbound_nodes"]
    if part["class_name"] == "InputLayer":
        return []
    if len(nodes) != 1:
        raise ValueError(f"layer {name} stands in {len(nodes)} places; each must stand in one")
    unknown = [key for key, value in nodes[0]["kwargs"].items() if key not in ("training", "mask") or value]
    if unknown:
        raise ValueError(f"layer {name} is called with {', '.join(unknown)}")
    (given,) = nodes[0]["args"]
    histories = [tensor["config"]["keras_history"] for tensor in (given if isinstance(given, list) else [given])]
    if any(history[1:] != [0, 0] for history in histories):
        raise ValueError(f"layer {name} takes from a layer that stands in several places, or gives several outputs")
    return [str(history[0]) for history in histories]


def _input(shape: Any) -> tf.Tensor:
    if not (
        isinstance(shape, list) and len(shape) > 1 and all(isinstance(side, int) and side > 0 for side in shape[1:])
    ):
        raise ValueError(f"its input is {shape}; every side but the first must be a number")
    return keras.Input(shape[1:])


def _layer(part: dict[str, Any]) -> keras.layers.Layer:
    kind, config = part["class_name"], part["config"]
    name = config["name"]
    if kind not in TAKEN:
        raise ValueError(f"layer {name} is a {kind}; known are {', '.join(sorted(TAKEN))}")
    if part.get("registered_name") not in (None, kind):
        raise ValueError(f"layer {name} is registered as {part['registered_name']!r}, which is other code")
    for key, values in FIXED.items():
        if key in config and config[key] not in values:
            known = ", ".join(map(str, values))
            raise ValueError(f"layer {name} ({kind}): {key} = {_shown(config[key])}; known here: {known}")
    if kind == "LSTM" and config["activation"] != "tanh":
        raise ValueError(f"layer {name} ({kind}): activation = {config['activation']}; known here: tanh")
    chosen = {
        RENAMED.get((kind, key), key): _plain(config[key], f"layer {name} ({kind}): {key}") for key in TAKEN[kind]
    }
    make: Callable[..., keras.layers.Layer] = getattr(layers, kind)
    return make(name=NOT_IN_NAMES.sub("x", str(name)), **chosen)


def _plain(value: Any, where: str) -> Any:
    """Numbers and words, or lists of them."""
    if not isinstance(value, PLAIN if not isinstance(value, list) else list):
        raise ValueError(f"{where} = {_shown(value)}, which is no number, word or list")
    return [_plain(part, where) for part in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return value.get("class_name", "a mapping") if isinstance(value, dict) else str(value)


def _set_weights(made: Iterable[tuple[str, keras.layers.Layer]], weights: Mapping[str, keras3.Arrays]) -> None:
    counts: dict[str, int] = {}
    for kind, layer in made:
        key = keras3.key(kind, counts.get(kind, 0))
        counts[kind] = counts.get(kind, 0) + 1
        path = f"layers/{key}/cell/vars" if kind == "LSTM" else f"layers/{key}/vars"
        found, wanted = weights.get(path, []), [tuple(weight.shape) for weight in layer.weights]
        if [array.shape for array in found] != wanted:
            shapes = ", ".join(str(array.shape) for array in found) or "none"
            raise ValueError(
                f"layer {layer.name} ({kind}) has weights {shapes}; expected {', '.join(map(str, wanted))}"
            )
        layer.set_weights(found)
        if kind == "Normalization":
            layer.finalize_state()
