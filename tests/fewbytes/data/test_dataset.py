import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes import arrays
from fewbytes.command import InputError
from fewbytes.data import dataset
from fewbytes.data.dataset import Split
from stages import prepare


def save(path: Path, digits: Split) -> None:
    train, validation = prepare.split_validation(digits, 0.1)
    dataset.save(train, validation, digits, path)


def test_what_is_saved_is_loaded_and_is_the_same_file_every_time(tmp_path: Path, digits: Split) -> None:
    save(tmp_path / "a.npz", digits)
    save(tmp_path / "b.npz", digits)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    np.testing.assert_array_equal(dataset.load("test", tmp_path / "a.npz").images, digits.images)


def test_validation_is_the_last_part_as_in_keras(digits: Split) -> None:
    train, validation = prepare.split_validation(digits, 0.1)
    np.testing.assert_array_equal(train.images, digits.images[:180])
    np.testing.assert_array_equal(validation.labels, digits.labels[180:])


def test_calibration_is_drawn_from_the_training_part_only(digits: Split) -> None:
    train, validation = prepare.split_validation(digits, 0.5)
    chosen = {image.tobytes() for image in prepare.sample_calibration(train, 60, seed=1)}
    assert len(chosen) == 60
    assert chosen <= {image.tobytes() for image in train.images}
    assert not chosen & {image.tobytes() for image in validation.images}


def test_normalised_pixels_lie_between_0_and_1() -> None:
    images = np.array([[[0, 51, 255]]], np.uint8)
    np.testing.assert_allclose(dataset.normalise(images).ravel(), [0, 0.2, 1])
    assert dataset.normalise(images).shape == (1, 1, 3, 1)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        ((4, 28, 27), (4,), r"images are uint8 \(4, 28, 27\); expected uint8 \(n, 28, 28\)"),
        ((0, 28, 28), (0,), "images are"),
        ((4, 28, 28), (3,), r"labels are uint8 \(3,\)"),
    ],
)
def test_a_wrong_shape_is_refused(images: tuple[int, ...], labels: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataset.check(Split(np.zeros(images, np.uint8), np.zeros(labels, np.uint8)), "here")


def test_a_wrong_label_or_type_is_refused() -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    with pytest.raises(InputError, match="largest 10"):
        dataset.check(Split(images, np.array([10], np.uint8)), "here")
    with pytest.raises(InputError, match="images are float32"):
        dataset.check(Split(images.astype(np.float32), np.zeros(1, np.uint8)), "here")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # NumPy leaves such a file open
@pytest.mark.parametrize("keep", [0, 100, 5_000])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, digits: Split, keep: int) -> None:
    save(tmp_path / "mnist.npz", digits)
    whole = (tmp_path / "mnist.npz").read_bytes()
    for content in (whole[:keep], whole[:keep] + bytes(200) + whole[keep + 200 :]):
        (tmp_path / "mnist.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"mnist\.npz: damaged or foreign"):
            dataset.load("train", tmp_path / "mnist.npz")


def test_a_missing_file_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found; `dvc repro prepare` makes it"):
        dataset.load("train", tmp_path / "mnist.npz")


def test_a_split_or_sample_that_cannot_be_is_refused(digits: Split) -> None:
    with pytest.raises(InputError, match=r"prepare\.validation_split = 0\.9999: keeps 0 of 200 images"):
        prepare.split_validation(digits, 0.9999)
    with pytest.raises(InputError, match=r"prepare\.calibration_images = 201: must be at most 200"):
        prepare.sample_calibration(digits, 201, seed=1)


def test_an_array_is_loaded_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    with pytest.raises(InputError, match="not found"):
        arrays.load(path, (None, 10), np.float32)
    array = np.arange(50, dtype=np.float32).reshape(5, 10)
    arrays.save(path, array)
    np.testing.assert_array_equal(arrays.load(path, (None, 10), np.int8, np.float32), array)
    with pytest.raises(InputError, match=r"float32 \(5, 10\); expected float32 \(6, 10\)"):
        arrays.load(path, (6, 10), np.float32)
    with pytest.raises(InputError, match=r"float32 \(5, 10\); expected float32 \(n, 10, 1\)"):
        arrays.load(path, (None, 10, 1), np.float32)
    with pytest.raises(InputError, match=r"float32 \(5, 10\); expected int8 or uint8 \(n, 10\)"):
        arrays.load(path, (None, 10), np.int8, np.uint8)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="damaged or foreign"):
        arrays.load(path, (None, 10), np.float32)
    with path.open("wb") as file:
        np.savez(file, array=array)
    with pytest.raises(InputError, match="damaged or foreign"):
        arrays.load(path, (None, 10), np.float32)


