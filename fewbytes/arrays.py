"""NumPy arrays as .npy files, and in .npz archives, checked when read: what a file declares is not believed."""

import errno
import io
import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fewbytes.command import InputError, damaged, missing, one_line
from fewbytes.files import write_bytes

MOST_BYTES = 200_000_000  # in one array of an archive, where nothing else is said: four times MNIST's images


def save(path: Path, array: NDArray[Any]) -> None:
    write_bytes(path, _encoded(array))


def save_archive(path: Path, contents: Mapping[str, NDArray[Any]]) -> None:
    """An .npz archive of the same bytes everywhere: NumPy's hang on Python's patch level, compressed ones on zlib's."""
    archived = io.BytesIO()
    with zipfile.ZipFile(archived, "w") as archive:
        for name, array in contents.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            member.create_system = 3  # Unix, whatever this machine is
            archive.writestr(member, _encoded(array))
    write_bytes(path, archived.getvalue())


def _encoded(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


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


def read_archive(source: Path | IO[bytes], names: Sequence[str], most_bytes: int | None = None) -> list[NDArray[Any]]:
    """The arrays of these names in an .npz archive. Raises ValueError where it is none, or lacks one of them."""
    with _opened(source) as archive:
        lacking = [name for name in names if f"{name}.npy" not in archive.namelist()]
        if lacking:
            raise ValueError(f"an archive without {' or '.join(lacking)}")
        return [_member(archive, name, most_bytes or MOST_BYTES) for name in names]


def read_those(source: Path, names: Sequence[str], most_bytes: int) -> dict[str, NDArray[Any]]:
    """Those of the arrays of these names that an .npz archive has. Raises ValueError where it is none."""
    with _opened(source) as archive:
        return {name: _member(archive, name, most_bytes) for name in names if f"{name}.npy" in archive.namelist()}


@contextmanager
def _opened(source: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise ValueError(f"not a whole .npz archive: {one_line(error)}") from None
    except (EOFError, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, OverflowError) as error:
        raise ValueError(f"a damaged .npz archive: {one_line(error)}") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a place before the beginning, which a damaged directory names
            raise
        raise ValueError("a damaged .npz archive") from None


def _member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> NDArray[Any]:
    size = archive.getinfo(f"{name}.npy").file_size
    if size > most_bytes:
        raise ValueError(f"{name} has {size:,} bytes, over {most_bytes:,}")
    try:
        with archive.open(f"{name}.npy") as file:
            return read(file, size)
    except ValueError as error:
        raise ValueError(f"{name}: {one_line(error)}") from None
