"""Turn the raw MNIST files into one compact file of splits, and a fixed sample for calibration."""

from pathlib import Path

import numpy as np

from fewbytes import arrays, params
from fewbytes.command import InputError, run
from fewbytes.data import dataset, idx
from fewbytes.data.dataset import Images, Split

RAW = Path("data/raw")


def split_validation(training: Split, validation_split: float) -> tuple[Split, Split]:
    """Hold out the last part of the training images, as Keras's `validation_split` does in the essay's appendix.

    Raises InputError when either part would be empty.
    """
    kept = int(len(training.images) * (1 - validation_split))
    if not 0 < kept < len(training.images):
        raise InputError(
            f"params.yaml: prepare.validation_split = {validation_split}: keeps {kept} of {len(training.images)} images"
        )
    return Split(*(array[:kept] for array in training)), Split(*(array[kept:] for array in training))


def sample_calibration(train: Split, count: int, seed: int) -> Images:
    """`count` images drawn without replacement, from the training part only. Raises InputError for more than it has."""
    if count > len(train.images):
        raise InputError(f"params.yaml: prepare.calibration_images = {count}: must be at most {len(train.images)}")
    chosen = np.random.default_rng(seed).choice(len(train.images), size=count, replace=False)
    return train.images[np.sort(chosen)]


def main() -> None:
    settings = params.load()
    training, test = (
        dataset.check(
            Split(idx.read(RAW / f"{name}-images-idx3-ubyte"), idx.read(RAW / f"{name}-labels-idx1-ubyte")), name
        )
        for name in ("train", "t10k")
    )
    train, validation = split_validation(training, settings.prepare.validation_split)
    calibration_images = sample_calibration(train, settings.prepare.calibration_images, settings.seed)
    dataset.save(train, validation, test)
    arrays.save(dataset.CALIBRATION, calibration_images)


if __name__ == "__main__":
    run(main)
