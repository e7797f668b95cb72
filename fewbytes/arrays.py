"""NumPy arrays as .npy files, and in .npz archives, checked when read: what a file declares is not believed."""

import io
import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fewbytes.command import InputError, damaged, missing, one_line
from fewbytes.files import write_bytes

MOST_BYTES = 200_000_000  # in one array of an archive: four times the training images


def save(path: Path, array: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_bytes(path, buffer.getvalue())


def load(path: Path, shape: tuple[int | None, ...], *dtypes: type) -> NDArray[Any]:
    """The array; None in `shape` stands for any number.

    Raises InputError when the file is missing, damaged, or holds another shape or none of `dtypes`.
    """
    try:
        with path.open("rb") as file:
            array = read(file, path.stat().st_size)
    except FileNotFoundError:
        raise missing(path) from None
    except ValueError as error:
        raise damaged(path, error) from None
    fits = len(shape) == array.ndim and all(a in (None, b) for a, b in zip(shape, array.shape, strict=True))
    if not fits or array.dtype not in dtypes:
        wanted = f"{' or '.join(dtype.__name__ for dtype in dtypes)} {shape}".replace("None", "n")
        raise InputError(f"{path}: {array.dtype} {array.shape}; expected {wanted}")
    return array


def read(file: IO[bytes], size: int) -> NDArray[Any]:
    """The array in an .npy file of `size` bytes. Raises ValueError where it is none; takes no memory beyond."""
    try:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran_order, dtype = header(file)
    except (ValueError, SyntaxError, TypeError, tokenize.TokenError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a header of an .npy file: {one_line(error)}") from None
    if dtype.hasobject:
        raise ValueError("it holds Python objects")
    declared = math.prod(shape) * dtype.itemsize
    if size - file.tell() != declared:
        said = f"{one_line(dtype)} {one_line(shape)}"
        raise ValueError(f"{size - file.tell():,} bytes of data; its header says {said}")
    content = bytearray(file.read(declared))
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")


def read_archive(source: Path | IO[bytes], names: Sequence[str]) -> list[NDArray[Any]]:
    """The arrays of these names in an .npz archive. Raises ValueError where it is none, or lacks one of them."""
    try:
        with zipfile.ZipFile(source) as archive:
            return [_member(archive, f"{name}.npy") for name in names]
    except KeyError:
        raise ValueError(f"an archive without {' or '.join(names)}") from None
    except zipfile.BadZipFile as error:
        raise ValueError(f"not a whole .npz archive: {one_line(error)}") from None
    except (EOFError, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, OverflowError) as error:
        raise ValueError(f"a damaged .npz archive: {one_line(error)}") from None


def _member(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    size = archive.getinfo(name).file_size
    if size > MOST_BYTES:
        raise ValueError(f"{name} has {size:,} bytes, over {MOST_BYTES:,}")
    with archive.open(name) as file:
        return read(file, size)
