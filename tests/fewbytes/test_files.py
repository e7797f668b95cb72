import subprocess
import sys
from pathlib import Path

import pytest

from fewbytes import command, files
from tests.conftest import ROOT


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    files.write_bytes(path, b"first, long")
    files.write_bytes(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_ends_in_one_line_and_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"old")
    # A limit on file size is the full disk that a test can make: the write fails midway, with an OSError.
    script = f"""
import resource, signal
from pathlib import Path
from fewbytes import command, files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
command.run(lambda: files.write_bytes(Path({str(tmp_path / "model")!r}), bytes(5000)))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path / 'model'}: cannot write: File too large\n"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model").read_bytes() == b"old"


def test_several_files_are_written_whole_or_none_is(tmp_path: Path) -> None:
    (tmp_path / "first").write_text("old")
    script = f"""
import resource, signal
from pathlib import Path
from fewbytes import command, files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder = Path({str(tmp_path)!r})
command.run(lambda: files.write_all({{folder / "first": "new", folder / "second": bytes(5000)}}))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path / 'second'}: cannot write: File too large\n"
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
    assert (tmp_path / "first").read_text() == "old"
    (tmp_path / "second").mkdir()
    with pytest.raises(OSError, match="cannot write: Is a directory"):
        files.write_all({tmp_path / "first": "new", tmp_path / "second": b""})
    assert (tmp_path / "first").read_text() == "old"
    files.write_all({tmp_path / "first": "new", tmp_path / "third": b"3"})
    assert [(tmp_path / name).read_text() for name in ("first", "third")] == ["new", "3"]
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (command.InputError("what is wrong"), 1, "error: what is wrong"),
        (FileNotFoundError(2, "No such file or directory", "a/b"), 1, "error: a/b: No such file or directory"),
        (OSError("unable\nto read"), 1, "error: unable to read"),
        (MemoryError(), 1, "error: out of memory"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_what_a_user_can_mend_is_one_line(
    raised: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> None:
        raise raised

    with pytest.raises(SystemExit) as stopped:
        command.run(main)
    assert stopped.value.code == code
    error = capsys.readouterr().err
    assert error.startswith(line)
    assert error.count("\n") == 1


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        command.run(lambda: 1 / 0)  # type: ignore[arg-type]
