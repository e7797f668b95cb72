import os
import re
from pathlib import Path

import pytest

from fewbytes.command import InputError
from fewbytes.commands import publish
from tests.conftest import ROOT

REPORTS = {Path("metrics/report.md"): "# R\n\n## A\n\nno\n\n## B\n\nnew\n\n![p](pictures/p.png)\n\n## C\n\nno\n"}
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


def test_publishing_fills_the_blocks_and_nothing_else() -> None:
    page = "a\n<!-- from B -->\nold\n<!-- end -->\nc\n<!-- from dvc dag -->\n<!-- end -->\n"
    filled = publish.publish(page, REPORTS, "graph", Path("README.md"))
    assert filled == (
        "a\n<!-- from B -->\nnew\n\n![p](metrics/pictures/p.png)\n<!-- end -->\n"
        "c\n<!-- from dvc dag -->\ngraph\n<!-- end -->\n"
    )
    assert publish.publish(filled, REPORTS, "graph", Path("README.md")) == filled
    assert "![p](../metrics/pictures/p.png)" in publish.publish(page, REPORTS, "graph", Path("docs/results.md"))
    with pytest.raises(InputError, match=r"metrics/report\.md: no section 'D', which docs/a\.md asks for"):
        publish.publish(page.replace("from B", "from D"), REPORTS, "graph", Path("docs/a.md"))


def test_the_graph_joins_the_measures_and_drops_implied_arrows() -> None:
    mermaid = 'flowchart TD\n\tnode1["train@a"]\n\tnode2["measure@a"]\n\tnode3["measure@b"]\n\tnode4["report"]\n'
    mermaid += "\tnode1-->node2\n\tnode1-->node3\n\tnode2-->node3\n\tnode1-->node4\n\tnode3-->node4\n"
    arrows = [line.strip() for line in publish.draw_graph(mermaid).splitlines() if "-->" in line]
    assert arrows == ["measure --> report", "train_a --> measure"]


def test_publishing_writes_readme_and_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "dvc").write_text("#!/bin/sh\nprintf 'flowchart TD\\n\\tnode1[\"train\"]\\n'\n")
    (tools / "dvc").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    for path, text in {**REPORTS, publish.REPORTS[1]: "# F\n\n## F\n\nfrontier\n"}.items():
        path.parent.mkdir()
        path.write_text(text)
    (tmp_path / "docs").mkdir()
    for page, block in (("README.md", "F"), ("docs/a.md", "B"), ("docs/b.md", "dvc dag")):
        (tmp_path / page).write_text(f"<!-- from {block} -->\n<!-- end -->\n")
    publish.main()
    assert (tmp_path / "README.md").read_text() == "<!-- from F -->\nfrontier\n<!-- end -->\n"
    assert "\nnew\n" in (tmp_path / "docs/a.md").read_text()
    assert '    train["train"]' in (tmp_path / "docs/b.md").read_text()


def test_the_readme_is_a_page() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [link.partition("#")[0] for link in links if not link.startswith("http")]
    assert not [link for link in local if not (page.parent / link).exists()]
