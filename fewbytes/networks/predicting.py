"""What a network says of examples: so many at a time that memory does not grow with their number."""

import numpy as np
from numpy.typing import NDArray

from fewbytes.data import dataset
from fewbytes.data.dataset import Inputs, Split
from fewbytes.networks.keras import keras

AT_ONCE = 1000


def logits(model: keras.Model, inputs: Inputs) -> NDArray[np.float32]:
    """(n, classes)."""
    return model.predict(inputs, batch_size=AT_ONCE, verbose=0)


def accuracy(model: keras.Model, split: Split) -> float:
    return dataset.accuracy(logits(model, split.inputs), split.labels)
