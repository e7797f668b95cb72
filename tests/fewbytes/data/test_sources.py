"""Data of every source: what is read, how it is split, and the Spec that says what it is."""

import gzip
import hashlib
import io
import lzma
import os
import re
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from fewbytes import arrays, params
from fewbytes.command import InputError
from fewbytes.data import dataset, examples, idx
from fewbytes.data import sources as registry
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.sources import fashion_mnist
from fewbytes.data.sources import images as pictures
from fewbytes.data.spec import Spec
from stages import prepare
from tests.conftest import ROOT, make_digits
from tests.fewbytes.data import sources


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepared() -> tuple[Spec, Split, Split, Split]:
    """The Spec and the raw splits."""
    spec = specs.load()
    train, validation, test = (dataset.load_raw(name, spec) for name in ("train", "validation", "test"))
    return spec, train, validation, test


def test_every_source_of_the_schema_has_a_module() -> None:
    sections = params.Params.model_fields["data"].annotation.__args__  # type: ignore[union-attr]
    named = {section.model_fields["source"].annotation.__args__[0] for section in sections}
    assert named == set(registry.SOURCES)


@pytest.mark.parametrize(
    ("shape", "dtype", "kind", "expected", "input_shape"),
    [
        ((6, 5), np.uint8, None, "image", (6, 5, 1)),
        ((6, 5, 3), np.uint8, None, "image", (6, 5, 3)),
        ((6, 5, 3), np.float32, None, "image", (6, 5, 3)),
        ((6, 5), np.float32, "image", "image", (6, 5, 1)),
        ((6, 5), np.float32, "series", "series", (6, 5)),
        ((6, 5), np.uint8, "series", "series", (6, 5)),
        ((7,), np.float32, None, "table", (7,)),
    ],
)
def test_arrays_of_every_shape(
    shape: tuple[int, ...], dtype: type, kind: str | None, expected: str, input_shape: tuple[int, ...]
) -> None:
    given = sources.random_arrays(shape, dtype=dtype)
    assert sources.run(sources.arrays(given, kind)) == 0
    spec, train, validation, test = prepared()
    assert (spec.kind, spec.input_shape, spec.classes) == (expected, input_shape, ["0", "1", "2"])
    assert [len(split.labels) for split in (train, validation, test)] == [27, 3, 12]
    np.testing.assert_array_equal(test.inputs, given["x_test"])
    np.testing.assert_array_equal(test.labels, given["y_test"])
    both = {each.tobytes() for split in (train, validation) for each in split.inputs}
    assert both == {each.tobytes() for each in given["x_train"]}
    assert sorted(validation.labels) == [0, 1, 2]  # of each class alike
    normalised = dataset.load("train", spec).inputs
    assert normalised.shape == (27, *input_shape)
    if dtype == np.uint8:
        assert (spec.offset, spec.divisor) == ([0.0], [255.0])
    else:
        over = tuple(range(normalised.ndim - 1))
        assert len(spec.offset) == input_shape[-1]
        np.testing.assert_allclose(normalised.mean(axis=over), 0, atol=1e-5)
        np.testing.assert_allclose(normalised.std(axis=over), 1, atol=1e-5)
    assert dataset.load_calibration(spec).shape == (27, *input_shape)


def test_arrays_may_bring_validation_calibration_and_names() -> None:
    given = sources.random_arrays((4,))
    more = sources.random_arrays((4,))
    given |= {"x_validation": more["x_test"] + 1, "y_validation": more["y_test"], "x_calibration": more["x_train"][:5]}
    assert sources.run(sources.arrays(given, classes=["low", "middle", "high"])) == 0
    spec, train, validation, _ = prepared()
    assert spec.classes == ["low", "middle", "high"]
    np.testing.assert_array_equal(train.inputs, given["x_train"])
    np.testing.assert_array_equal(validation.inputs, given["x_validation"])
    np.testing.assert_array_equal(arrays.load(dataset.CALIBRATION, (5, 4), np.float32), given["x_calibration"])


