"""Time series: .ts files of aeon's format, one series an example; or CSV files, cut into windows."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import params, texts
from fewbytes.command import InputError, one_line
from fewbytes.data.examples import MOST_BYTES, Examples, Part

MOST_TEXT_BYTES = 1_000_000_000  # of one file


def read(settings: params.Series, raw: Path) -> Examples:
    """Raises InputError that names file and line for what cannot be read."""
    del raw
    path = Path(settings.path)
    if not path.exists():
        raise InputError(f"params.yaml: data.path = {settings.path!r}: no such file or folder")
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    if settings.csv is not None:
        return _from_csv([file for file in files if file.suffix == ".csv"], path, settings, settings.csv)
    return _from_ts([file for file in files if file.suffix == ".ts"], path, settings)


def _from_ts(files: list[Path], path: Path, settings: params.Series) -> Examples:
    if not files:
        raise InputError(f"{path}: no .ts file; for CSV files, say in params.yaml what their columns are: data.csv")
    by_end = {end: [file for file in files if file.stem.endswith(end)] for end in ("_TRAIN", "_TEST")}
    if len(files) == 2 and all(len(found) == 1 for found in by_end.values()):
        if settings.test_split is not None:
            given = by_end["_TEST"][0]
            raise InputError(f"params.yaml: data.test_split = {settings.test_split}: must be null: there is {given}")
        train, test = (read_ts(by_end[end][0]) for end in ("_TRAIN", "_TEST"))
        steps = settings.steps or _steps([train, test])
        return Examples("series", train.classes, _part(train, train.classes, steps), _part(test, train.classes, steps))
    if len(files) != 1:
        names = ", ".join(file.name for file in files)
        raise InputError(f"{path}: holds {names}; expected one .ts file, or NAME_TRAIN.ts and NAME_TEST.ts alone")
    if settings.test_split is None:
        raise InputError(f"params.yaml: data.test_split = null: {path} has no NAME_TEST.ts, so it says what to draw")
    one = read_ts(files[0])
    part = _part(one, one.classes, settings.steps or _steps([one]))
    return Examples("series", one.classes, part, None, test_split=settings.test_split)


class Ts(NamedTuple):
    """series: each (steps, features) float32. lines: where each stands in the file."""

    path: Path
    classes: list[str]
    series: list[NDArray[np.float32]]
    labels: list[str]
    lines: list[int]


def read_ts(path: Path) -> Ts:
    """A file of aeon's format: lines that begin with @ say what the rest is, then a line an example.

    Its dimensions are parted by colons, the values of each by commas; the label stands last. Raises InputError.
    """
    header: dict[str, str] = {}
    found = Ts(path, [], [], [], [])
    in_data = False
    for number, line in enumerate(texts.read(path, MOST_TEXT_BYTES).splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not in_data:
            if not text.startswith("@"):
                raise InputError(f"{path}: line {number}: expected @data before it")
            key, _, value = text[1:].partition(" ")
            header[key.lower()] = value.strip()
            in_data = key.lower() == "data"
            continue
        _add(found, text, number)
    if not in_data:
        raise InputError(f"{path}: has no @data")
    if header.get("timestamps", "false").lower() == "true":
        raise InputError(f"{path}: @timeStamps true: only series of even steps are read")
    says, *classes = header.get("classlabel", "false").split()
    if says.lower() != "true" or not classes:
        raise InputError(f"{path}: has no @classLabel true with the names of its classes")
    if not found.series:
        raise InputError(f"{path}: has no series")
    unknown = next((place for place, label in enumerate(found.labels) if label not in classes), None)
    if unknown is not None:
        where = f"line {found.lines[unknown]}"
        raise InputError(f"{path}: {where}: the label {found.labels[unknown]!r} is not one of {', '.join(classes)}")
    return found._replace(classes=classes)


def _add(found: Ts, text: str, number: int) -> None:
    *dimensions, label = text.split(":")
    where = f"{found.path}: line {number}"
    if not dimensions:
        raise InputError(f"{where}: no colon; expected values, then a label")
    columns = [_numbers(dimension.split(","), where) for dimension in dimensions]
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise InputError(
            f"{where}: dimensions of {', '.join(map(str, sorted(lengths)))} steps; expected as many in each"
        )
    if found.series and found.series[0].shape[1] != len(columns):
        raise InputError(f"{where}: {len(columns)} dimensions; the first series has {found.series[0].shape[1]}")
    found.series.append(np.stack(columns, axis=1))
    found.labels.append(label.strip())
    found.lines.append(number)


def _numbers(values: list[str], where: str) -> NDArray[np.float32]:
    try:
        column = np.array(values, dtype=np.float64)
    except ValueError:
        wrong = next(value for value in values if not _is_number(value))
        raise InputError(f"{where}: {wrong.strip()[:40]!r} is not a number") from None
    with np.errstate(over="ignore"):
        shorter = column.astype(np.float32)
    if not np.isfinite(shorter).all():
        raise InputError(f"{where}: value {np.argmin(np.isfinite(shorter)) + 1} is NaN, infinite or missing")
    return shorter


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _steps(files: list[Ts]) -> int:
    """Of every series. Raises InputError where they differ."""
    first = len(files[0].series[0])
    for file in files:
        for number, series in zip(file.lines, file.series, strict=True):
            if len(series) != first:
                raise InputError(
                    f"{file.path}: line {number}: {len(series)} steps; the first series has {first}: "
                    "params.yaml, data.steps, says what to pad or cut all to"
                )
    return first


def _part(found: Ts, classes: list[str], steps: int) -> Part:
    """Every series of so many steps: cut at the end, or padded with its last step."""
    known = {name: place for place, name in enumerate(classes)}
    unknown = next((place for place, label in enumerate(found.labels) if label not in known), None)
    if unknown is not None:
        where = f"{found.path}: line {found.lines[unknown]}"
        raise InputError(f"{where}: the label {found.labels[unknown]!r} is not one of {', '.join(classes)}")
    _require_size(len(found.series) * steps * found.series[0].shape[1], found.path)
    inputs = np.stack([series[np.minimum(np.arange(steps), len(series) - 1)] for series in found.series])
    return Part(str(found.path), inputs, np.array([known[label] for label in found.labels]))


def _require_size(values: int, path: Path) -> None:
    if 4 * values > MOST_BYTES:
        raise InputError(f"{path}: its examples are {4 * values:,} bytes; at most {MOST_BYTES:,} are taken")


class Run(NamedTuple):
    """Rows of one recording and label that follow one another. values: (rows, features) float32."""

    recording: str
    label: str
    values: NDArray[np.float32]


def _from_csv(files: list[Path], path: Path, settings: params.Series, columns: params.Columns) -> Examples:
    if not files:
        raise InputError(f"{path}: no .csv file")
    if settings.test_split is None:
        raise InputError("params.yaml: data.test_split = null: windows of CSV files are drawn, so it says how many")
    if settings.steps is not None:
        raise InputError(f"params.yaml: data.steps = {settings.steps}: must be null: csv.length says it of windows")
    features: list[str] = []
    runs: list[Run] = []
    for file in files:
        found, more = read_csv(file, columns)
        if features and found != features:
            raise InputError(f"{file}: its columns are not those of {files[0]}")
        features = found
        runs += more
    windows = [(run, begin) for run in runs for begin in range(0, len(run.values) - columns.length + 1, columns.stride)]
    if not windows:
        longest = max(len(run.values) for run in runs)
        raise InputError(
            f"params.yaml: data.csv.length = {columns.length}: no window fits; {path} has at most {longest} "
            "rows of one recording and label on end"
        )
    _require_size(len(windows) * columns.length * len(features), path)
    classes = sorted({run.label for run in runs})
    recordings = {name: place for place, name in enumerate(dict.fromkeys(run.recording for run in runs))}
    part = Part(
        str(path),
        np.stack([run.values[begin : begin + columns.length] for run, begin in windows]),
        np.array([classes.index(run.label) for run, _ in windows]),
        np.array([recordings[run.recording] for run, _ in windows]),
    )
    return Examples("series", classes, part, None, test_split=settings.test_split)


def read_csv(path: Path, columns: params.Columns) -> tuple[list[str], list[Run]]:
    """The names of the features, and the runs in order. Raises InputError that names line and column."""
    text = texts.read(path, MOST_TEXT_BYTES).removeprefix("\ufeff")  # Excel's mark of UTF-8
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        features = columns.features or [name for name in header if name not in (columns.label, columns.recording)]
        named = [("label", columns.label), ("recording", columns.recording), *(("features", each) for each in features)]
        for key, name in named:
            if name not in header:
                says = one_line(", ".join(header))
                raise InputError(f"{path}: has no column {name!r} (params.yaml: data.csv.{key}); it has {says}")
        if not features or len(set(header)) < len(header):
            says = one_line(", ".join(header))
            raise InputError(f"{path}: its columns are {says}; expected features, each of its own name")
        runs = list(_runs(path, reader, header, columns, features))
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from None
    if not runs:
        raise InputError(f"{path}: has no rows")
    return features, runs


def _runs(path: Path, reader: Any, header: list[str], columns: params.Columns, features: list[str]) -> Iterator[Run]:
    label, recording = header.index(columns.label), header.index(columns.recording)
    places = [header.index(name) for name in features]
    before: tuple[str, str] | None = None
    rows: list[NDArray[np.float32]] = []
    for row in reader:
        if not row:
            continue
        where = f"{path}: line {reader.line_num}"
        if len(row) != len(header):
            raise InputError(f"{where}: {len(row)} values; the header has {len(header)} columns")
        of = row[recording].strip(), row[label].strip()
        if not all(of):
            raise InputError(f"{where}: no {'label' if of[0] else 'recording'}")
        if before is not None and of != before:
            yield Run(*before, np.stack(rows))
            rows = []
        before = of
        rows.append(_numbers([row[place] for place in places], where))
    if before is not None:
        yield Run(*before, np.stack(rows))
