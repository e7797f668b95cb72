"""Fashion-MNIST (Xiao et al. 2017): 70,000 pieces of clothing of 28x28, in files named and shaped as MNIST's."""

import gzip
import io
import tarfile
import tempfile
import time
from pathlib import Path

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.data import download, idx
from fewbytes.data.download import Files
from fewbytes.data.examples import Examples

SHA256 = dict(
    zip(
        idx.NAMES,
        (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        strict=True,
    )
)  # of the uncompressed files: only these bytes are accepted
CLASSES = [
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
]
DEB_MAGIC = b"!<arch>\n"


def fetch(settings: params.FashionMnist) -> Files:
    """The four files. Raises InputError that names each source's failure."""
    sources: dict[str, download.Fetch] = {}
    if settings.url is not None:
        url = settings.url.rstrip("/")
        sources[url] = lambda: from_url(url)
    if settings.debian_package is not None:
        package = settings.debian_package
        sources[f"Debian package {package}"] = lambda: from_debian(package)
    folder = Path(settings.path)
    return download.first(
        "Fashion-MNIST", SHA256, settings.path, lambda: download.from_folder(folder, idx.NAMES), sources
    )


def read(settings: params.FashionMnist, raw: Path) -> Examples:
    del settings
    return idx.examples(raw, CLASSES)


def from_url(url: str) -> Files:
    """The four files, each at `url`/NAME.gz."""
    return {name: _unzipped(download.from_url(f"{url}/{name}.gz")) for name in idx.NAMES}


def from_debian(package: str) -> Files:
    """The four files from a Debian package, which apt-get fetches without being root, and nothing installs."""
    with tempfile.TemporaryDirectory() as name:
        download.call(Path(name), time.monotonic() + download.WHOLE_S, "apt-get", "download", "--quiet", package)
        packed = next(Path(name).glob("*.deb"), None)
        if packed is None:
            raise InputError("apt-get download left no package")
        with packed.open("rb") as file:
            content = download.read_at_most(file)
    with tarfile.open(fileobj=io.BytesIO(data_of(content)), mode="r:*") as archive:
        wanted = {f"{name}.gz": name for name in idx.NAMES}
        members = {wanted[base]: member for member in archive if (base := Path(member.name).name) in wanted}
        files = {name: archive.extractfile(member) for name, member in members.items()}
        return {name: _unzipped(download.read_at_most(file)) for name, file in files.items() if file}


def data_of(package: bytes) -> bytes:
    """The member data.tar.* of a .deb file, which is an ar archive. Raises InputError where it is none, or cut."""
    if not package.startswith(DEB_MAGIC):
        raise InputError("not a Debian package")
    place = len(DEB_MAGIC)
    while place + 60 <= len(package):
        name, size = package[place : place + 16].strip(), package[place + 48 : place + 58].strip()
        if not size.isdigit():
            break
        content = package[place + 60 : place + 60 + int(size)]
        if name.startswith(b"data.tar") and len(content) == int(size):
            return content
        place += 60 + int(size) + int(size) % 2
    raise InputError("a damaged Debian package: it lacks its data")


def _unzipped(content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as unpacked:
        return download.read_at_most(unpacked)
