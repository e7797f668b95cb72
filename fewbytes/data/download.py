"""Fetching files from folders, addresses and package registries: never without end, and only the expected bytes."""

import contextlib
import gzip
import hashlib
import logging
import os
import queue
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar, cast

from fewbytes import params
from fewbytes.command import InputError, one_line

RAW = Path("data/raw")
MOST_BYTES = 200_000_000  # from any source; the four files of MNIST have 55 million
ANSWER_S = 4  # until an address must have answered
STALL_S = 20  # without a byte
WHOLE_S = 300  # for everything

Files = dict[str, bytes]
Fetch = Callable[[], Files]
Result = TypeVar("Result")


def read_at_most(file: IO[bytes] | gzip.GzipFile) -> bytes:
    """All of `file`. Raises InputError beyond MOST_BYTES: what never ends is not read to its end."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError(f"over {MOST_BYTES:,} bytes, which none of these files has")
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


def from_folder(folder: Path, names: Sequence[str]) -> Files:
    """The files of these names, plain or .gz; none where the folder holds none of them.

    Raises InputError where it is no folder, or holds some and not all.
    """
    if not folder.is_dir():
        raise InputError("no such folder")
    files = {}
    for name in names:
        plain, packed = folder / name, folder / f"{name}.gz"
        if plain.is_file():
            with plain.open("rb") as file:
                files[name] = read_at_most(file)
        elif packed.is_file():
            with gzip.open(packed) as unpacked:
                files[name] = read_at_most(unpacked)
    lacking = [name for name in names if name not in files]
    if files and lacking:
        raise InputError(f"holds {next(iter(files))} and neither {lacking[0]} nor {lacking[0]}.gz")
    return files


def from_url(url: str) -> bytes:
    """What is at an address that answers soon; then it has minutes."""
    response = within(ANSWER_S, lambda: urllib.request.urlopen(url, timeout=STALL_S))

    def read() -> bytes:
        with response:  # closed by the thread that reads it, even where nobody waits any longer
            return read_at_most(response)

    content = within(WHOLE_S, read)
    if getattr(response, "length", None):  # of http: what it promised and did not send
        raise InputError(f"the reply was cut short after {len(content):,} bytes")
    return content


def call(folder: Path, end: float, *words: str) -> None:
    """Run a command in `folder`, at most until `end`, and nothing that it starts longer than itself.

    Raises InputError with the command's own reason.
    """
    named = " ".join(words[:2])
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        raise InputError(f"{words[0]} is not installed") from None
    try:
        said, _ = process.communicate(timeout=max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise InputError(f"{named} gave no answer in time") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()
    if process.returncode:
        raise InputError(f"{named} failed: {one_line(said.strip() or f'exit code {process.returncode}')}")


def verify(files: Files, checksums: Mapping[str, str]) -> Files:
    """Return `files`; raise InputError unless all four have the expected SHA-256."""
    for name, expected in checksums.items():
        found = hashlib.sha256(files[name]).hexdigest() if name in files else "missing"
        if found != expected:
            raise InputError(f"{name} is not the expected file: SHA-256 {found[:12]}…, expected {expected[:12]}…")
    return files


def first(
    what: str, checksums: Mapping[str, str], path: str, supplied: Callable[[], Files], sources: Mapping[str, Fetch]
) -> Files:
    """The files, verified: those that the user supplied at `path`, or of the first other source that has them.

    supplied: reads those; none where there are none. Raises InputError that names each source's failure. Files that
    are supplied are never passed over for another source.
    """
    try:
        found = supplied()
        if found:
            return verify(found, checksums)
    except Exception as error:  # of unpacking, whatever the folder holds
        raise InputError(f"{params.PATH}: data.path = {path!r}: {one_line(error)}") from None
    failures = []
    for name, source in sources.items():
        try:
            files = verify(source(), checksums)
        except Exception as error:  # whatever ails a source, the next may do
            failures.append(f"{name}: {one_line(error)}")
        else:
            logging.info("%s from %s", what, name)
            return files
    raise InputError(
        f"{what} could not be had. {'; '.join(failures) or 'No other source is named'}. To supply it by hand, put "
        f"{', '.join(checksums)} (plain or .gz) into the folder that params.yaml names as data.path"
    )
