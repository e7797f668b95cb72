"""docs/ and what it leads to as a small site of the report's looks, from the same Markdown files."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from fewbytes import texts
from fewbytes.pages import html, page, rendering

FOLDER = Path("site")
REPORT = "report.html"  # metrics/report.html, where it was made
PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}
_markdown = MarkdownIt("commonmark", {"html": True}).enable("table")  # the project's own files, with their comments


def sources() -> dict[Path, str]:
    """Each Markdown file that is a page, and the page's name."""
    found = {Path("README.md"): "index.html"}
    for path in sorted(Path("docs").rglob("*.md")):
        found[path] = _named(path.relative_to("docs"))
    for path in [
        Path("tflite_to_c/README.md"),
        Path("firmware/README.md"),
        *sorted(Path("examples").glob("*/README.md")),
    ]:
        found[path] = _named(path)
    for path in (Path("frontier/report.md"), Path("frontier/explore/report.md")):
        found[path] = _named(path)
    return {path: name for path, name in found.items() if path.is_file()}


def _named(path: Path) -> str:
    parts = [part for part in path.with_suffix("").parts if part != "README"]
    return "-".join(parts or ["docs"]).lower() + ".html"


def make() -> dict[Path, str]:
    """The pages' texts, by path. Raises InputError where a Markdown file cannot be read."""
    pages = sources()
    parsed = {path: _markdown.parse(texts.read(path)) for path in pages}
    links = [(pages[path], _title(tokens, path)) for path, tokens in parsed.items()]
    return {
        FOLDER / name: rendering.render(
            "site.html",
            title=f"fewbytes: {_title(parsed[path], path)}",
            here=name,
            pages=links,
            report=REPORT if page.PATH.exists() else None,
            content=as_html(parsed[path], path, pages),
        )
        for path, name in pages.items()
    }


def _title(tokens: list[Token], path: Path) -> str:
    """Of the first heading."""
    place = next((at for at, token in enumerate(tokens) if token.type == "heading_open"), None)
    return path.stem if place is None else re.sub("[`*]", "", tokens[place + 1].content)


def as_html(tokens: list[Token], path: Path, pages: Mapping[Path, str]) -> Markup:
    """The page of `path`: links lead to other pages, pictures are within, titles are anchors.

    What is no page, a source file say, is named without a link: the site may stand where the project does not.
    """
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", html.anchor(tokens[at + 1].content))
        elif token.type == "table_open":
            token.attrSet("tabindex", "0")
        elif token.type == "html_block":
            token.content = ""
        for child in token.children or []:
            _lead(child, path, pages)
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))


def _lead(token: Token, path: Path, pages: Mapping[Path, str]) -> None:
    """Change a link or a picture so that it leads to what the site has."""
    if token.type == "html_inline":
        token.content = ""
    elif token.type == "image":
        target = _within(path, str(token.attrGet("src")))
        if target.suffix in PICTURES and target.is_file():
            content = base64.b64encode(target.read_bytes()).decode()
            token.attrSet("src", f"data:{PICTURES[target.suffix]};base64,{content}")
    elif token.type == "link_open":
        address = str(token.attrGet("href"))
        parts = urlsplit(address)
        if parts.scheme or address.startswith("#"):
            return
        target = _within(path, parts.path)
        name = REPORT if target == Path("metrics/report.md") and page.PATH.exists() else pages.get(target)
        if name is None:
            token.attrs.pop("href")
        else:
            token.attrSet("href", name + (f"#{parts.fragment}" if parts.fragment else ""))


def _within(path: Path, address: str) -> Path:
    """Of the project, what `path` calls so."""
    root = Path().resolve()
    target = (root / path.parent / address).resolve()
    return target.relative_to(root) if target.is_relative_to(root) else target
