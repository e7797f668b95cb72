"""Documents as HTML: the same titles, prose, tables and pictures that `reports.documents` writes as Markdown."""

import re
from collections.abc import Callable

import pandas as pd
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from fewbytes.reports.documents import Part, Picture, Points, Section

Draw = Callable[[Picture], Markup]  # what stands where a picture stands

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def prose(text: str) -> Markup:
    """Paragraphs, lists and code, as Markdown has them; HTML in it is text."""
    return Markup(_markdown.render(text))


def inline(text: str) -> Markup:
    return Markup(_markdown.renderInline(text))


def anchor(title: str) -> str:
    """As GitHub makes it of a title, so that links to it work in both."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def section_as_html(section: Section, draw: Draw) -> Markup:
    plain = re.sub("[`*]", "", section.title)
    parts = Markup("\n").join(
        _part(part, f"{plain}, {place}", draw) for place, part in enumerate(section.parts, start=1)
    )
    return Markup('<section id="{}">\n<h2>{}</h2>\n{}\n</section>\n').format(
        anchor(section.title), inline(section.title), parts
    )


def _part(part: Part, name: str, draw: Draw) -> Markup:
    match part:
        case Points(items, numbered):
            kind = "ol" if numbered else "ul"
            lines = Markup("").join(Markup("<li>{}</li>\n").format(inline(item)) for item in items)
            return Markup(f"<{kind}>\n{{}}</{kind}>").format(lines)
        case Picture():
            return draw(part)
        case pd.DataFrame():
            return table(part, name)
    return prose(part)


def table(frame: pd.DataFrame, name: str) -> Markup:
    """A table of texts that sorts where its heads are pressed. name: what a screen reader calls it, as nothing else.

    Columns with words are aligned left, those with numbers right, as in Markdown.
    """
    words = [bool(frame[column].str.contains("[a-z]").any()) for column in frame.columns]
    heads = Markup("").join(
        Markup('<th scope="col"{}><button type="button">{}</button></th>').format(_aligned(word), inline(str(column)))
        for column, word in zip(frame.columns, words, strict=True)
    )
    rows = Markup("\n").join(_row([str(cell) for cell in row], words) for row in frame.itertuples(index=False))
    return Markup(
        '<div class="wide" role="region" aria-label="{}" tabindex="0">\n<table class="sorts">\n'
        "<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>\n</div>"
    ).format(name, heads, rows)


def _row(cells: list[str], words: list[bool]) -> Markup:
    shown = (
        Markup("<td{}>{}</td>").format(_aligned(word), inline(cell)) for cell, word in zip(cells, words, strict=True)
    )
    return Markup("<tr>{}</tr>").format(Markup("").join(shown))


def _aligned(word: bool) -> Markup:
    return Markup("" if word else ' class="number"')


def image(content: str, shows: str) -> Markup:
    """content: a data URI."""
    return Markup('<figure><img src="{}" alt="{}"></figure>').format(escape(content), shows)
