"""Small inputs that the tests build themselves: digits that a network can learn in a moment, and networks that did."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from fewbytes import params
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.examples import Part
from fewbytes.data.spec import Spec
from fewbytes.data.splitting import Splits

ROOT = Path(__file__).parents[1]
SIDE, CLASSES = 28, 10
SPEC = Spec(  # of MNIST
    shape=[SIDE, SIDE],
    kind="image",
    dtype="uint8",
    low=0.0,
    high=255.0,
    offset=[0.0],
    divisor=[255.0],
    classes=[str(digit) for digit in range(CLASSES)],
)


class Models(NamedTuple):
    baseline: Any
    pruned: Any
    float_tflite: bytes
    dynamic_range: bytes
    full_integer: bytes
    aware: bytes


def make_digits(count: int, seed: int) -> Split:
    """`count` raw images, each the fixed random pattern of its class under noise, and their labels."""
    patterns = np.random.default_rng(0).random((CLASSES, SIDE, SIDE)) > 0.8
    generator = np.random.default_rng(seed)
    labels = (np.arange(count) % CLASSES).astype(np.uint8)
    noise = generator.integers(0, 120, (count, SIDE, SIDE))
    return Split((patterns[labels] * 130 + noise).astype(np.uint8), labels)


def normalised(split: Split, spec: Spec = SPEC) -> Split:
    return split._replace(inputs=spec.normalise(split.inputs))


def save_data(train: Split, validation: Split, test: Split, folder: Path, spec: Spec = SPEC) -> None:
    """What `prepare` leaves in `folder` of these splits, which are raw."""
    parts = (Part("here", split.inputs, split.labels) for split in (train, validation, test))
    dataset.save(Splits(*parts), spec, folder / dataset.PATH)
    specs.save(spec, folder / specs.PATH)


@pytest.fixture(scope="session")
def digits() -> Split:
    """As networks take them."""
    return normalised(make_digits(200, seed=1))


@pytest.fixture(scope="session")
def settings() -> params.Params:
    return params.load(ROOT / "params.yaml")


@pytest.fixture(scope="session")
def models(digits: Split, settings: params.Params) -> Models:
    """One small model of each kind, trained once for all tests."""
    from fewbytes.compression import magnitude, quantization  # noqa: PLC0415 - TensorFlow, for those that need it
    from fewbytes.networks import tflite  # noqa: PLC0415
    from fewbytes.networks.keras import make_deterministic  # noqa: PLC0415
    from fewbytes.training import recipes  # noqa: PLC0415

    make_deterministic(1)
    recipe = settings.train.baseline.model_copy(update={"epochs": 6, "learning_rate": 0.005})
    baseline, _ = recipes.train(recipe, "train.baseline", SPEC, digits, None)
    fine_tuning = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "epochs": 3})
    pruned, _ = magnitude.prune(baseline, fine_tuning, digits, digits)
    aware, _ = quantization.train_aware(pruned, "pruned", settings.quantize, digits, digits)
    return Models(
        baseline,
        pruned,
        tflite.to_float(baseline),
        tflite.to_dynamic_range(pruned),
        tflite.to_full_integer(pruned, digits.inputs[:20]),
        tflite.to_full_integer(aware),
    )
