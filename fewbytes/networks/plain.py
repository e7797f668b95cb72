"""A user's model in the terms that every step knows; what it computes stays the same, but for a last softmax.

Layers over steps become layers over an image of one row, which tfmot and the grids of few bits know; a separable
convolution becomes the two that it is.
"""

from typing import Any

from fewbytes.command import InputError
from fewbytes.networks import graphs
from fewbytes.networks.keras import keras, tf

layers = keras.layers
KEEPING = (layers.ReLU, layers.LeakyReLU, layers.Activation, layers.Dropout, layers.Add, layers.Multiply)
OVER_STEPS = {  # and what computes the same on an image of one row
    layers.Conv1D: layers.Conv2D,
    layers.DepthwiseConv1D: layers.DepthwiseConv2D,
    layers.SeparableConv1D: layers.SeparableConv2D,
    layers.MaxPooling1D: layers.MaxPooling2D,
    layers.AveragePooling1D: layers.AveragePooling2D,
    layers.GlobalMaxPooling1D: layers.GlobalMaxPooling2D,
    layers.GlobalAveragePooling1D: layers.GlobalAveragePooling2D,
    layers.ZeroPadding1D: layers.ZeroPadding2D,
}
POOLING = (layers.MaxPooling1D, layers.AveragePooling1D)
GLOBAL = (layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D)


