"""Networks of blocks, for images, series and tables; one definition for the pipeline and for the frontier.

A series (steps, features) passes through convolutions and pools as an image of one row, (1, steps, features): tfmot's
quantization, TensorFlow Lite and the generator of C know two dimensions better than one, and compute the same.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from fewbytes import blocks
from fewbytes.blocks import (
    Average,
    AveragePool,
    Block,
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Lstm,
    MaxPool,
    Residual,
    Separable,
)
from fewbytes.command import InputError
from fewbytes.data.spec import Spec
from fewbytes.networks import health
from fewbytes.networks.keras import keras, tf

layers = keras.layers
Plan = list[Any]  # layers, and for a residual block the plan of what is added

Window = Conv | Depthwise | Separable | MaxPool | AveragePool


def build(said: Sequence[Block], spec: Spec, where: str) -> keras.Model:
    """The blocks, those with weights with batch norm and ReLU but for lstm, and a dense layer into logits.

    where: file and key of what is said, for errors. The model is Sequential where nothing is residual.
    Raises InputError where a block does not fit what the ones before it leave, and for a network that is too large.
    """
    with health.memory_errors(), health.bounded(where):
        planner = _Planner(spec)
        plan = [*planner.blocks(said, f"{where}.blocks"), *planner.end(), layers.Dense(len(spec.classes))]
        start = keras.Input(spec.input_shape)
        if not any(isinstance(part, list) for part in plan):
            return keras.Sequential([start, *plan])
        return keras.Model(start, _connected(start, plan))


def _connected(tensor: tf.Tensor, plan: Plan) -> tf.Tensor:
    for part in plan:
        tensor = layers.Add()([tensor, _connected(tensor, part)]) if isinstance(part, list) else part(tensor)
    return tensor


class _Planner:
    """Makes layers one after another, and follows the shape of what they give."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._shape: tuple[int, ...] = spec.input_shape  # without the batch
        self._series = spec.kind == "series"
        self._flat = False  # nothing but dense layers may follow

    def blocks(self, said: Sequence[Block], where: str) -> Iterator[Any]:
        for place, block in enumerate(said):
            stacked = any(isinstance(later, Lstm) for later in said[place + 1 :])
            tied = isinstance(block, Conv) and (block.tied or blocks.tied_after(said, place))
            yield from self._block(block, f"{where}.{place}", stacked=stacked, tied=tied)

    def end(self) -> Iterator[keras.layers.Layer]:
        """What is needed before a dense layer."""
        if not self._flat and (self._series or len(self._shape) > 1):
            yield self._add(layers.Flatten())
        self._flat = True

    def _block(self, block: Block, where: str, *, stacked: bool, tied: bool) -> Iterator[Any]:
        match block:
            case Dense():
                yield from self.end()
                yield self._add(layers.Dense(block.dense, use_bias=False))
                yield from self._normed()
            case Dropout():
                yield self._add(layers.Dropout(block.dropout))
            case Lstm():
                yield from self._steps(block, where)
                yield self._add(layers.LSTM(block.lstm, return_sequences=stacked))
                self._flat = not stacked
            case Conv() if tied:
                yield from self._places(block, where)
                yield self._tied(block, where)
            case _:
                yield from self._places(block, where)
                yield from self._image(block, where)

    def _places(self, block: Block, where: str) -> Iterator[keras.layers.Layer]:
        """An image, be it of a series."""
        self._refuse_table(block, where)
        if len(self._shape) == 2:
            yield self._add(layers.Reshape((1, *self._shape)))

    def _steps(self, block: Lstm, where: str) -> Iterator[keras.layers.Layer]:
        """Steps with features: of a series, or an image's rows."""
        self._refuse_table(block, where)
        if len(self._shape) == 3:
            height, width, channels = self._shape
            yield self._add(layers.Reshape((width, channels) if self._series else (height, width * channels)))

    def _tied(self, block: Conv, where: str) -> keras.layers.Layer:
        """Without batch norm, which, folded, would make other weights of each."""
        if self._shape[-1] != block.conv:
            found = f"{self._shape[-1]} channels come in and {block.conv} go out"
            raise InputError(f"{where}: tied convolutions need as many filters as channels; {found}")
        return self._conv(block, where, activation="relu")

    def _conv(self, block: Conv, where: str, **settings: Any) -> keras.layers.Layer:
        size = self._size(block, block.kernel_size, where)
        chosen = {"strides": block.strides, "padding": block.padding}
        return self._add(layers.Conv2D(block.conv, size, **chosen, **settings))

    def _image(self, block: Block, where: str) -> Iterator[Any]:
        match block:
            case Conv():
                yield self._conv(block, where, use_bias=False)
                yield from self._normed()
            case Depthwise():
                yield self._depthwise(block, block.depthwise, where)
                yield from self._normed()
            case Separable():
                yield self._depthwise(block, block.kernel_size, where)
                yield self._add(layers.Conv2D(block.separable, 1, use_bias=False))
                yield from self._normed()
            case MaxPool(max_pool=size) | AveragePool(average_pool=size):
                kind = layers.MaxPooling2D if isinstance(block, MaxPool) else layers.AveragePooling2D
                strides = block.strides or size
                yield self._add(kind(self._size(block, size, where), strides=strides, padding=block.padding))
            case Average():
                yield self._add(layers.GlobalAveragePooling2D())
                self._flat = True
            case Residual():
                before = self._shape
                yield list(self.blocks(block.residual, f"{where}.residual"))
                if self._shape != before:
                    raise InputError(
                        f"{where}: residual is given {before} and its blocks make {self._shape}; they must keep the "
                        "shape: padding same, strides 1, as many filters as come in"
                    )

    def _depthwise(self, block: Depthwise | Separable, size: int, where: str) -> keras.layers.Layer:
        chosen = {"strides": block.strides, "padding": block.padding, "use_bias": False}
        return self._add(layers.DepthwiseConv2D(self._size(block, size, where), **chosen))

    def _normed(self) -> Iterator[keras.layers.Layer]:
        yield self._add(layers.BatchNormalization(momentum=0.9))
        yield self._add(layers.ReLU())

    def _size(self, block: Window, size: int, where: str) -> int | tuple[int, int]:
        """Of a kernel or pool. A series has one row; strides are the same both ways, as TensorFlow wants them."""
        height, width, _ = self._shape
        if block.padding == "valid" and size > (width if self._series else min(height, width)):
            found = f"{width} steps" if self._series else f"{height}x{width}"
            raise InputError(f"{where}: {blocks.kind(block)} of size {size} finds {found}, smaller than itself")
        return (1, size) if self._series else size

    def _refuse_table(self, block: Block, where: str) -> None:
        if self._spec.kind == "table":
            (features,) = self._shape
            raise InputError(
                f"{where}: {blocks.kind(block)} is for images and series; the data are a table of {features} features"
            )

    def _add(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        self._shape = tuple(layer.compute_output_shape((None, *self._shape))[1:])
        return layer
