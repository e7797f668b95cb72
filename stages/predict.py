"""Ask the teacher once for its logits on every training image, so that distillation need not ask again each epoch."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data.dataset import Images, normalise
from fewbytes.networks import keras_files
from fewbytes.networks.keras import keras, progress

BATCH_SIZE = 256  # speed only; the logits do not depend on it


def predict(model: keras.Model, images: Images) -> NDArray[np.float32]:
    """Logits (n, 10) of images (n, 28, 28)."""
    return model.predict(normalise(images), batch_size=BATCH_SIZE, verbose=progress())


def main() -> None:
    everything, _ = dataset.load_fitting(hold_out_validation=False)
    teacher = keras_files.load(Path("models/teacher.h5"))
    arrays.save(Path("models/teacher_logits.npy"), predict(teacher, everything.images))


if __name__ == "__main__":
    run(main)