def test_an_array_where_an_archive_belongs_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "mnist.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="damaged or foreign"):
        dataset.load("train", tmp_path / "mnist.npz")


def npy(array: np.ndarray[Any, Any], *, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


HOSTILE = {
    "objects": (npy(np.array([{}], object), pickled=True), "it holds Python objects"),
    "text": (b"Dear all", "magic string"),
    "a huge shape": (
        header("{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 28), }\n"),
        "its header says",
    ),
    "a negative shape": (header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 28), }\n"), "its header says"),
    "no end": (header("{'descr': '|u1', 'shape': (((((\n"), "header"),
    "nested": (header("(" * 5000 + "\n"), "header"),
    "code": (header("__import__('os').abort()\n"), "header"),
    "another version": (b"\x93NUMPY\x09\x00" + bytes(100), "header"),
    "data beyond": (npy(np.zeros((2, 10), np.float32)) + b"more", "84 bytes of data"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_an_array_declares_is_not_believed(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.npy: damaged or foreign \(.*{reason}.*verify-cache") as raised:
        arrays.load(tmp_path / "a.npy", (None, 10), np.float32)
    assert "\n" not in str(raised.value)


def test_arrays_of_another_type_or_dimension_are_refused_and_fortran_order_is_read(tmp_path: Path) -> None:
    for array in (np.array(["a"]), np.zeros((1,) * 64, np.float32), np.zeros((2, 10), ">f4")):
        arrays.save(tmp_path / "a.npy", array)
        with pytest.raises(InputError, match="expected float32"):
            arrays.load(tmp_path / "a.npy", (None, 10), np.float32)
    array = np.asfortranarray(np.arange(20, dtype=np.float32).reshape(2, 10))
    arrays.save(tmp_path / "a.npy", array)
    loaded = arrays.load(tmp_path / "a.npy", (None, 10), np.float32)
    np.testing.assert_array_equal(loaded, array)
    loaded[0] = 1  # it can be written to, as what np.load gives


@pytest.mark.parametrize("content", [content for content, _ in HOSTILE.values()], ids=HOSTILE)
def test_nor_what_an_archive_declares(tmp_path: Path, digits: Split, content: bytes) -> None:
    save(tmp_path / "whole.npz", digits)
    with zipfile.ZipFile(tmp_path / "whole.npz") as whole, zipfile.ZipFile(tmp_path / "a.npz", "w") as other:
        for name in whole.namelist():
            other.writestr(name, content if "labels" in name else whole.read(name))
    with pytest.raises(InputError, match=r"a\.npz: damaged or foreign") as raised:
        dataset.load("test", tmp_path / "a.npz")
    assert "\n" not in str(raised.value)


def test_labels_in_words_are_refused(tmp_path: Path, digits: Split) -> None:
    save(tmp_path / "whole.npz", digits)
    with zipfile.ZipFile(tmp_path / "whole.npz") as whole, zipfile.ZipFile(tmp_path / "a.npz", "w") as other:
        for name in whole.namelist():
            other.writestr(name, npy(np.array(["one"] * 200)) if "labels" in name else whole.read(name))
    with pytest.raises(InputError, match=r"test: labels are <U3 \(200,\); expected uint8"):
        dataset.load("test", tmp_path / "a.npz")


def test_an_archive_without_a_split_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    with pytest.raises(InputError, match="an archive without test_images or test_labels"):
        dataset.load("test", tmp_path / "a.npz")


def test_confusion_counts_every_image_once() -> None:
    rows = dataset.confusion(np.array([3, 3, 9], np.uint8), np.array([3, 5, 9], np.uint8))
    assert len(rows) == 100
    assert [row for row in rows if row[2]] == [(3, 3, 1), (3, 5, 1), (9, 9, 1)]
