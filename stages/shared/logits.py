"""The teacher's logits on every training image, (n, 10) float32 in the original order, as a .npy file."""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.shared.command import InputError
from stages.shared.dataset import CLASSES
from stages.shared.files import write_bytes

PATH = Path("models/teacher_logits.npy")


def save(logits: NDArray[np.float32], path: Path = PATH) -> None:
    buffer = io.BytesIO()
    np.save(buffer, logits)
    write_bytes(path, buffer.getvalue())


def load(images: int, path: Path = PATH) -> NDArray[np.float32]:
    """The logits of the first `images` images. Raises InputError when the file is damaged or holds fewer."""
    try:
        logits = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{path}: not found; `dvc repro predict` makes it") from None
    except (ValueError, EOFError, zipfile.BadZipFile):
        logits = None
    if not isinstance(logits, np.ndarray):
        raise InputError(f"{path}: damaged or foreign; `dvc checkout --force {path}` restores it")
    if logits.ndim != 2 or logits.shape[1] != CLASSES or len(logits) < images:
        raise InputError(f"{path}: shape {logits.shape}; expected ({images}, {CLASSES}) or more rows")
    return logits[:images]
