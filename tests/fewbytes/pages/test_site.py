"""docs/ as a small site: every page is there, every link leads somewhere, nothing is fetched."""

import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from fewbytes.command import InputError
from fewbytes.commands import site as command
from fewbytes.pages import page, site
from tests.conftest import ROOT
from tests.fewbytes.pages.browser import Opened, browses, violations

SCREEN = {"width": 1440, "height": 1200}
LONG = {  # pages that are no docs, and the one that lists every network of MLPerf Tiny by every engine
    *("benchmark.html", "index.html", "tflite_to_c.html", "firmware.html", "frontier-report.html"),
    "frontier-explore-report.html",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        pages = site.make()
    for path, text in pages.items():
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def docs(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.html")) if path.name not in LONG and "example" not in path.name]


def test_every_page_of_the_docs_is_there_and_leads_to_the_others(made: Path) -> None:
    names = {path.name for path in made.iterdir()}
    assert {"index.html", "reading.html", "methods.html", "methods-few_bits.html", "examples-motion.html"} <= names
    for path in made.iterdir():
        text = path.read_text(encoding="utf-8")
        anchors = {name: set(re.findall(r' id="([^"]+)"', (made / name).read_text("utf-8"))) for name in names}
        for address in re.findall(r'href="([^"]+)"', text):
            name, _, anchor = address.partition("#")
            assert address.startswith("http") or name in names | {"", site.REPORT}, f"{path.name}: {address}"
            if anchor and name in names | {""}:
                assert anchor in anchors[name or path.name], f"{path.name}: {address}"
        assert not re.findall(r'(?:src)="(?!data:)[^"]*"', text)
        assert "<!-- from" not in text


def test_what_is_no_page_is_named_without_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Top\n\n[docs](docs/a.md#a-title) [code](x.py) [away](https://example.org)\n")
    (tmp_path / "docs/a.md").write_text("# A\n\n## A `title`\n\n[up](../README.md) ![p](p.png)\n\n<!-- from X -->\n")
    (tmp_path / "docs/p.png").write_bytes(b"\x89PNG")
    pages = site.make()
    top, inner = pages[site.FOLDER / "index.html"], pages[site.FOLDER / "a.html"]
    assert '<a href="a.html#a-title">docs</a>' in top
    assert "<a>code</a>" in top
    assert '<a href="https://example.org">away</a>' in top
    assert '<h2 id="a-title">' in inner
    assert '<a href="index.html">up</a>' in inner
    assert 'src="data:image/png;base64,iVBORw=="' in inner


def test_it_is_built_anew_with_the_report_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("# Top\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/old.html").write_text("old")
    command.build()
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["index.html"]
    page.PATH.parent.mkdir()
    page.PATH.write_text("the report")
    command.build()
    assert (tmp_path / "site" / site.REPORT).read_text() == "the report"
    assert f'href="{site.REPORT}"' in (tmp_path / "site/index.html").read_text()


def test_only_the_site_is_served_and_only_to_this_machine(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("here")
    (tmp_path / "secret").write_text("not this")
    with command.server(tmp_path / "site", 0) as serving:
        host, port = serving.server_address[:2]
        assert host == "127.0.0.1"
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://{command.HOST}:{port}/index.html") as answer:
            assert answer.read() == b"here"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://{command.HOST}:{port}/%2e%2e/secret")
        with pytest.raises(InputError, match=rf"port {port}: .*; another one: make serve PORT="):
            command.server(tmp_path, int(port))
        serving.shutdown()


@browses
@pytest.mark.slow
def test_no_page_of_the_docs_is_longer_than_two_screens_and_everybody_can_read_it(made: Path, opened: Opened) -> None:
    long, unreadable = [], []
    for path in docs(made):
        with opened(path.as_uri(), viewport=SCREEN) as shown:
            height = shown.evaluate("document.documentElement.scrollHeight")
            if height > 2 * SCREEN["height"]:
                long.append(f"{path.name}: {height / SCREEN['height']:.1f} screens")
            unreadable += [f"{path.name}: {line}" for line in violations(shown)]
    assert unreadable == []
    assert long == []
