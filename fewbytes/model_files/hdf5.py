"""Keras models in HDF5, looked at before Keras loads them: loading builds whatever the file names, code included."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fewbytes.command import InputError, damaged, missing

CONFIG = "model_config"  # the attribute that says what to build
WEIGHTS = "model_weights"  # the group of what was trained
LAYERS = {
    *("Sequential", "Functional", "Model", "InputLayer", "Add", "Concatenate"),
    *("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense", "Flatten", "Reshape", "ZeroPadding2D"),
    *("MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D"),
    *("ReLU", "LeakyReLU", "Softmax", "Activation", "BatchNormalization", "Dropout"),
}
PARTS = {  # initializers, regularizers, constraints, types
    *("Zeros", "Ones", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "RandomNormal"),
    *("RandomUniform", "TruncatedNormal", "VarianceScaling", "L1", "L2", "L1L2", "MaxNorm", "NonNeg", "Policy"),
}
MODULES = ("keras", "tf_keras")
SECONDS = 10
# On a damaged file HDF5 may crash, or never return.
READER = f"""
import sys, h5py
def read(_, item):
    dict(item.attrs), item[...] if isinstance(item, h5py.Dataset) else None
try:
    with h5py.File(sys.argv[1], "r") as file:
        file.visititems(read)
        config = file.attrs.get("{CONFIG}")
        if config is not None and "{WEIGHTS}" not in file:
            sys.exit("it lacks {WEIGHTS}")
except Exception as error:
    sys.exit(" ".join(str(error).split()))
sys.stdout.buffer.write(config.encode() if isinstance(config, str) else b"")
"""


def require_plain(path: Path) -> None:
    """Raises InputError where the file is missing, no whole Keras model in HDF5, or names what is not plain."""
    if not path.exists():
        raise missing(path)
    config = _read_config(path)
    try:
        found = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"its {CONFIG} is not JSON: {error}") from None
    _check(found, path)


def _read_config(path: Path) -> str:
    """What the model is built from, once the whole file has been read in a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", READER, path],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise damaged(path, "HDF5 comes to no end with it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise damaged(path, f"not a whole HDF5 file: {said[-1] if said else 'it crashes HDF5'}")
    if not done.stdout:
        raise damaged(path, f"an HDF5 file without {CONFIG}, so not a Keras model")
    return done.stdout


def _check(config: Any, path: Path) -> None:
    """Every dictionary, however deep, names only what is known to be plain."""
    left = [config]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            name, module = part.get("class_name"), part.get("module")
            if "class_name" in part and not (isinstance(name, str) and name in LAYERS | PARTS):
                raise InputError(f"{path}: names {name!r}, which is not loaded: it could run code that the file brings")
            if module is not None and not (isinstance(module, str) and module.split(".")[0] in MODULES):
                raise InputError(f"{path}: names the module {module!r}, which is not loaded: it could run any code")
            left += part.values()
        elif isinstance(part, list):
            left += part
