"""How commands fail, and what they say on terminals of little ability."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fewbytes import variants
from fewbytes.command import damaged, missing, one_line, printable
from fewbytes.files import write_json
from tests.conftest import ROOT

FOLDERS = [ROOT / name for name in ("stages", "fewbytes", "tflite_to_c")]


def python(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", f"from fewbytes.command import run, InputError\n{code}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )


def test_hints_say_what_mends_a_file() -> None:
    assert str(damaged("models/a.h5", "cut short")) == (
        "models/a.h5: damaged or foreign (cut short); "
        "`python -m fewbytes verify-cache --remove`, then `dvc repro`, mend it"
    )
    assert "then `make frontier`, mend it" in str(damaged("frontier/teachers/single.h5", "x"))
    assert "`git restore frontier/models/a.tflite` brings it back" in str(damaged("frontier/models/a.tflite", "x"))
    assert str(missing(Path("frontier/a.npy"))) == "frontier/a.npy: not found; `make frontier` makes it"
    assert one_line("a\n  b" + "c" * 300) == "a b" + "c" * 194 + "..."
    assert one_line(EOFError()) == "EOFError"


def test_what_cannot_be_seen_is_escaped() -> None:
    assert printable("a\u202eb\udcff\n\x1b[2J…é") == r"a\u202eb\udcff\n\x1b[2J…é"


def test_a_message_is_one_line_of_what_can_be_seen(tmp_path: Path) -> None:
    done = python(tmp_path, "def main(): raise InputError('a\\u202e\\nb')\nrun(main)")
    assert done.returncode == 1
    assert done.stderr == b"error: a\\u202e\\nb\n"


def test_asked_to_stop_a_command_says_so_in_a_line(tmp_path: Path) -> None:
    code = "import os, signal, time\ndef main():\n os.kill(os.getpid(), signal.SIGTERM)\n time.sleep(60)\nrun(main)"
    done = python(tmp_path, code)
    assert done.returncode == 130
    assert done.stderr == b"interrupted; run the same command again to resume here\n"


def test_a_reader_that_has_enough_ends_a_command_quietly(tmp_path: Path) -> None:
    code = "import sys\ndef main():\n for _ in range(100_000): sys.stdout.write('line\\n')\nrun(main)"
    done = subprocess.run(
        f'{sys.executable} -c "from fewbytes.command import run\n{code}" | head -1',
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("line\n", "")


def test_a_mistake_of_ours_shows_its_traceback(tmp_path: Path) -> None:
    done = python(tmp_path, "def main(): raise RuntimeError('ours')\nrun(main)")
    assert b"Traceback" in done.stderr


ENVIRONMENTS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX"},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_terminal_of_ascii_sees_the_gates(tmp_path: Path, environment: dict[str, str]) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    head, gates = text.split("\ngates:")
    assert "T²" in head
    assert gates
    (tmp_path / "params.yaml").write_text(
        f"{head}\ngates: {{baseline: {{accuracy: {{min: 0.5}}}}}}\n", encoding="utf-8"
    )
    write_json(tmp_path / variants.metrics_path("baseline"), {"accuracy": 0.9})
    done = python(tmp_path, "from fewbytes.commands.gate import main\nrun(main)", **environment)
    assert done.stderr == b"all 1 gates passed\n"
    assert b"\\u2265 0.5" in done.stdout


def test_every_file_is_opened_as_utf8() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--preview", "--select", "PLW1514", "--quiet", *FOLDERS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
