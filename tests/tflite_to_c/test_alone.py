"""The package stands alone: nothing of this project around it, no TensorFlow, and chips only when asked for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "tflite_to_c"
FOREIGN = {"stages", "fewbytes", "tests", "tensorflow", "tf_keras", "keras", "ai_edge_litert", "pandas", "dvc"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "build" not in path.parts)  # which pip leaves
CHIPS = {"unicorn", "ziglang", "capstone", "yaml", "tflite_to_c.chips"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_imports_what_is_around_it(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & FOREIGN


def test_the_command_loads_nothing_it_does_not_need() -> None:
    code = "import sys, tflite_to_c.cli; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "tflite_to_c.cli" in loaded
    assert not loaded & (FOREIGN | CHIPS)
