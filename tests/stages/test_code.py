"""code/NAME: exactly what a stage imports, and nothing that cannot change what it makes."""

import dis
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import pytest

from stages import code
from tests.conftest import ROOT

STAGES = ("code", "prepare", "prune", "scan", "measure", "export", "rate")  # enough to tell one from another
OPERATORS = Path("tflite_to_c/operators")
FINDING = (OPERATORS, Path("fewbytes/data/sources"))  # packages that import whatever lies beside their __init__.py
Listings = dict[str, dict[str, str]]  # stage → path → hash


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Listings]:
    """In a copy of the code, the stage `code`."""
    for name in ("stages", "fewbytes", "tflite_to_c"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for stage in (tmp_path / "stages").glob("[!_]*.py"):
        if stage.stem not in STAGES:
            stage.unlink()
    monkeypatch.chdir(tmp_path)

    def run() -> Listings:
        code.imports.cache_clear()
        code.main()
        lines = {path.name: path.read_text().splitlines() for path in Path("code").iterdir()}
        return {name: dict(line.rsplit(" ", 1) for line in found) for name, found in lines.items()}

    return run


def edit(path: Path | str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new, 1))


def changed(before: Listings, after: Listings) -> set[str]:
    return {name for name in before.keys() | after if before.get(name) != after.get(name)}


class Oracle:
    """What is imported, by bytecode instead of syntax."""

    def __init__(self) -> None:
        files = [path for name in ("stages", "fewbytes", "tflite_to_c") for path in Path(name).rglob("*.py")]
        self._paths = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in files}

    def closure(self, path: Path) -> set[Path]:
        found: set[Path] = set()
        self._follow(path, found)
        return found

    def users(self, path: str) -> set[str]:
        """Stages that import `path`, directly or not."""
        stages = [stage for stage in Path("stages").glob("*.py") if stage.stem != "__init__"]
        return {stage.stem for stage in stages if Path(path) in self.closure(stage)}

    def _follow(self, path: Path, found: set[Path]) -> None:
        if path in found:
            return
        found.add(path)
        for name in _imported(compile(path.read_text(), str(path), "exec")):
            for file in self._files(name):
                self._follow(file, found)
        if path.name == "__init__.py" and path.parent in FINDING:
            for file in path.parent.glob("*.py"):
                self._follow(file, found)

    def _files(self, name: str) -> Iterator[Path]:
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            file = self._paths.get(".".join(parts[:length]))
            if file:
                yield file


def _imported(compiled: CodeType) -> Iterator[str]:
    module = ""
    for instruction in dis.get_instructions(compiled):
        if instruction.opname == "IMPORT_NAME":
            module = instruction.argval
            yield module
        elif instruction.opname == "IMPORT_FROM":
            yield f"{module}.{instruction.argval}"
        elif isinstance(instruction.argval, CodeType):
            yield from _imported(instruction.argval)


def test_a_stage_lists_exactly_what_it_imports(write: Callable[[], Listings]) -> None:
    for stage in (ROOT / "stages").glob("*.py"):  # all of them
        shutil.copy(stage, "stages")
    listings, oracle = write(), Oracle()
    assert set(listings) == {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    for name, files in listings.items():
        expected = {path.as_posix() for path in oracle.closure(Path("stages", f"{name}.py"))} - code.HARMLESS
        assert {path for path in files if path.endswith(".py")} == expected, name


def test_what_is_harmless_is_there() -> None:
    assert not [path for path in code.HARMLESS if not (ROOT / path).is_file()]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("fewbytes/coding/huffman.py", '"""', '"""Said otherwise. '),
        ("fewbytes/coding/huffman.py", "\n\n\n", "\n\n\n# a comment\n\n"),
        ("fewbytes/files.py", "def write_bytes(", "# why\ndef write_bytes("),
        ("fewbytes/measuring/chip.py", '    """NAME.h', '    """C: NAME.h'),
        ("stages/measure.py", "LATENCY_SECONDS = 0.1  #", "LATENCY_SECONDS = 0.1  # of course:"),
    ],
)
def test_a_comment_or_docstring_changes_nothing(write: Callable[[], Listings], path: str, old: str, new: str) -> None:
    before = write()
    edit(path, old, new)
    assert write() == before