def test_labels_may_be_names_or_a_column() -> None:
    given = sources.random_arrays((4,))
    names = np.array(["cat", "ant", "bee"])
    assert (
        sources.run(sources.arrays(given | {f"y_{part}": names[given[f"y_{part}"]] for part in ("train", "test")})) == 0
    )
    spec, _, _, test = prepared()
    assert spec.classes == ["ant", "bee", "cat"]
    assert list(test.labels[:3]) == [2, 0, 1]
    assert (
        sources.run(sources.arrays(given | {f"y_{part}": given[f"y_{part}"][:, None] for part in ("train", "test")}))
        == 0
    )


def test_a_second_run_writes_the_same_bytes_and_another_seed_draws_others() -> None:
    section = sources.arrays(sources.random_arrays((4,)))
    files = (dataset.PATH, dataset.CALIBRATION, specs.PATH)
    assert sources.run(section) == 0
    first = [path.read_bytes() for path in files]
    assert sources.run(section) == 0
    assert [path.read_bytes() for path in files] == first
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text.replace("seed: 1", "seed: 2"))
    prepare.main()
    assert [path.read_bytes() for path in files] != first


@pytest.mark.parametrize(
    ("how", "dtype", "ends"), [("none", np.float32, None), ("unit", np.float32, (0, 1)), ("standard", np.uint8, None)]
)
def test_the_normalisation_is_as_told(how: str, dtype: type, ends: tuple[float, float] | None) -> None:
    given = sources.random_arrays((5, 4, 2), dtype=dtype)
    assert sources.run(sources.arrays(given), normalise=how) == 0
    spec, train, _, _ = prepared()
    inputs = dataset.load("train", spec).inputs
    assert (spec.low, spec.high) == (train.inputs.min(), train.inputs.max())
    if ends:
        assert (inputs.min(), inputs.max()) == pytest.approx(ends)
    elif how == "none":
        np.testing.assert_array_equal(inputs, train.inputs)
    else:
        np.testing.assert_allclose(inputs.mean(axis=(0, 1, 2)), 0, atol=1e-5)


def test_a_function_of_the_users_own() -> None:
    section = sources.write_module(
        "import numpy as np\n"
        "def load():\n"
        "    x = np.random.default_rng(1).integers(0, 255, (20, 4, 4)).astype(np.uint8)\n"
        "    y = np.arange(20) % 2\n"
        "    return {'x_train': x[:14], 'y_train': y[:14], 'x_test': x[14:], 'y_test': y[14:]}\n"
    )
    assert sources.run(section) == 0
    spec, train, _, test = prepared()
    assert (spec.kind, spec.shape, len(train.labels), len(test.labels)) == ("image", [4, 4], 12, 6)


@pytest.mark.parametrize(("color", "shape"), [("grey", [6, 8]), ("rgb", [6, 8, 3])])
def test_pictures_in_class_folders(color: str, shape: list[int]) -> None:
    sources.draw()
    Path("pictures/.hidden").mkdir()
    Path("pictures/cat/.DS_Store").write_text("")
    assert sources.run(sources.images(color)) == 0
    spec, train, validation, test = prepared()
    assert (spec.kind, spec.shape, spec.dtype, spec.classes) == ("image", shape, "uint8", ["cat", "dog"])
    assert [np.bincount(split.labels).tolist() for split in (train, validation, test)] == [[5, 5], [1, 1], [2, 2]]


def test_pictures_in_train_and_test_and_other_files_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    sources.draw("pictures/train")
    sources.draw("pictures/test", count=3, seed=2)
    Path("pictures/train/cat/notes.txt").write_text("a cat")
    assert sources.run(sources.images(test_split=None)) == 0
    assert "1 files are no pictures" in capsys.readouterr().err
    _, train, validation, test = prepared()
    assert [len(split.labels) for split in (train, validation, test)] == [14, 2, 6]


def test_a_picture_is_resized_and_turned_as_its_camera_says() -> None:
    sources.draw()
    half = np.zeros((6, 8), np.uint8)
    half[:3] = 200
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(half).resize((16, 12)).save("turned.png", exif=exif)
    section = params.check(sources.images(), params.Images, "here")
    found = pictures.picture(Path("turned.png"), section)
    assert found.shape == (6, 8)
    assert found[:2].max() == 0
    assert found[-2:].min() == 200


