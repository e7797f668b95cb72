"""Convolutions whose patches do not overlap, trained as one matrix product: the same sums, sooner on a CPU."""

from collections.abc import Iterator
from contextlib import contextmanager

from fewbytes.networks.keras import keras, tf


@contextmanager
def as_matmul(model: keras.Model) -> Iterator[None]:
    """Within the block, `model`'s layers whose strides equal their kernel compute by matrix product.

    Wrap a whole compile and fit: Keras traces the layers once. Weights, file and converted model stay a Conv2D's.
    """
    layers = [layer for layer in model.layers if _has_patches(layer)]
    for layer in layers:
        layer.convolution_op = _convolve  # the hook Keras provides for this
    try:
        yield
    finally:
        for layer in layers:
            del layer.convolution_op


def _has_patches(layer: keras.layers.Layer) -> bool:
    if type(layer) is not keras.layers.Conv2D or layer.kernel_size != layer.strides or layer.groups != 1:
        return False
    side, other = layer.kernel_size
    _, height, width, _ = layer.input_shape
    return side == other > 1 and height % side == 0 and width % side == 0


def _convolve(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """(n, h, w, c) and (s, s, c, f) to (n, h/s, w/s, f)."""
    side, _, channels, filters = kernel.shape
    patches = tf.nn.space_to_depth(images, side)
    return tf.tensordot(patches, tf.reshape(kernel, (side * side * channels, filters)), axes=1)