@pytest.mark.parametrize(
    "path",
    [
        *("fewbytes/coding/huffman.py", "fewbytes/data/dataset.py", "fewbytes/compression/magnitude.py"),
        *("tflite_to_c/operators/pad.py", "stages/measure.py"),
    ],
)
def test_an_edited_file_changes_the_listings_of_its_users(write: Callable[[], Listings], path: str) -> None:
    before, users = write(), Oracle().users(path)
    Path(path).write_text(Path(path).read_text() + "\nEDITED = 1\n")
    after = write()
    assert users
    assert changed(before, after) == users
    for name in users:
        assert {file for file in after[name] if after[name][file] != before[name][file]} == {path}


def test_what_stands_in_a_string_counts_to_its_last_space(write: Callable[[], Listings]) -> None:
    """A C program in a string is no docstring, and its empty lines are written as they stand."""
    before = write()
    edit("stages/export.py", "#define SAMPLE_H\n\n", "#define SAMPLE_H\n")
    once = write()
    assert changed(before, once) == {"export"}
    edit("stages/export.py", "#define SAMPLE_H\n", "#define SAMPLE_H  \n")
    twice = write()
    assert changed(once, twice) == {"export"}
    edit("stages/export.py", "#define SAMPLE_H", "# a comment to us, a line to C\n#define SAMPLE_H")
    assert changed(twice, write()) == {"export"}


@pytest.mark.parametrize("path", ["tflite_to_c/operators/new.c", "tflite_to_c/templates/new.c"])
def test_a_new_template_is_listed(write: Callable[[], Listings], path: str) -> None:
    before = write()
    Path(path).write_text("int new;\n")
    after = write()
    generating = Oracle().users("tflite_to_c/operators/__init__.py")
    assert {"measure", "rate"} <= generating == changed(before, after)
    assert {name for name in after if path in after[name]} == generating
    Path(path).write_text("/* a comment of C may be written into the output */ int new;\n")
    assert changed(after, write()) == generating


def test_a_package_that_looks_for_its_modules_is_listed_whole(write: Callable[[], Listings]) -> None:
    before = write()
    (OPERATORS / "new.py").write_text("from tflite_to_c import helper\n\nOPERATORS = {helper: None}\n")
    for name in ("helper", "unused"):
        (OPERATORS.parent / f"{name}.py").write_text("X = 1\n")
    after = write()
    assert {path.as_posix() for path in OPERATORS.glob("*.py")} <= set(after["measure"])
    assert set(after["measure"]) - set(before["measure"]) == {"tflite_to_c/helper.py", "tflite_to_c/operators/new.py"}
    assert changed(before, after) == Oracle().users("tflite_to_c/operators/__init__.py")


def test_a_file_of_another_name_is_seen(write: Callable[[], Listings]) -> None:
    before = write()
    Path("fewbytes/coding/huffman.py").rename("fewbytes/coding/prefix.py")
    users = {path for path in Path().rglob("*.py") if "huffman" in path.read_text()}
    for path in users:
        path.write_text(path.read_text().replace("import huffman", "import prefix as huffman"))
    after = write()
    assert "fewbytes/coding/huffman.py" in before["measure"].keys() - after["measure"]
    assert "fewbytes/coding/prefix.py" in after["measure"].keys() - before["measure"]
    assert changed(before, after) == Oracle().users("fewbytes/coding/prefix.py")


def test_a_stage_that_is_gone_leaves_no_listing_of_another_behind(write: Callable[[], Listings]) -> None:
    write()
    shutil.rmtree("code")  # as DVC does before it runs a stage
    Path("stages/scan.py").unlink()
    assert "scan" not in write()


def test_the_pages_templates_are_code_of_the_stages_that_fill_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code.imports.cache_clear()
    assert {"page.js", "page.css", "report.html"} <= {path.name for path in code.closure(Path("stages/page.py"))}
    assert not {"page.js"} & {path.name for path in code.closure(Path("stages/report.py"))}
