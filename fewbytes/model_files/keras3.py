"""Models as Keras 3 saves them, in .keras archives, read as data: nothing that a file names is built or run here."""

import json
import re
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError, one_line
from fewbytes.model_files import hdf5

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MOST_CONFIG = 20_000_000  # bytes
BROKEN = (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError, OverflowError, ValueError)

Arrays = list[NDArray[Any]]


class Archive(NamedTuple):
    """config: what the model is built from. weights: of each layer, by the path that Keras saves them at."""

    config: dict[str, Any]
    weights: dict[str, Arrays]


def read(path: Path) -> Archive:
    """Raises InputError where the file is no whole .keras archive, or unpacks to more than a network can have."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            with _member(archive, CONFIG, MOST_CONFIG) as packed:
                config = json.loads(packed.read())
            if not isinstance(config, dict):
                raise ValueError(f"its {CONFIG} is no mapping")
            weights = Path(folder, WEIGHTS)
            with _member(archive, WEIGHTS, hdf5.MOST_BYTES) as packed, weights.open("wb") as file:
                shutil.copyfileobj(packed, file)
            hdf5.read(weights)
            return Archive(config, _weights(weights))
    except FileNotFoundError:
        raise InputError(f"{path}: not found") from None
    except KeyError as error:
        raise InputError(f"{path}: not a model of Keras 3: {one_line(error)}") from None
    except (*BROKEN, RecursionError) as error:
        raise InputError(f"{path}: not a whole .keras archive: {one_line(error)}") from None


def _member(archive: zipfile.ZipFile, name: str, most: int) -> IO[bytes]:
    """What an archive declares is what zipfile reads at most of a member."""
    size = archive.getinfo(name).file_size
    if size > most:
        raise ValueError(f"{name} has {size:,} bytes, over {most:,}")
    return archive.open(name)


def _weights(path: Path) -> dict[str, Arrays]:
    found: dict[str, Arrays] = {}

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and name.startswith("layers/") and name.endswith("/vars"):
            found[name] = [_array(item[str(place)]) for place in range(len(item))]

    with h5py.File(path, "r") as file:
        file.visititems(keep)
    return found


def _array(item: Any) -> NDArray[Any]:
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "fiu":
        raise ValueError(f"{item.name} holds no numbers")
    return np.asarray(item, np.float32)


def key(class_name: str, earlier: int) -> str:
    """How Keras names a layer among the weights, after so many `earlier` ones of its class."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return f"{name}_{earlier}" if earlier else name
