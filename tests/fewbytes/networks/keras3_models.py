"""Run with Keras 3: saves the models that the tests carry over, and what each computes, into a folder."""

import sys
from pathlib import Path

import keras
import numpy as np

layers = keras.layers
FOLDER = Path(sys.argv[1])


def image_chain() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2),
            layers.LeakyReLU(0.1),
            layers.SeparableConv2D(5, 3, padding="same", activation="relu"),
            layers.AveragePooling2D(2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(7, activation="relu6"),
            layers.Dense(3, activation="softmax"),
        ]
    )


def image_branches() -> keras.Model:
    start = keras.Input((9, 9, 2), name="pixels")
    x = layers.Normalization()(start)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(4, 3, name="first")(x)
    y = layers.BatchNormalization(scale=False)(x)
    y = layers.Activation("relu")(y)
    y = layers.Conv2D(4, 3, padding="same", name="b")(y)
    x = layers.Add()([x, y])
    z = layers.Conv2D(4, 1, activation="sigmoid", name="a")(x)
    x = layers.Multiply()([x, z])
    x = layers.Concatenate()([x, y])
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.Dense(4)(x)
    return keras.Model(start, layers.Softmax()(x))


def series_chain() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((20, 3)),
            layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling1D(2),
            layers.ZeroPadding1D((1, 2)),
            layers.DepthwiseConv1D(3),
            layers.SeparableConv1D(5, 3, strides=2, padding="same"),
            layers.AveragePooling1D(2, padding="same"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(3),
        ]
    )


def series_branches() -> keras.Model:
    start = keras.Input((16, 2))
    x = layers.Conv1D(4, 3, padding="same")(start)
    y = layers.Conv1D(4, 5, padding="same", activation="relu")(x)
    x = layers.Add()([x, y])
    x = layers.Concatenate()([x, start])
    x = layers.LSTM(5, return_sequences=True)(x)
    x = layers.LSTM(6)(x)
    return keras.Model(start, layers.Dense(4)(x))


def flattened_series() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((10, 2)),
            layers.Conv1D(3, 2),
            layers.Reshape((3, 9)),
            layers.Flatten(),
            layers.Dense(2, use_bias=False),
        ]
    )


def table() -> keras.Model:
    start = keras.Input((6,))
    x = layers.Dense(8, activation="tanh")(start)
    return keras.Model(start, layers.Dense(3)(layers.Concatenate()([x, start])))


for make in (image_chain, image_branches, series_chain, series_branches, flattened_series, table):
    keras.utils.set_random_seed(1)
    model = make()
    chance = np.random.default_rng(1)
    for weight in model.weights:  # biases and batch norms far from doing nothing
        if weight.dtype == "float32":
            low = 0.2 if "variance" in weight.path else -0.6
            weight.assign(chance.uniform(low, 0.6, weight.shape))
    model.get_layer(index=0)
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    inputs = chance.normal(size=(5, *model.input_shape[1:])).astype(np.float32)
    model.save(FOLDER / f"{make.__name__}.keras")
    np.savez(FOLDER / f"{make.__name__}.npz", inputs=inputs, outputs=model.predict(inputs, verbose=0))