def plain(model: keras.Model, source: str) -> tuple[keras.Model, bool]:
    """The model into logits, and whether a softmax was left out for that. `source` is named in errors.

    Raises InputError where the model is no graph of single layers from one input to one output, or ends otherwise.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            f"{source}: has {len(model.inputs)} inputs and {len(model.outputs)} outputs; one each is known"
        )
    for layer in graphs.computing(model):
        if isinstance(layer, keras.Model):
            raise InputError(f"{source}: layer {layer.name} is a model of its own; its layers must stand in the model")
        if len(layer.inbound_nodes) != 1:
            raise InputError(f"{source}: layer {layer.name} stands in several places; each must stand in one")
    copier = _Copier(model, source)
    copy = graphs.rebuilt(model, copier.make)
    for layer, weights in copier.weights:
        layer.set_weights(weights)
    return copy, copier.softmax


class _Copier:
    def __init__(self, model: keras.Model, source: str) -> None:
        self._end, self._source = model.outputs[0], source
        self._names = {layer.name for layer in model.layers}
        self._are_rows: dict[int, tf.Tensor] = {}  # (1, steps, features), for (steps, features)
        self._rows: dict[int, tf.Tensor] = {}  # of what is none
        self.weights: list[tuple[keras.layers.Layer, list[Any]]] = []
        self.softmax = False

    def make(self, layer: keras.layers.Layer, given: list[tf.Tensor]) -> tf.Tensor:
        last = layer.output is self._end
        if last:
            layer = self._into_logits(layer)
            if layer is None:
                return self._as_steps(given[0])
        if isinstance(layer, tuple(OVER_STEPS)):
            tensor = self._over_steps(layer, self._as_row(given[0]))
        elif _keeps(layer) and any(id(tensor) in self._are_rows for tensor in given):
            tensor = self._row(self._call(layer, [self._as_row(tensor) for tensor in given]))
        elif isinstance(layer, layers.Flatten):  # the same numbers in the same order
            tensor = self._call(layer, given)
        else:
            tensor = self._call(layer, [self._as_steps(tensor) for tensor in given])
        return self._as_steps(tensor) if last else tensor

    def _into_logits(self, layer: keras.layers.Layer) -> keras.layers.Layer | None:
        """The last layer without softmax; None where that is all it is."""
        activation = getattr(layer, "activation", keras.activations.linear)
        self.softmax = isinstance(layer, layers.Softmax) or activation is keras.activations.softmax
        if self.softmax and isinstance(layer, layers.Softmax | layers.Activation):
            return None
        if activation not in (keras.activations.linear, keras.activations.softmax):
            raise InputError(
                f"{self._source}: layer {layer.name} ends it in {activation.__name__}; it must end in softmax, or "
                "in logits"
            )
        if not self.softmax:
            return layer
        return _linear(layer)

    def _over_steps(self, layer: keras.layers.Layer, row: tf.Tensor) -> tf.Tensor:
        config = layer.get_config()
        chosen = {key: value for key, value in config.items() if key in ("filters", "depth_multiplier", "use_bias")}
        for key in ("kernel_size", "dilation_rate", "pool_size"):
            if key in config:
                chosen[key] = (1, _one(config[key]))
        if "strides" in config:  # the same both ways, as TensorFlow wants them; there is one row
            chosen["strides"] = _one(config["strides"])
        padding = config.get("padding")
        if isinstance(layer, layers.ZeroPadding1D):
            chosen["padding"] = ((0, 0), tuple(padding))
        elif padding == "causal":
            before = _one(config["dilation_rate"]) * (_one(config["kernel_size"]) - 1)
            row = layers.ZeroPadding2D(((0, 0), (before, 0)), name=self._name(f"{layer.name}_padding"))(row)
        elif padding:
            chosen["padding"] = padding
        if "activation" in config:
            chosen["activation"] = layer.activation
        wide = next(two for one, two in OVER_STEPS.items() if type(layer) is one)(name=layer.name, **chosen)
        rows = [w.reshape(1, *w.shape) if w.ndim == 3 else w for w in layer.get_weights()]
        tensor = self._call(wide, [row], rows)
        return tensor if isinstance(layer, GLOBAL) else self._row(tensor)

    def _call(self, layer: keras.layers.Layer, given: list[tf.Tensor], weights: list[Any] | None = None) -> tf.Tensor:
        """A copy of `layer` on what it is given."""
        weights = layer.get_weights() if weights is None else weights
        if isinstance(layer, layers.SeparableConv2D):
            return self._separable(layer, given[0], weights)
        activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
        relu6 = activation == "relu6" and not isinstance(layer, layers.Activation)
        changes = {"axis": -1} if _along_last(layer) else {"activation": "linear"} if relu6 else {}
        copy = graphs.copied(layer, trainable=True, **changes)
        tensor = copy(given[0] if len(given) == 1 else given)
        self.weights.append((copy, weights))
        # tfmot knows it as a layer of its own; the converter puts both together again.
        return layers.ReLU(6.0, name=self._name(f"{layer.name}_relu6"))(tensor) if relu6 else tensor

    def _separable(self, layer: keras.layers.Layer, given: tf.Tensor, weights: list[Any]) -> tf.Tensor:
        first = layers.DepthwiseConv2D(
            layer.kernel_size,
            strides=layer.strides,
            padding=layer.padding,
            depth_multiplier=layer.depth_multiplier,
            dilation_rate=layer.dilation_rate,
            use_bias=False,
            name=self._name(f"{layer.name}_depthwise"),
        )
        second = layers.Conv2D(layer.filters, 1, activation=layer.activation, use_bias=layer.use_bias, name=layer.name)
        self.weights.append((first, weights[:1]))
        return self._call(second, [first(given)], weights[1:])

    def _row(self, tensor: tf.Tensor) -> tf.Tensor:
        self._are_rows[id(tensor)] = tensor
        return tensor

    def _as_row(self, tensor: tf.Tensor) -> tf.Tensor:
        if id(tensor) in self._are_rows:
            return tensor
        if id(tensor) not in self._rows:
            self._rows[id(tensor)] = self._row(self._reshaped(tensor, (1, *tensor.shape[1:])))
        return self._rows[id(tensor)]

    def _as_steps(self, tensor: tf.Tensor) -> tf.Tensor:
        return self._reshaped(tensor, tensor.shape[2:]) if id(tensor) in self._are_rows else tensor

    def _reshaped(self, tensor: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
        return layers.Reshape(shape, name=self._name("as_row" if len(shape) == 3 else "as_steps"))(tensor)

    def _name(self, wanted: str) -> str:
        """One that no layer has."""
        while wanted in self._names:
            wanted += "_"
        self._names.add(wanted)
        return wanted


def _linear(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy, weights included, without its activation."""
    copy = graphs.copied(layer, activation="linear")
    copy.build(layer.input_shape)
    copy.set_weights(layer.get_weights())
    return copy


def _keeps(layer: keras.layers.Layer) -> bool:
    """Whether it computes the same on rows: number by number, or along the last axis."""
    return isinstance(layer, KEEPING) or _along_last(layer)


def _along_last(layer: keras.layers.Layer) -> bool:
    if not isinstance(layer, layers.BatchNormalization | layers.Concatenate):
        return False
    axis = next(iter(layer.axis)) if isinstance(layer, layers.BatchNormalization) else layer.axis
    return axis in (-1, len(layer.output_shape) - 1)


def _one(said: Any) -> int:
    return int(said[0]) if isinstance(said, list | tuple) else int(said)
