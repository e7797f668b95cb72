"""A page of a small project, its networks untrained and its figures made up; its C is generated, and runs."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewbytes.pages import page
from stages import page as stage
from stages import report
from tests.attack import small_project
from tests.fewbytes.pages.browser import Opened, browsing


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "project"
    small_project.make(folder)
    with contextlib.chdir(folder):
        report.main()
        stage.main()
    return folder


@pytest.fixture
def project(made: Path) -> Iterator[Path]:
    """The current folder, while a test runs."""
    with contextlib.chdir(made):
        yield made


@pytest.fixture(scope="session")
def address(made: Path) -> str:
    return (made / page.PATH).as_uri()


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    with browsing() as found:
        yield found
