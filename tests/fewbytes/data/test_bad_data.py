"""Data that make no sense: each kind ends in one line that names file, row or key, and leaves nothing behind."""

import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fewbytes import params, section
from fewbytes.command import InputError
from fewbytes.data import examples
from fewbytes.data.sources import NOTE, read
from tests.fewbytes.data import sources
from tests.fewbytes.data.sources import (
    CSV,
    Section,
    arrays,
    draw,
    images,
    random_arrays,
    series,
    table,
    ts,
    write_module,
)

Found = dict[str, Any]


class Whole(section.Section):
    data: params.Data


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(change: Callable[[Found], object], shape: tuple[int, ...] = (4,), dtype: type = np.float32) -> Section:
    """Arrays that make sense, but for this change of them."""
    found: Found = random_arrays(shape, dtype=dtype)
    change(found)
    return arrays(found)


def put(name: str, value: Any, place: Any = 3) -> Callable[[Found], None]:
    return lambda found: found[name].__setitem__(place, value)


def other(name: str, make: Callable[[Any], Any]) -> Callable[[Found], None]:
    return lambda found: found.update({name: make(found[name])})


def without(*names: str) -> Callable[[Found], None]:
    def remove(found: Found) -> None:
        for name in names:
            del found[name]

    return remove


def only(found: Found, label: int) -> None:
    """Leave the class out of the test examples."""
    kept = found["y_test"] != label
    found.update(x_test=found["x_test"][kept], y_test=found["y_test"][kept])


def pickled() -> Section:
    with Path("mine.npz").open("wb") as file:
        np.savez(file, **(random_arrays((4,)) | {"x_train": np.array([{}, 3], object)}))  # type: ignore[arg-type]
    return {"source": "arrays", "path": "mine.npz", "kind": None, "classes": None}


def written(name: str, content: bytes | str, section: Section) -> Section:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return section


def cut_npz() -> Section:
    section = arrays(random_arrays((4,)))
    Path("mine.npz").write_bytes(Path("mine.npz").read_bytes()[:-50])
    return section