def test_ts_files_that_are_split_already() -> None:
    Path("ts").mkdir()
    Path("ts/It_TRAIN.ts").write_text("# a comment\n" + sources.ts(12))
    Path("ts/It_TEST.ts").write_text(sources.ts(6, seed=2))
    assert sources.run(sources.series("ts", test_split=None)) == 0
    spec, train, validation, test = prepared()
    assert (spec.kind, spec.shape, spec.classes) == ("series", [5, 2], ["a", "b"])
    assert [len(split.labels) for split in (train, validation, test)] == [10, 2, 6]
    line = sources.ts(6, seed=2).splitlines()[5]
    first = [float(value) for value in line.split(":")[0].split(",")]
    np.testing.assert_allclose(test.inputs[0, :, 0], first, atol=1e-6)


@pytest.mark.parametrize("steps", [2, 4, 7])
def test_series_of_unequal_length_are_cut_or_padded_with_their_last_step(steps: int) -> None:
    Path("it.ts").write_text(sources.TS + "1,2,3:4,5,6:a\n1,2,3,4,5:6,7,8,9,10:b\n" * 6)
    assert sources.run(sources.series(steps=steps)) == 0
    spec, train, _, _ = prepared()
    assert spec.shape == [steps, 2]
    short = train.inputs[train.labels == 0][0]
    np.testing.assert_array_equal(short[:, 0], [1, 2, 3, 3, 3, 3, 3][:steps])
    np.testing.assert_array_equal(short[:, 1], [4, 5, 6, 6, 6, 6, 6][:steps])


def test_csv_is_cut_into_windows_and_no_recording_is_in_two_splits() -> None:
    Path("it.csv").write_text(sources.table(recordings=12))
    assert sources.run(sources.series("it.csv", csv=sources.CSV), validation_split=0.3) == 0
    spec, *splits = prepared()
    assert (spec.kind, spec.shape, spec.classes) == ("series", [4, 2], ["a", "b"])
    rows = [line.split(",") for line in Path("it.csv").read_text().splitlines()[1:]]
    of_value = {np.float32(row[0]): (row[3], row[1]) for row in rows}
    seen: list[set[str]] = []
    for split in splits:
        recordings = set()
        for window, label in zip(split.inputs, split.labels, strict=True):
            ((recording, name),) = {of_value[value] for value in window[:, 0]}  # of one recording and one label
            recordings.add(recording)
            assert spec.classes[label] == name
        seen.append(recordings)
    assert set.union(*seen) == {f"r{number}" for number in range(12)}
    assert sum(map(len, seen)) == 12
    # Ten rows, windows of four, two apart: four; of the first recording, six rows of one label and four of the other.
    assert sum(len(split.labels) for split in splits) == 11 * 4 + 2 + 1


def test_features_may_be_named_and_a_mark_of_utf_8_is_no_part_of_a_name() -> None:
    Path("it.csv").write_text(sources.table(), encoding="utf-8-sig")
    assert sources.run(sources.series("it.csv", csv=sources.CSV | {"features": ["y"]})) == 0
    spec, *_ = prepared()
    assert spec.shape == [4, 1]
    assert sources.run(sources.series("it.csv", csv=sources.CSV | {"features": ["y", "x"]})) == 0
    assert specs.load().shape == [4, 2]


def test_csv_files_of_a_folder_are_one_set() -> None:
    Path("tables").mkdir()
    for seed in (1, 2):
        text = sources.table(seed=seed).replace(",r", f",s{seed}r")
        Path(f"tables/{seed}.csv").write_text(text)
    assert sources.run(sources.series("tables", csv=sources.CSV)) == 0
    _, *splits = prepared()
    assert sum(len(split.labels) for split in splits) == 2 * (7 * 4 + 2 + 1)


