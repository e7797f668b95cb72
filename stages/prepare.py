"""Turn the raw MNIST files into one compact file of splits, with a fixed sample for calibration."""

from pathlib import Path

import numpy as np

from stages.shared import dataset, idx, params
from stages.shared.command import run
from stages.shared.dataset import Images, Split

RAW = Path("data/raw")


def split_validation(training: Split, validation_split: float) -> tuple[Split, Split]:
    """Hold out the last part of the training images, as Keras's `validation_split` does in the essay's appendix."""
    kept = int(len(training.images) * (1 - validation_split))
    return Split(*(array[:kept] for array in training)), Split(*(array[kept:] for array in training))


def sample_calibration(train: Split, count: int, seed: int) -> Images:
    """`count` images drawn without replacement, from the training part only."""
    chosen = np.random.default_rng(seed).choice(len(train.images), size=min(count, len(train.images)), replace=False)
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
    dataset.save(dataset.PATH, train, validation, test, calibration_images)


if __name__ == "__main__":
    run(main)
