from pathlib import Path

import pytest

from tests.fewbytes.reports import small


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the report reads, which is the working one."""
    small.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
