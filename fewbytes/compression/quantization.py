"""Quantization-aware training, int8 throughout (Jacob et al. 2018)."""

import warnings

import numpy as np

from fewbytes import params
from fewbytes.absent import NotMadeError
from fewbytes.command import one_line
from fewbytes.compression.tfmot import tfmot
from fewbytes.data.dataset import Split
from fewbytes.networks.keras import keras
from fewbytes.training import training

combine = tfmot.experimental.combine
KERNEL_RANGE, EMPTY = "kernel_m", 1e-5  # of the names of tfmot's variables; a range that it makes of zeros is 1e-6
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
    _widen_empty_ranges(aware, model)
    return aware, history


def _widen_empty_ranges(aware: keras.Model, model: keras.Model) -> None:
    """Give channels without weights, whose bias counts, the range of their layer's widest.

    A range of nothing would become a scale of nothing, in which no int32 holds the channel's bias. A negative one that
    ReLU follows does not count: what is too small for int32 is zero all the same. model: what `aware` was made from.
    """
    for layer in aware.layers:
        ends = {each.name.rpartition("_")[2]: each for each in layer.weights if KERNEL_RANGE in each.name}
        if set(ends) != {"min:0", "max:0"} or ends["max:0"].shape.rank != 1:
            continue
        plain = model.get_layer(layer.layer.name)
        trained = next((each.numpy() for each in layer.weights if each.name.endswith("/bias:0")), np.zeros(1))
        lowest, highest = ends["min:0"].numpy(), ends["max:0"].numpy()
        counts = trained > 0 if plain.activation is keras.activations.relu else trained != 0
        empty = (highest - lowest < EMPTY) & counts
        widest = max(abs(lowest).max(), abs(highest).max())
        ends["min:0"].assign(np.where(empty, -widest, lowest))
        ends["max:0"].assign(np.where(empty, widest, highest))
