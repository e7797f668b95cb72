"""NumPy arrays as .npy files, checked when read."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.shared.command import InputError
from stages.shared.files import write_bytes


def save(path: Path, array: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_bytes(path, buffer.getvalue())


def load(path: Path, shape: tuple[int | None, ...], *dtypes: type) -> NDArray[Any]:
    """The array; None in `shape` stands for any number.

    Raises InputError when the file is missing, damaged, or holds another shape or none of `dtypes`.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{path}: not found; `dvc repro` makes it") from None
    except (ValueError, EOFError, zipfile.BadZipFile):
        array = None
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path}: damaged or foreign; `dvc checkout --force {path}` restores it")
    fits = len(shape) == array.ndim and all(a in (None, b) for a, b in zip(shape, array.shape, strict=True))
    if not fits or array.dtype not in dtypes:
        wanted = f"{' or '.join(dtype.__name__ for dtype in dtypes)} {shape}".replace("None", "n")
        raise InputError(f"{path}: {array.dtype} {array.shape}; expected {wanted}")
    return array
