import subprocess
import sys
from pathlib import Path

import pytest

from fewbytes.command import InputError
from fewbytes.commands import compare
from fewbytes.files import write_json
from tests.fewbytes.commands.test_tag_essay import git

FIGURES = {"accuracy": 0.97, "zip_bytes": 8_006, "coded": {"huffman_bytes": 5_000, "arithmetic_bytes": 4_905}}
LINES = "variants:\n" + "".join(
    f"  {name}: {{zipped: models/{name}.h5, start: models/{name}.h5, what: one}}\n" for name in ("a", "b")
)


def commit() -> None:
    git("add", "--all")
    git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "state")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits: a, then a more accurate and b beside it."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    (tmp_path / "variants.yaml").write_text(LINES)
    write_json(Path("metrics/variants/a.json"), FIGURES)
    commit()
    chip = {"cortex_m4": {"flash_bytes": 3_000}}
    write_json(Path("metrics/variants/a.json"), FIGURES | {"accuracy": 0.98, "chip": chip})
    write_json(Path("metrics/variants/b.json"), {"accuracy": 0.5, "zip_bytes": 1, "coded": {"huffman_bytes": 2}})
    commit()
    return tmp_path


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *revisions: str) -> list[list[str]]:
    monkeypatch.setattr(sys, "argv", ["compare", *revisions])
    compare.main()
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in capsys.readouterr().out.splitlines()
    ]


def test_two_revisions_are_compared_by_variant(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clone.is_dir()
    rows = said(monkeypatch, capsys, "HEAD~1", "HEAD")
    assert rows[0] == ["variant", "accuracy", "zip B", "coded B", "flash B"]
    assert rows[2] == ["a", "97.00 % → 98.00 %", "8,006", "4,905", "– → 3,000"]
    assert rows[3] == ["b", "– → 50.00 %", "– → 1", "– → 2", "–"]


def test_the_work_tree_is_compared_with_the_last_commit(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(monkeypatch, capsys)[2] == ["a", "98.00 %", "8,006", "4,905", "3,000"]
    write_json(clone / "metrics/variants/a.json", FIGURES | {"zip_bytes": 8_000})
    write_json(clone / "metrics/variants/stray.json", FIGURES)
    rows = said(monkeypatch, capsys)
    assert rows[2] == ["a", "98.00 % → 97.00 %", "8,006 → 8,000", "4,905", "3,000 → –"]
    assert [row[0] for row in rows[2:]] == ["a", "b"]
    (clone / "other").mkdir()


def test_what_cannot_be_compared_is_said_in_one_line(clone: Path) -> None:
    with pytest.raises(InputError, match="nothing: no revision of a Git repository here"):
        compare.at("nothing")
    (clone / "metrics/variants/a.json").write_text("[1]")
    commit()
    with pytest.raises(InputError, match=r"HEAD:metrics/variants/a\.json: not a JSON object"):
        compare.at("HEAD")
    (clone / "metrics/variants/a.json").write_text("{")
    commit()
    with pytest.raises(InputError, match=r"HEAD:metrics/variants/a\.json: not JSON"):
        compare.at("HEAD")
    subprocess.run(["git", "rm", "-rq", "metrics"], check=True)
    commit()
    with pytest.raises(InputError, match=r"HEAD: has no metrics/variants/\*\.json"):
        compare.at("HEAD")
