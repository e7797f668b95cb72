"""Ask the teacher once for its logits on every training image, so that distillation need not ask again each epoch."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Inputs
from fewbytes.networks import keras_files
from fewbytes.networks.keras import keras, progress

BATCH_SIZE = 256  # speed only; the logits do not depend on it


def predict(model: keras.Model, inputs: Inputs) -> NDArray[np.float32]:
    """Logits (n, classes) of inputs (n, *input_shape)."""
    return model.predict(inputs, batch_size=BATCH_SIZE, verbose=progress())


def main() -> None:
    spec = specs.load()
    everything, _ = dataset.load_fitting(spec, hold_out_validation=False)
    teacher = keras_files.load(Path("models/teacher.h5"), spec)
    arrays.save(Path("models/teacher_logits.npy"), predict(teacher, everything.inputs))


if __name__ == "__main__":
    run(main)
