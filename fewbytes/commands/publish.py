"""Copy sections of the reports and the graph of `dvc dag` into README.md, between its markers."""

import re
import subprocess
from pathlib import Path

import networkx

from fewbytes import texts
from fewbytes.command import InputError, one_line
from fewbytes.files import write_text

README = Path("README.md")
REPORTS = (Path("metrics/report.md"), Path("firmware/report.md"), Path("frontier/report.md"))
BLOCK = re.compile(r"(<!-- from ([^>]+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
NODE = re.compile(r'^\t(\w+)\["(.+)"\]$', re.MULTILINE)
EDGE = re.compile(r"^\t(\w+)-->(\w+)$", re.MULTILINE)


def section(report: str, title: str) -> str:
    """The text under `## title`. Raises InputError when there is no such section."""
    found = re.search(rf"^## {re.escape(title)}\n\n(.*?)\n*(?=^## |\Z)", report, re.DOTALL | re.MULTILINE)
    if not found:
        raise InputError(f"{', '.join(map(str, REPORTS))}: no section {title!r}, which {README} asks for")
    return found[1]


def publish(readme: str, report: str, graph: str) -> str:
    """`readme` with each block `<!-- from SOURCE -->` … `<!-- end -->` made anew; SOURCE is `dvc dag` or a section."""

    def fill(block: re.Match[str]) -> str:
        text = graph if block[2] == "dvc dag" else section(report, block[2])
        return f"{block[1]}{text}\n{block[4]}"

    return BLOCK.sub(fill, readme)


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
    write_text(README, publish(texts.read(README), "\n".join(map(texts.read, REPORTS)), draw_graph(dag.stdout)))
