"""Keras models in HDF5, looked at before Keras loads them: loading builds whatever the file names, code included."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fewbytes.command import InputError, damaged, missing, one_line

CONFIG = "model_config"  # the attribute that says what to build
WEIGHTS = "model_weights"  # the group of what was trained
LAYERS = {
    *("Sequential", "Functional", "Model", "InputLayer", "Add", "Concatenate", "Multiply", "Reshape", "Flatten"),
    *("Conv1D", "DepthwiseConv1D", "SeparableConv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense", "LSTM"),
    *("MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D", "GlobalAveragePooling1D", "ZeroPadding1D"),
    *("MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D", "ZeroPadding2D"),
    *("ReLU", "LeakyReLU", "Softmax", "Activation", "BatchNormalization", "Dropout", "Rescaling", "Normalization"),
}
PARTS = {  # initializers, regularizers, constraints, types
    *("Zeros", "Ones", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "RandomNormal"),
    *(
        "RandomUniform",
        "Orthogonal",
        "TruncatedNormal",
        "VarianceScaling",
        "L1",
        "L2",
        "L1L2",
        "MaxNorm",
        "NonNeg",
        "Policy",
    ),
}
MODULES = ("keras", "tf_keras")
SECONDS = 10
MOST_BYTES = 800_000_000  # of all arrays: a network's weights, and what an optimizer keeps for each
# On a damaged file HDF5 may crash, or never return; a strange one leads to other files, or is larger than it looks.
READER = f"""
import sys, h5py
left = {MOST_BYTES}
def read(_, item):
    global left
    dict(item.attrs)
    if isinstance(item, h5py.Dataset):
        if item.external or item.is_virtual:
            raise ValueError("it takes arrays from other files")
        left -= item.nbytes
        if left < 0:
            raise ValueError("its arrays have over {MOST_BYTES:,} bytes")
        item[...]
    elif not all(isinstance(item.get(name, getlink=True), h5py.HardLink) for name in item):
        raise ValueError("it links to other places")
try:
    with h5py.File(sys.argv[1], "r") as file:
        read("", file)
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
    try:
        _require_plain(path)
    except ValueError as error:
        raise damaged(path, error) from None


def require_own_plain(path: Path) -> None:
    """As `require_plain`, of a file that is the user's and no stage's."""
    try:
        _require_plain(path)
    except ValueError as error:
        raise InputError(f"{path}: {one_line(error)}") from None


def _require_plain(path: Path) -> None:
    config = read(path)
    if not config:
        raise ValueError(f"an HDF5 file without {CONFIG}, so not a Keras model")
    try:
        found = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its {CONFIG} is not JSON: {error}") from None
    _check(found, path)


def read(path: Path) -> str:
    """What the model is built from, once the whole file has been read in a process of its own; "" where it says none.

    Raises ValueError with the reason where the file is damaged, leads to others, or is too large.
    """
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
        raise ValueError("HDF5 comes to no end with it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ValueError(f"not a whole HDF5 file: {said[-1] if said else 'it crashes HDF5'}")
    return done.stdout


def _check(config: Any, path: Path) -> None:
    """Every dictionary, however deep, names only what is known to be plain."""
    left = [config]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            name, module, registered = part.get("class_name"), part.get("module"), part.get("registered_name")
            if "class_name" in part and not (isinstance(name, str) and name in LAYERS | PARTS):
                raise InputError(f"{path}: names {name!r}, which is not loaded: it could run code that the file brings")
            if module is not None and not (isinstance(module, str) and module.split(".")[0] in MODULES):
                raise InputError(f"{path}: names the module {module!r}, which is not loaded: it could run any code")
            if registered is not None and not (isinstance(registered, str) and registered in LAYERS | PARTS):
                raise InputError(f"{path}: names {registered!r}, which is not loaded: it is registered in other code")
            left += part.values()
        elif isinstance(part, list):
            left += part
