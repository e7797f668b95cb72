"""Write code/NAME for each stage: every file of this project that stages/NAME.py imports, with a hash of its text.

Stages depend on code/NAME and on no code: a stage reruns when what it imports has changed, directly or not. Comments
and docstrings are left out of the hash, so that editing them reruns nothing else. What can stop a stage but never
change what it makes is left out too.
"""

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fewbytes.command import run
from fewbytes.files import write_all

STAGES, CODE = Path("stages"), Path("code")
HARMLESS = {  # they stop a stage, or say something, and never change what it makes
    *("stages/__init__.py", "tflite_to_c/errors.py", "tflite_to_c/files.py"),
    *(
        f"fewbytes/{name}.py"
        for name in (
            "command",
            "section",
            "params",
            "frontier_params",
            "network_params",
            "quiet",
            "texts",
            "yaml_files",
        )
    ),
    *("fewbytes/model_files/hdf5.py", "fewbytes/networks/health.py"),
}
DATA = (".c", ".css", ".h", ".html", ".js", ".yaml")  # files of a package that its modules read


@cache
def imports(path: Path) -> frozenset[Path]:
    """The project's files that one imports; of a package that looks for its modules itself, all of them."""
    found: set[Path] = set()
    for name in _imported(path.read_text(encoding="utf-8")):
        parts = name.split(".")
        if parts[0] == "pkgutil":
            found.update(path.parent.glob("*.py"))
        modules = [Path(*parts[:length]) for length in range(1, len(parts) + 1)]
        candidates = [file for module in modules for file in (module.with_suffix(".py"), module / "__init__.py")]
        found.update(file for file in candidates if file.is_file())
    return frozenset(found)


@cache
def _imported(text: str) -> frozenset[str]:
    """Modules by their dotted names; one cannot tell a module's attribute from a package's module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def closure(path: Path) -> set[Path]:
    """All that `path` imports, itself included, and what lies beside a package's modules for them to read."""
    found: set[Path] = set()
    left = [path]
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left.extend(imports(file))
    modules = {file for file in found if file.as_posix() not in HARMLESS}
    return modules | set(_data(modules))


def _data(modules: set[Path]) -> Iterator[Path]:
    for folder in {module.parent for module in modules if module.stem != "__init__"}:
        for kind in DATA:
            yield from folder.glob(f"*{kind}")
            yield from folder.glob(f"templates/*{kind}")


def meaning(path: Path) -> str:
    """The text; of Python without comments, docstrings, blank lines and spaces at the end of lines."""
    text = path.read_text(encoding="utf-8")
    return _meaning(text) if path.suffix == ".py" else text


@cache
def _meaning(text: str) -> str:
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    within: set[int] = set()  # lines that end within a string: their spaces, and empty ones, are part of it
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            within.update(range(node.lineno - 1, (node.end_lineno or node.lineno) - 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            first = node.body[0]
            for row in range(first.lineno - 1, first.end_lineno or first.lineno):
                lines[row] = ""
                within.discard(row)
    kept = [line if row in within else line.rstrip() for row, line in enumerate(lines) if line.strip() or row in within]
    return "\n".join(kept)


def listing(stage: Path) -> str:
    """A line for each file: its path, and a hash of what it means."""
    hashes = {file: hashlib.sha256(meaning(file).encode()).hexdigest() for file in closure(stage)}
    return "".join(f"{file.as_posix()} {digest}\n" for file, digest in sorted(hashes.items()))


def main() -> None:
    stages = [path for path in sorted(STAGES.glob("*.py")) if path.stem != "__init__"]
    write_all({CODE / path.stem: listing(path) for path in stages})


if __name__ == "__main__":
    run(main)
