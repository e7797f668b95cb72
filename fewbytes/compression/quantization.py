"""Quantization-aware training, int8 throughout (Jacob et al. 2018)."""

import warnings

from fewbytes import params
from fewbytes.absent import NotMadeError
from fewbytes.command import one_line
from fewbytes.data.dataset import Split
from fewbytes.networks.keras import keras
from fewbytes.training import training

import tensorflow_model_optimization as tfmot  # isort: skip, it needs the variables that fewbytes.networks.keras sets

combine = tfmot.experimental.combine
SCHEMES = {
    "pruned": combine.Default8BitPrunePreserveQuantizeScheme(),
    "clustered": combine.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=True),
}


def apply(model: keras.Model, start: str) -> keras.Model:
    """A copy of `model` that simulates int8 rounding. Raises NotMadeError for a model that tfmot does not know."""
    with warnings.catch_warnings():
        # A layer all of whose weights are zero has nothing to keep shared; tfmot keeps it at zero.
        warnings.filterwarnings("ignore", message="No clustering performed")
        try:
            annotated = tfmot.quantization.keras.quantize_annotate_model(model)
            return tfmot.quantization.keras.quantize_apply(annotated, SCHEMES[start])
        except (RuntimeError, ValueError) as error:
            raise NotMadeError(f"quantization-aware training (tfmot): {one_line(error)}") from None


def train_aware(
    model: keras.Model, start: str, schedule: params.Quantize, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` retrained with int8 rounding simulated.

    start: what it is; "pruned" keeps its zero weights at zero, "clustered" its shared weights shared as well.
    """
    aware = apply(model, start)
    history = training.fit(
        aware,
        train.inputs,
        train.labels,
        schedule,
        suspects={"quantize.learning_rate": schedule.learning_rate},
        validation=validation,
        weights=train.weights,
    )
    return aware, history
