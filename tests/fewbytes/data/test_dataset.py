import hashlib
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
from fewbytes.data.examples import Part
from fewbytes.data.spec import Spec
from fewbytes.data.splitting import Splits
from tests.conftest import SPEC, make_digits

RAW = make_digits(200, seed=1)


def save(path: Path, raw: Split, spec: Spec = SPEC) -> None:
    train, validation = Part("train", raw.inputs[:180], raw.labels[:180]), Part("v", raw.inputs[180:], raw.labels[180:])
    dataset.save(Splits(train, validation, Part("test", raw.inputs, raw.labels)), spec, path)


def test_what_is_saved_is_loaded_and_is_the_same_file_every_time(tmp_path: Path) -> None:
    save(tmp_path / "a.npz", RAW)
    save(tmp_path / "b.npz", RAW)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    np.testing.assert_array_equal(dataset.load_raw("test", SPEC, tmp_path / "a.npz").inputs, RAW.inputs)
    loaded = dataset.load("test", SPEC, path=tmp_path / "a.npz")
    np.testing.assert_array_equal(loaded.inputs, RAW.inputs[..., np.newaxis] / np.float32(255))
    assert loaded.weights is None


def test_more_than_256_classes_have_wider_labels(tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"classes": [str(number) for number in range(300)]})
    many = RAW._replace(labels=np.arange(200, dtype=np.uint16) + 100)
    save(tmp_path / "a.npz", many, spec)
    assert dataset.load("test", spec, path=tmp_path / "a.npz").labels.max() == 299


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        ((4, 28, 27), (4,), r"inputs are uint8 \(4, 28, 27\); expected uint8 \(n, 28, 28\)"),
        ((0, 28, 28), (0,), "inputs are"),
        ((4, 28, 28), (3,), r"labels are uint8 \(3,\)"),
    ],
)
def test_a_wrong_shape_is_refused(inputs: tuple[int, ...], labels: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataset.check(Split(np.zeros(inputs, np.uint8), np.zeros(labels, np.uint8)), SPEC, "here")


def test_a_wrong_label_type_or_number_is_refused() -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    with pytest.raises(InputError, match="largest 10"):
        dataset.check(Split(images, np.array([10], np.uint8)), SPEC, "here")
    with pytest.raises(InputError, match="inputs are float32"):
        dataset.check(Split(images.astype(np.float32), np.zeros(1, np.uint8)), SPEC, "here")
    real = SPEC.model_copy(update={"dtype": "float32"})
    with pytest.raises(InputError, match="not all finite"):
        dataset.check(Split(np.full((1, 28, 28), np.nan, np.float32), np.zeros(1, np.uint8)), real, "here")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # NumPy leaves such a file open
@pytest.mark.parametrize("keep", [0, 100, 5_000])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, keep: int) -> None:
    save(tmp_path / "splits.npz", RAW)
    whole = (tmp_path / "splits.npz").read_bytes()
    for content in (whole[:keep], whole[:keep] + bytes(200) + whole[keep + 200 :]):
        (tmp_path / "splits.npz").write_bytes(content)
        with pytest.raises(InputError, match=r"splits\.npz: damaged or foreign"):
            dataset.load("train", SPEC, path=tmp_path / "splits.npz")


def test_a_missing_file_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found; `dvc repro prepare` makes it"):
        dataset.load("train", SPEC, path=tmp_path / "splits.npz")


def test_balanced_weights_let_every_class_count_the_same() -> None:
    labels = np.array([0, 0, 0, 2], np.uint8)
    weights = dataset.balancing(labels)
    assert weights.sum() == pytest.approx(4)
    assert weights[:3].sum() == pytest.approx(weights[3])


def test_balanced_accuracy_is_told_where_classes_are_uneven() -> None:
    labels = np.array([0, 0, 0, 0, 1], np.uint8)
    always = np.tile([1.0, 0.0], (5, 1))
    assert dataset.accuracies(always, labels) == {"accuracy": 0.8, "balanced_accuracy": 0.5}
    assert dataset.accuracies(always[:2], np.array([0, 1])) == {"accuracy": 0.5}


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
    with (tmp_path / "splits.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="damaged or foreign"):
        dataset.load("train", SPEC, path=tmp_path / "splits.npz")


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
def test_nor_what_an_archive_declares(tmp_path: Path, content: bytes) -> None:
    save(tmp_path / "whole.npz", RAW)
    with zipfile.ZipFile(tmp_path / "whole.npz") as whole, zipfile.ZipFile(tmp_path / "a.npz", "w") as other:
        for name in whole.namelist():
            other.writestr(name, content if "labels" in name else whole.read(name))
    with pytest.raises(InputError, match=r"a\.npz: damaged or foreign") as raised:
        dataset.load("test", SPEC, path=tmp_path / "a.npz")
    assert "\n" not in str(raised.value)


def test_labels_in_words_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "whole.npz", RAW)
    with zipfile.ZipFile(tmp_path / "whole.npz") as whole, zipfile.ZipFile(tmp_path / "a.npz", "w") as other:
        for name in whole.namelist():
            other.writestr(name, npy(np.array(["one"] * 200)) if "labels" in name else whole.read(name))
    with pytest.raises(InputError, match=r"test: labels are <U3 \(200,\); expected uint8"):
        dataset.load("test", SPEC, path=tmp_path / "a.npz")


def test_an_archive_without_a_split_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    with pytest.raises(InputError, match="an archive without test_inputs or test_labels"):
        dataset.load("test", SPEC, path=tmp_path / "a.npz")


def test_confusion_counts_every_image_once() -> None:
    rows = dataset.confusion(np.array([3, 3, 9]), np.array([3, 5, 9]), 10)
    assert len(rows) == 100
    assert [row for row in rows if row[2]] == [(3, 3, 1), (3, 5, 1), (9, 9, 1)]


def test_an_archive_has_the_same_bytes_on_every_python(tmp_path: Path) -> None:
    contents = {"inputs": np.arange(6, dtype=np.uint8).reshape(2, 3), "labels": np.array([1, 0], np.uint8)}
    arrays.save_archive(tmp_path / "it.npz", contents)
    found = hashlib.sha256((tmp_path / "it.npz").read_bytes()).hexdigest()
    assert found == "d1d089f9d614b8edfee53548ba8864c78fd37b24d9eb97c486e17da1caf22324"
    with np.load(tmp_path / "it.npz") as read:
        assert {name: values.tolist() for name, values in read.items()} == {k: v.tolist() for k, v in contents.items()}
