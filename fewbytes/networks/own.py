"""The user's own model: a .keras or .h5 file, or what a function returns; checked against the data."""

import importlib
import inspect
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

from fewbytes.command import InputError, one_line
from fewbytes.data.spec import Spec
from fewbytes.model_files import hdf5
from fewbytes.networks import carried, keras_files, plain
from fewbytes.networks.keras import keras


def load(said: str, spec: Spec, where: str) -> keras.Model:
    """The model that `said` names, from (n, *spec.input_shape) to (n, classes) logits, its weights as they are.

    said: FILE.keras of Keras 3, FILE.h5 of Keras 2, or package.module:function, which is called with nothing or, where
    it takes an argument, with the Spec, and returns a model of either Keras. where: file and key that say so.
    Raises InputError for what cannot be had or does not fit.
    """
    source = f"{where} = {said}"

    def broken(reason: object) -> InputError:
        return InputError(f"{source}: {one_line(reason)}")

    if ":" in said:
        model = _call(said, spec, source)
    elif said.endswith(".keras"):
        model = carried.load(Path(said))
    else:
        model = _of_keras_2(Path(said), broken)
    keras_files.require_finite(model, broken)
    model, softmax = plain.plain(model, source)
    found = model.input_shape[1:], model.output_shape[1:]
    if found != (spec.input_shape, (len(spec.classes),)):
        raise InputError(
            f"{source}: from {_shape(found[0])} to {_shape(found[1])}; the data are {_shape(spec.input_shape)} in "
            f"{len(spec.classes)} classes"
        )
    if softmax:
        logging.info("%s: its last softmax is left out: what is trained here ends in logits", said)
    return model


def _shape(sides: tuple[int | None, ...]) -> str:
    return "x".join("any" if side is None else str(side) for side in sides)


def _of_keras_2(path: Path, broken: keras_files.Broken) -> keras.Model:
    if not path.exists():
        raise InputError(f"{path}: not found")
    hdf5.require_own_plain(path)
    return keras_files.read(path, broken)


def _call(said: str, spec: Spec, source: str) -> keras.Model:
    module, _, name = said.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        function = getattr(importlib.import_module(module), name)
        takes = inspect.signature(function).parameters
        model = function(spec) if takes else function()
        if _is_of_keras_3(model):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "model.keras")
                model.save(path)
                return carried.load(path)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # of the user's code
        raise InputError(f"{source}: {type(error).__name__}: {one_line(error)}") from None
    if isinstance(model, keras.Model):
        return _require_known(model, source)
    raise InputError(f"{source}: returned {type(model).__name__}, not a Keras model")


def _is_of_keras_3(model: Any) -> bool:
    return any(parent.__module__.startswith("keras.src.models") for parent in type(model).__mro__)


def _require_known(model: keras.Model, source: str) -> keras.Model:
    """A model that later stages can read from its file."""
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in hdf5.LAYERS or not type(layer).__module__.startswith("tf_keras."):
            raise InputError(f"{source}: layer {layer.name} is a {kind}; known are {', '.join(sorted(hdf5.LAYERS))}")
    return model
