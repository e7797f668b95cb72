"""Copy sections of the reports and the graph of `dvc dag` into README.md and docs/, between their markers."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import networkx

from fewbytes import texts
from fewbytes.command import InputError, one_line
from fewbytes.files import write_all
from fewbytes.reports import documents, recurrent

README, DOCS = Path("README.md"), Path("docs")
REPORTS = (Path("metrics/report.md"), Path("frontier/report.md"))
BLOCK = re.compile(r"(<!-- from ([^>]+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
PICTURE = re.compile(r"(!\[[^\]]*\]\()([^):]+)\)")
NODE = re.compile(r'^\t(\w+)\["(.+)"\]$', re.MULTILINE)
EDGE = re.compile(r"^\t(\w+)-->(\w+)$", re.MULTILINE)


def section(title: str, reports: Mapping[Path, str], page: Path) -> str:
    """The text under `## title`, as `page` shows it. Raises InputError where no report has such a section."""
    for path, report in reports.items():
        found = re.search(rf"^## {re.escape(title)}\n\n(.*?)\n*(?=^## |\Z)", report, re.DOTALL | re.MULTILINE)
        if found:
            return _moved(found[1], os.path.relpath(path.parent, page.parent))
    raise InputError(f"{', '.join(map(str, reports))}: no section {title!r}, which {page} asks for")


def _moved(text: str, way: str) -> str:
    """`text` with its pictures told from another folder; `way` leads from there to the one it was written for."""
    return PICTURE.sub(lambda picture: f"{picture[1]}{os.path.normpath(f'{way}/{picture[2]}')})", text)


def publish(text: str, reports: Mapping[Path, str], graph: str, page: Path) -> str:
    """The text of `page` with each block `<!-- from SOURCE -->` … `<!-- end -->` made anew.

    SOURCE is `dvc dag` or a section of a report. Its links and pictures are told from where the page is.
    """

    def fill(block: re.Match[str]) -> str:
        shown = graph if block[2] == "dvc dag" else section(block[2], reports, page)
        return f"{block[1]}{shown}\n{block[4]}"

    return BLOCK.sub(fill, text)


def draw_graph(mermaid: str) -> str:
    """What `dvc dag --mermaid` prints, made readable: `measure@…` and such as one node, no arrow that others imply."""
    names = {node: _joined(name.rpartition(":")[2]) for node, name in NODE.findall(mermaid)}
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(names.values())
    graph.add_edges_from((names[a], names[b]) for a, b in EDGE.findall(mermaid) if names[a] != names[b])
    boxes = [f'    {name.replace("@", "_")}["{name}"]' for name in sorted(graph)]
    arrows = [f"    {a} --> {b}".replace("@", "_") for a, b in sorted(networkx.transitive_reduction(graph).edges)]
    return "\n".join(["```mermaid", "flowchart LR", *boxes, *arrows, "```"])


def _joined(name: str) -> str:
    """Stages made by one foreach are one node, but for the two that begin a chain each."""
    return name if name.startswith("train@") else name.partition("@")[0]


def main() -> None:
    dag = subprocess.run(
        ["dvc", "dag", "--mermaid"], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if dag.returncode:
        raise InputError(f"dvc dag failed: {one_line(dag.stderr)}")
    reports, graph = {path: texts.read(path) for path in REPORTS}, draw_graph(dag.stdout)
    reports[recurrent.LSTMS.parent / "report.md"] = documents.as_markdown(recurrent.assemble(recurrent.load()))
    pages = [README, *sorted(DOCS.rglob("*.md"))]
    write_all({page: publish(texts.read(page), reports, graph, page) for page in pages})
