"""The rooms of the house: none imports one above it, and TensorFlow stays upstairs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = (  # from the ground up
    *("tflite_to_c", "", "data", "model_files", "coding", "runtimes", "measuring"),
    *("networks", "training", "compression", "exploring", "reports", "pages", "commands"),
)
TENSORFLOW = ("tensorflow", "tf_keras", "tensorflow_model_optimization")
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "fewbytes").rglob("*.py"))


def level(module: str) -> int | None:
    """The room of a module by its dotted name; None for what is not of this project."""
    parts = module.split(".")
    if parts[0] == "tflite_to_c":
        return 0
    if parts[0] != "fewbytes":
        return None
    return ROOMS.index(parts[1]) if len(parts) > 1 and parts[1] in ROOMS else ROOMS.index("")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_room_imports_one_above_it(path: Path) -> None:
    own = level(".".join(path.with_suffix("").parts))
    assert own is not None
    above = {name for name in imported(path) if (room := level(name)) is not None and room > own}
    assert not above
    assert not {name for name in imported(path) if name.split(".")[0] in ("stages", "tests")}


def modules_of(*rooms: str) -> list[str]:
    names = (".".join(path.with_suffix("").parts) for path in MODULES if path.parts[1] in rooms)
    return [name.removesuffix(".__init__") for name in names]


def test_measuring_and_reporting_import_no_tensorflow() -> None:
    modules = modules_of("data", "model_files", "coding", "runtimes", "measuring", "reports", "pages", "commands")
    loads = "".join(f"import {name}\n" for name in modules)
    script = f"import sys\n{loads}print([name for name in {TENSORFLOW!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
