"""Made model.keras, with Keras 3, as you would have made yours: a residual branch, batch norm, softmax at the end."""

import draw
import keras
from keras import layers

keras.utils.set_random_seed(1)
data = draw.load()

picture = keras.Input((draw.SIDE, draw.SIDE, 3))
x = layers.Conv2D(12, 3, strides=2, padding="same", use_bias=False)(picture)
x = layers.BatchNormalization()(x)
x = layers.ReLU()(x)
branch = layers.Conv2D(12, 3, padding="same", use_bias=False)(x)
branch = layers.BatchNormalization()(branch)
branch = layers.ReLU()(branch)
x = layers.Add()([x, branch])
x = layers.Conv2D(20, 3, strides=2, padding="same", activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(draw.CLASSES, activation="softmax")(x)
model = keras.Model(picture, x)

model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(data["x_train"] / 255, data["y_train"], epochs=20, batch_size=32, verbose=2)
model.evaluate(data["x_test"] / 255, data["y_test"], verbose=2)
model.save("model.keras")