def deb(files: dict[str, bytes]) -> bytes:
    """A Debian package, as far as it is read."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"./usr/share/datasets/{name}.gz")
            packed = gzip.compress(content)
            member.size = len(packed)
            archive.addfile(member, io.BytesIO(packed))
    parts = {b"debian-binary": b"2.0\n", b"control.tar.xz": b"odd", b"data.tar.xz": lzma.compress(tar.getvalue())}
    whole = fashion_mnist.DEB_MAGIC
    for part, content in parts.items():
        head = part.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"100644".ljust(8)
        whole += head + str(len(content)).encode().ljust(10) + b"`\n" + content + b"\n" * (len(content) % 2)
    return whole


@pytest.fixture
def clothes(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Four files that count as Fashion-MNIST's."""
    train, test = make_digits(40, 1), make_digits(20, 2)
    content = (train.inputs, train.labels, test.inputs, test.labels)
    files = {name: idx.encode(array) for name, array in zip(idx.NAMES, content, strict=True)}
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(fashion_mnist, "SHA256", checksums)
    return files


def section(**changes: str | None) -> sources.Section:
    Path("own").mkdir(exist_ok=True)
    return {"source": "fashion_mnist", "path": "own", "url": None, "debian_package": None} | changes


def apt(monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Put an apt-get first on the PATH; it leaves its arguments in `said`."""
    Path("bin").mkdir()
    Path("bin/apt-get").write_text(f'#!/bin/sh\necho "$@" >> {Path("said").absolute()}\n{does}\n')
    Path("bin/apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{Path('bin').absolute()}:{os.environ['PATH']}")


@pytest.mark.parametrize("how", ["folder", "url", "debian"])
def test_fashion_mnist_from_folder_address_and_package(
    clothes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    changes: dict[str, str | None] = {}
    if how == "debian":
        Path("it.deb").write_bytes(deb(clothes))
        apt(monkeypatch, f"cp {Path('it.deb').absolute()} clothes_1.0_all.deb")
        changes["debian_package"] = "clothes"
    else:
        target = Path("own" if how == "folder" else "served")
        target.mkdir()
        for name, content in clothes.items():
            (target / f"{name}.gz").write_bytes(gzip.compress(content))
        if how == "url":
            changes["url"] = target.absolute().as_uri()
    assert sources.run(section(**changes), validation_split=0.3) == 0
    spec, train, validation, _ = prepared()
    assert spec.classes[9] == "Ankle boot"
    given = idx.decode(clothes[idx.NAMES[0]], "here")
    np.testing.assert_array_equal(np.concatenate([train.inputs, validation.inputs]), given)  # in their order
    if how == "debian":
        assert Path("said").read_text() == "download --quiet clothes\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"junk", "not a Debian package"), (fashion_mnist.DEB_MAGIC + b"x" * 200, "a damaged Debian package")],
)
def test_a_package_that_is_none_is_refused(
    clothes: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, content: bytes, reason: str
) -> None:
    assert clothes
    Path("it.deb").write_bytes(content)
    apt(monkeypatch, f"cp {Path('it.deb').absolute()} clothes.deb")
    settings = params.check(section(debian_package="clothes"), params.FashionMnist, "here")
    with pytest.raises(InputError, match=rf"Fashion-MNIST could not be had\. Debian package clothes: {reason}"):
        fashion_mnist.fetch(settings)


def test_other_files_than_fashion_mnists_are_refused(clothes: dict[str, bytes]) -> None:
    own = section()
    for name, content in clothes.items():
        Path("own", name).write_bytes(content[:-1])
    settings = params.check(own, params.FashionMnist, "here")
    with pytest.raises(
        InputError, match=r"^params\.yaml: data\.path = 'own': train-images-idx3-ubyte is not the expect"
    ):
        fashion_mnist.fetch(settings)


def test_every_section_that_the_docs_show_is_one_that_may_be_written() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "data.md").read_text(encoding="utf-8"), re.DOTALL)
    shown = [YAML(typ="safe").load(block)["data"] for block in blocks]
    assert {section["source"] for section in shown} == set(registry.SOURCES) - {"mnist"}
    for section in shown:
        sources.configure(section)
        assert params.load().data.model_dump() == section


def test_arrays_of_another_byte_order_are_taken() -> None:
    found = {name: array.astype(array.dtype.newbyteorder(">")) for name, array in sources.random_arrays((4,)).items()}
    taken = examples.from_arrays(found, "mine.npz", None, None)
    assert {part.inputs.dtype for part in taken.parts} == {np.dtype("<f4")}
    assert taken.train.inputs.tolist() == found["x_train"].tolist()
