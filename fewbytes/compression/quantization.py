"""Quantization-aware training, int8 throughout (Jacob et al. 2018)."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from fewbytes import params
from fewbytes.command import InputError, one_line
from fewbytes.data.dataset import Split
from fewbytes.networks.keras import keras
from fewbytes.training import training

import tensorflow_model_optimization as tfmot  # isort: skip, it needs the variables that fewbytes.networks.keras sets

combine = tfmot.experimental.combine
SCHEMES = {
    "pruned": combine.Default8BitPrunePreserveQuantizeScheme(),
    "clustered": combine.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=True),
}


@contextmanager
def _one_line() -> Iterator[None]:
    """What tfmot does not know beside what `support` tells."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise InputError(f"quantization-aware training (tfmot): {one_line(error)}") from None


def train_aware(
    model: keras.Model, start: str, schedule: params.Quantize, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` retrained with int8 rounding simulated.

    start: what it is; "pruned" keeps its zero weights at zero, "clustered" its shared weights shared as well.
    """
    with warnings.catch_warnings(), _one_line():
        # A layer all of whose weights are zero has nothing to keep shared; tfmot keeps it at zero.
        warnings.filterwarnings("ignore", message="No clustering performed")
        annotated = tfmot.quantization.keras.quantize_annotate_model(model)
        aware = tfmot.quantization.keras.quantize_apply(annotated, SCHEMES[start])
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
