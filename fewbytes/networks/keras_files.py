"""Keras models as .h5 files without the optimizer: unlike .keras files they carry no date, so they hash the same."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from fewbytes.command import InputError, damaged
from fewbytes.data.spec import Spec
from fewbytes.files import write_bytes
from fewbytes.model_files import hdf5
from fewbytes.networks import health
from fewbytes.networks.keras import keras

Broken = Callable[[object], InputError]
LARGEST_WEIGHT = 1_000_000  # trained ones are below 100; a flipped bit of the exponent makes 1e37, and then overflows


def save(model: keras.Model, path: Path) -> None:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), h5py.File(buffer, "w") as file:
        warnings.filterwarnings("ignore", message=".*HDF5 file.*")  # .keras would be Keras's choice
        model.save(file, include_optimizer=False, save_format="h5")
    write_bytes(path, buffer.getvalue())


def load(path: Path, spec: Spec) -> keras.Model:
    """Load a classifier of (n, *spec.input_shape) into logits, one a class. Raises InputError for anything else."""
    hdf5.require_plain(path)

    def broken(reason: object) -> InputError:
        return damaged(path, reason)

    model = read(path, broken)
    require_finite(model, broken)
    ends = (None, *spec.input_shape), (None, len(spec.classes))
    if (model.input_shape, model.output_shape) != ends:
        raise InputError(
            f"{path}: a model from {model.input_shape} to {model.output_shape}; expected {ends[0]} to {ends[1]}"
        )
    return model


def read(path: Path, broken: Broken) -> keras.Model:
    """The model in a file that `hdf5` found plain. `broken` makes an error of the reason why there is none."""
    with health.memory_errors(), health.bounded(str(path)):
        try:
            return keras.models.load_model(path, compile=False)
        except (InputError, MemoryError):
            raise
        except Exception as error:  # there is no end to what Keras raises on strange settings of plain layers
            raise broken(f"not a Keras model in HDF5: {error}") from None


def require_finite(model: keras.Model, broken: Broken) -> None:
    """Raises what `broken` makes of the reason for weights that no training gives."""
    learned = [weights.numpy() for weights in model.trainable_weights]  # counts and variances of inputs may be larger
    finite = all(np.isfinite(weights).all() for weights in model.get_weights())
    if not finite or not all((np.abs(weights) < LARGEST_WEIGHT).all() for weights in learned):
        raise broken(f"its weights are not all numbers below {LARGEST_WEIGHT:,}")