def lying_npz() -> Section:
    """A member that declares more than it has."""
    section = arrays(random_arrays((4,)))
    with zipfile.ZipFile("mine.npz") as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["x_train.npy"] = members["x_train.npy"][:-4]
    with zipfile.ZipFile("mine.npz", "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    return section


def pictures(change: Callable[[], object], **changes: Any) -> Section:
    draw()
    change()
    return images(**changes)


def deep_picture() -> None:
    Image.fromarray(np.full((5, 5), 60_000, np.uint16)).save("pictures/cat/deep.png")


def drawn(folder: str = "pictures", **changes: Any) -> Section:
    draw(folder, **changes)
    return images()


def divided(classes: tuple[str, ...]) -> Section:
    draw("pictures/train")
    draw("pictures/test", classes=classes, seed=2)
    return images(test_split=None)


def csv(change: Callable[[str], str | bytes] = lambda text: text, **changes: Any) -> Section:
    columns = CSV | {key: value for key, value in changes.items() if key in CSV}
    rest = {key: value for key, value in changes.items() if key not in CSV}
    return written("it.csv", change(table()), series("it.csv", csv=columns, **rest))


def of_ts(change: Callable[[str], str | bytes] = lambda text: text, **changes: Any) -> Section:
    return written("it.ts", change(ts()), series(**changes))


def three_ts() -> Section:
    for name in "abc":
        written(f"ts/{name}.ts", ts(), {})
    return series("ts")


def edited(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def value(line: int, place: int, new: str) -> Callable[[str], str]:
    """Another value in a line of CSV, the header being line 1."""

    def edit(text: str) -> str:
        lines = text.splitlines()
        cells = lines[line - 1].split(",")
        cells[place] = new
        lines[line - 1] = ",".join(cells)
        return "\n".join(lines)

    return edit


def function(body: str) -> Section:
    return write_module(f"import numpy as np\ndef load():\n    {body}\n")


BAD: dict[str, tuple[Callable[[], Section], str]] = {
    # arrays
    "no such file": (
        lambda: {"source": "arrays", "path": "none.npz", "kind": None, "classes": None},
        "params.yaml: data.path = 'none.npz': no such file",
    ),
    "not an archive": (
        lambda: written("mine.npz", b"junk", {"source": "arrays", "path": "mine.npz", "kind": None, "classes": None}),
        "mine.npz: not a whole .npz archive",
    ),
    "an archive cut short": (cut_npz, "mine.npz: not a whole .npz archive"),
    "an array that lies": (lying_npz, "mine.npz: x_train: 476 bytes of data; its header says float32 (30, 4)"),
    "Python objects": (pickled, "mine.npz: x_train: it holds Python objects"),
    "a missing array": (lambda: changed(without("y_test")), "mine.npz: has no y_test; it has x_train, y_train, x_test"),
    "half a validation split": (
        lambda: changed(lambda found: found.update(x_validation=found["x_test"])),
        "mine.npz: has one of x_validation and y_validation",
    ),
    "a label too large": (
        lambda: changed(put("y_test", 7)),
        "mine.npz: x_test: the label of example 3 is 7; must be from 0 to 2",
    ),
    "a label below zero": (lambda: changed(put("y_train", -1)), "x_train: the label of example 3 is -1"),
    "a label that is a count": (
        lambda: changed(put("y_train", 1 << 40)),
        "y_train: the label of example 3 is 1099511627776",
    ),
    "labels that are real": (
        lambda: changed(other("y_train", lambda y: y.astype(float))),
        "mine.npz: y_train: float64 (30,); expected whole numbers or names (n,)",
    ),
    "one-hot labels": (
        lambda: changed(other("y_train", lambda y: np.eye(3, dtype=int)[y])),
        "mine.npz: y_train: (30, 3); expected (n,): of one-hot labels, take argmax",
    ),
    "more labels than examples": (
        lambda: changed(other("y_train", lambda y: np.append(y, 0))),
        "mine.npz: x_train: labels are int64 (31,); expected whole numbers (30,)",
    ),
    "a class that is no name": (
        lambda: arrays(
            {
                **(found := random_arrays((4,))),
                "y_train": np.array(["a", "b", "c"])[found["y_train"]],
                "y_test": np.array(["a", "b", "d"])[found["y_test"]],
            }
        ),
        "mine.npz: y_test: the label of example 2 is 'd', which is no class",
    ),
    "fewer names than labels": (
        lambda: arrays(random_arrays((4,)), classes=["one", "two"]),
        "x_train: the label of example 2 is 2; must be from 0 to 1",
    ),
    "too many classes": (
        lambda: changed(put("y_train", 1_000)),
        "mine.npz: y_train: the label of example 3 is 1000; at most 1,000 classes are taken",
    ),
    "a name twice": (lambda: arrays(random_arrays((4,)), classes=["a", "b", "a"]), "two classes are named 'a'"),
    "NaN": (
        lambda: changed(put("x_train", np.nan)),
        "mine.npz: x_train: example 3 has a value that is NaN or infinite",
    ),
    "infinite": (
        lambda: changed(put("x_test", np.inf, (5, 1))),
        "x_test: example 5 has a value that is NaN or infinite",
    ),
    "doubles": (
        lambda: changed(other("x_train", lambda x: x.astype(float))),
        "mine.npz: x_train: inputs are float64; expected uint8 or float32",
    ),
    "whole numbers of 64 bits": (
        lambda: changed(other("x_train", lambda x: x.astype(int))),
        "x_train: inputs are int64",
    ),
    "another shape to test": (
        lambda: changed(other("x_test", lambda x: x[:, :3])),
        "mine.npz: x_test: inputs are float32 (12, 3); those to train on are float32 (n, 4)",
    ),
    "another type to test": (
        lambda: changed(other("x_test", lambda x: x.astype(np.uint8))),
        "x_test: inputs are uint8 (12, 4); those to train on are float32",
    ),
    "another shape to calibrate": (
        lambda: changed(lambda found: found.update(x_calibration=found["x_test"][:, :2])),
        "x_calibration: inputs are float32 (12, 2)",
    ),
    "no examples": (
        lambda: changed(lambda found: found.update(x_test=found["x_test"][:0], y_test=found["y_test"][:0])),
        "mine.npz: y_test: int64 (0,)",
    ),
    "one dimension": (
        lambda: changed(other("x_train", lambda x: x[:, 0])),
        "x_train: 1 dimensions; expected (n, height",
    ),
    "five dimensions": (lambda: changed(other("x_train", lambda x: x[:, None, None, None])), "x_train: 5 dimensions"),
    "images or series": (
        lambda: changed(lambda _: None, shape=(6, 3)),
        "x_train: float32 (30, 6, 3) may be images or steps of features; say which in params.yaml: data.kind",
    ),
    "a table is no image": (lambda: arrays(random_arrays((4,)), kind="image"), "2 dimensions are no image"),
    "a class missing from test": (
        lambda: changed(lambda found: only(found, 1)),
        "x_test: has no example of the class '1'",
    ),
    "labels from 1": (
        lambda: changed(lambda found: found.update(y_train=found["y_train"] + 1, y_test=found["y_test"] + 1)),
        "has no example of the class '0'",
    ),
    "a class of one example": (
        lambda: changed(other("y_train", lambda y: np.where(np.arange(30) == 2, 2, y % 2))),
        "has no example of the class '2'",
    ),
    "fewer examples than classes": (
        lambda: arrays(random_arrays((4,)), classes=[f"class {number}" for number in range(31)]),
        "mine.npz: x_train: 30 examples, fewer than the 31 classes",
    ),
    "one class": (
        lambda: changed(lambda found: found.update(y_train=0 * found["y_train"])),
        "1 class; there must be at",
    ),
    "zero variance": (
        lambda: changed(put("x_train", 2.5, (slice(None), 1))),
        "feature 1 is 2.5 in every example to train on (zero variance)",
    ),
    # images
    "no such folder": (images, "params.yaml: data.path = 'pictures': no such folder"),
    "one class folder": (
        lambda: drawn(classes=("cat",)),
        "pictures: 1 class folders; expected at least 2",
    ),
    "a class without pictures": (
        lambda: pictures(lambda: Path("pictures/bird").mkdir()),
        "pictures/bird: has no picture (.png, .jpg, .jpeg, .bmp) of the class 'bird'",
    ),
    "an unreadable picture": (
        lambda: pictures(lambda: Path("pictures/cat/x.png").write_bytes(b"junk")),
        "pictures/cat/x.png: not a whole picture",
    ),
    "a picture cut short": (
        lambda: pictures(lambda: Path("pictures/dog/1.jpg").write_bytes(Path("pictures/dog/1.jpg").read_bytes()[:300])),
        "pictures/dog/1.jpg: not a whole picture",
    ),
    "another format under that name": (
        lambda: pictures(lambda: Image.new("L", (4, 4)).save("pictures/cat/x.png", "GIF")),
        "pictures/cat/x.png: not a whole picture",
    ),
    "16 bits a pixel": (lambda: pictures(deep_picture), "pictures/cat/deep.png: more than 8 bits a pixel (I;16)"),
    "no test and no share of it": (
        lambda: pictures(lambda: None, test_split=None),
        "params.yaml: data.test_split = null",
    ),
    "a test set and a share": (
        lambda: divided(("cat", "dog")) | {"test_split": 0.5},
        "params.yaml: data.test_split = 0.5: must be null: pictures has test/",
    ),
    "train alone": (lambda: drawn("pictures/train"), "pictures: has train/ alone"),
    "a class in test alone": (
        lambda: divided(("cat", "dog", "fox")),
        "pictures/test/fox: a class that pictures/train does not have",
    ),
    "a class missing in test": (lambda: divided(("cat",)), "pictures/test/dog: has no picture"),
    # .ts
    "no .ts file": (lambda: written("empty/x.txt", "", series("empty")), "empty: no .ts file; for CSV files"),
    "three .ts files": (
        three_ts,
        "ts: holds a.ts, b.ts, c.ts; expected one .ts file",
    ),
    "a test file and a share": (
        lambda: written("ts/a_TEST.ts", ts(), written("ts/a_TRAIN.ts", ts(), series("ts"))),
        "params.yaml: data.test_split = 0.25: must be null: there is ts/a_TEST.ts",
    ),
    "no @data": (lambda: of_ts(edited("@data", "@date")), "it.ts: line 6: expected @data before it"),
    "no class labels": (lambda: of_ts(edited("@classLabel true a b\n", "")), "it.ts: has no @classLabel true"),
    "timestamps": (lambda: of_ts(edited("@timeStamps false", "@timeStamps true")), "it.ts: @timeStamps true"),
    "an unknown label": (
        lambda: of_ts(lambda text: text[:-2] + "c\n"),
        "it.ts: line 17: the label 'c' is not one of a, b",
    ),
    "unequal lengths": (
        lambda: of_ts(lambda text: f"{text}1,2:3,4:a\n"),
        "it.ts: line 18: 2 steps; the first series has 5: params.yaml, data.steps, says",
    ),
    "ragged dimensions": (lambda: of_ts(lambda text: f"{text}1,2:3:a\n"), "it.ts: line 18: dimensions of 1, 2 steps"),
    "a dimension too many": (
        lambda: of_ts(lambda text: f"{text}1,2:3,4:5,6:a\n"),
        "it.ts: line 18: 3 dimensions; the first series has 2",
    ),
    "a missing value": (lambda: of_ts(lambda text: f"{text}1,?:3,4:a\n"), "it.ts: line 18: '?' is not a number"),
    "NaN in a series": (lambda: of_ts(lambda text: f"{text}1,NaN:3,4:a\n"), "it.ts: line 18: value 2 is NaN, infinite"),
    "a line without colon": (lambda: of_ts(lambda text: f"{text}1,2\n"), "it.ts: line 18: no colon"),
    "no series": (lambda: of_ts(lambda _: sources.TS), "it.ts: has no series"),
    "not UTF-8": (lambda: of_ts(lambda text: text.encode() + b"\xff\xfe"), "it.ts: not UTF-8 text"),
    # CSV
    "no .csv file": (lambda: written("empty/x.txt", "", series("empty", csv=CSV)), "empty: no .csv file"),
    "a missing column": (
        lambda: csv(recording="session"),
        "it.csv: has no column 'session' (params.yaml: data.csv.recording); it has x, label, y, id",
    ),
    "a feature that is no column": (
        lambda: csv(features=["x", "z"]),
        "it.csv: has no column 'z' (params.yaml: data.csv.features)",
    ),
    "a column twice": (lambda: csv(edited("x,label,y,id", "x,label,x,id")), "it.csv: its columns are x, label, x, id"),
    "no features": (
        lambda: csv(lambda _: "label,id\na,1\n"),
        "it.csv: its columns are label, id; expected features",
    ),
    "ragged rows": (lambda: csv(lambda text: f"{text}1,a,2\n"), "it.csv: line 82: 3 values; the header has 4 columns"),
    "text for a number": (lambda: csv(value(5, 2, "high")), "it.csv: line 5: 'high' is not a number"),
    "an empty cell": (lambda: csv(value(5, 0, "")), "it.csv: line 5: '' is not a number"),
    "NaN in a row": (lambda: csv(value(6, 0, "nan")), "it.csv: line 6: value 1 is NaN, infinite or missing"),
    "too large for float32": (lambda: csv(value(6, 0, "1e300")), "it.csv: line 6: value 1 is NaN, infinite or missing"),
    "a row without label": (lambda: csv(value(6, 1, "")), "it.csv: line 6: no label"),
    "a row without recording": (lambda: csv(value(6, 3, "")), "it.csv: line 6: no recording"),
    "a quote without end": (lambda: csv(lambda text: f'{text}"1,a,2,r9\n'), "it.csv: line 82: unexpected end of data"),
    "a header alone": (lambda: csv(lambda _: "x,label,y,id\n"), "it.csv: has no rows"),
    "an empty table": (lambda: csv(lambda _: ""), "it.csv: has no column 'label'"),
    "windows longer than recordings": (
        lambda: csv(length=50),
        "params.yaml: data.csv.length = 50: no window fits; it.csv has at most 10 rows",
    ),
    "steps of windows": (lambda: csv(steps=5), "params.yaml: data.steps = 5: must be null: csv.length says it"),
    "no share to test": (lambda: csv(test_split=None), "params.yaml: data.test_split = null"),
    "a class of one recording": (
        lambda: csv(lambda text: text + "".join(f"{row},c,0,r9\n" for row in range(9))),
        "has no example of the class 'c'",
    ),
    "tables of other columns": (
        lambda: (
            written("tables/a.csv", table(), series("tables", csv=CSV)),
            written("tables/b.csv", table().replace("x,", "z,", 1), series("tables", csv=CSV)),
        )[1],
        "tables/b.csv: its columns are not those of tables/a.csv",
    ),
    # python
    "no such module": (
        lambda: write_module("") | {"function": "mine_none:load"},
        "params.yaml: data.function = 'mine_none:load': ModuleNotFoundError: No module named",
    ),
    "no such function": (
        lambda: write_module(""),
        "data.function = 'mine_:load': AttributeError: module 'mine_' has no",
    ),
    "no such path": (
        lambda: write_module("") | {"path": "none.py"},
        "params.yaml: data.path = 'none.py': no such file",
    ),
    "a function that fails": (
        lambda: function("1 / 0"),
        "data.function = 'mine_:load': ZeroDivisionError: division by",
    ),
    "a function that ends the process": (
        lambda: function("raise SystemExit(0)"),
        "data.function = 'mine_:load': SystemExit",
    ),
    "a function that returns a list": (lambda: function("return []"), "returns list; expected a dictionary of arrays"),
    "a function that returns lists": (
        lambda: function("return dict.fromkeys(('x_train', 'y_train', 'x_test', 'y_test'), [1, 2])"),
        "x_train: not an array of numbers",
    ),
    "a module that is no Python": (lambda: write_module("def load(:\n"), "SyntaxError: "),
    "no name of a function": (
        lambda: write_module("") | {"function": "mine_.load"},
        "params.yaml: data.function = 'mine_.load': must look like package.module:function",
    ),
}


@pytest.mark.parametrize(("make", "said"), BAD.values(), ids=BAD)
def test_bad_data_end_in_one_line_and_leave_nothing(
    make: Callable[[], Section], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sources.run(make()) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1
    left = {path.as_posix() for path in Path("data").rglob("*")}
    assert left <= {"data/raw", f"data/raw/{NOTE}"}


def test_there_are_kinds_enough() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize("limit", ["MOST_VALUES", "MOST_BYTES"])
def test_what_is_too_large_is_refused(
    limit: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = arrays(random_arrays((20,)))
    monkeypatch.setattr(examples, limit, 19 if limit == "MOST_VALUES" else 3_000)
    assert sources.run(section) == 1
    said = {
        "MOST_VALUES": "x_train: an example has 20 values; at most 19 are taken",
        "MOST_BYTES": "x_train: all examples are 3,360 bytes as float32; at most 3,000 are taken",
    }
    assert said[limit] in capsys.readouterr().err


def test_what_is_in_train_and_test_is_a_warning_with_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    given = random_arrays((4,))
    given["x_test"][:3] = given["x_train"][:3]
    assert sources.run(arrays(given)) == 0
    assert (
        "warning: 3 of the 12 examples to test on (mine.npz: x_test) are among those to train on or to validate on too"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(("key", "share"), [("validation_split", 0.001), ("validation_split", 0.999)])
def test_a_share_of_nearly_nothing_still_takes_one_of_each_class(
    key: str, share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    code = sources.run(arrays(random_arrays((4,))), **{key: share})
    error = capsys.readouterr().err
    if share < 0.5:
        assert code == 0
    else:
        assert code == 1
        assert f"params.yaml: prepare.{key} = {share}: keeps 0 of 30 examples" in error


def mutants(content: bytes, count: int) -> Iterator[bytes]:
    """`content` cut, or with some of its bytes changed, left out or repeated."""
    chance = random.Random(1)
    for _ in range(count):
        place, length = chance.randrange(len(content)), chance.choice((1, 4, 30))
        other = chance.choice((b"", chance.randbytes(length), 2 * content[place : place + length], b"\xff" * length))
        yield content[:place] if chance.random() < 0.1 else content[:place] + other + content[place + length :]


@pytest.mark.parametrize("kind", ["npz", "ts", "csv", "png", "jpg", "bmp"])
def test_a_damaged_file_is_read_or_refused_in_one_line(kind: str) -> None:
    if kind in ("png", "jpg", "bmp"):
        draw(count=12)
        picture = next(Path("pictures").rglob(f"*.{kind}"))
        path, section = picture, images()
    else:
        path, section = {
            "npz": lambda: (Path("mine.npz"), arrays(random_arrays((4,)))),
            "ts": lambda: (Path("it.ts"), of_ts()),
            "csv": lambda: (Path("it.csv"), csv()),
        }[kind]()
    settings = params.check({"data": section}, Whole, "here").data
    refused = []
    for content in mutants(path.read_bytes(), 150):
        path.write_bytes(content)
        try:
            examples.check(read(settings, Path()))
        except InputError as error:
            refused.append(str(error))
    assert len(refused) > 10
    assert not [line for line in refused if "\n" in line or not line.startswith((str(path), "params.yaml: "))]
