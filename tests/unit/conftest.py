"""One small model of each kind, trained once for all unit tests."""

from typing import Any, NamedTuple

import pytest

from fewbytes import params
from fewbytes.data.dataset import Split
from fewbytes.networks import tflite
from fewbytes.networks.keras import make_deterministic
from stages import prune, quantize, train
from tests.conftest import ROOT


class Models(NamedTuple):
    baseline: Any
    pruned: Any
    float_tflite: bytes
    dynamic_range: bytes
    full_integer: bytes
    aware: bytes


@pytest.fixture(scope="session")
def settings() -> params.Params:
    return params.load(ROOT / "params.yaml")


@pytest.fixture(scope="session")
def models(digits: Split, settings: params.Params) -> Models:
    make_deterministic(1)
    recipe = settings.train.baseline.model_copy(update={"epochs": 6, "learning_rate": 0.005})
    baseline, _ = train.train(recipe, "train.baseline", digits, None)
    fine_tuning = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "epochs": 3})
    pruned, _ = prune.prune(baseline, fine_tuning, digits, digits)
    aware, _ = quantize.train_aware(pruned, "pruned", settings.quantize, digits, digits)
    return Models(
        baseline,
        pruned,
        tflite.to_float(baseline),
        tflite.to_dynamic_range(pruned),
        tflite.to_full_integer(pruned, digits.images[:20]),
        tflite.to_full_integer(aware),
    )
