"""Documents: titles, prose, lists, tables and pictures, whatever they are written as.

Prose may hold `code`, **strong** and *stressed* words and [links](to); all else is said by its part.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd


class Points(NamedTuple):
    """A list, numbered where its order counts."""

    items: Sequence[str]
    numbered: bool = False


class Picture(NamedTuple):
    """path: from the document's folder. shows: said where the picture is not."""

    path: str
    shows: str


Part = str | Points | pd.DataFrame | Picture  # prose, a list, a table of texts, a picture


class Section(NamedTuple):
    title: str
    parts: Sequence[Part]


class Document(NamedTuple):
    """origin: what makes it, and of what."""

    title: str
    origin: str
    sections: Sequence[Section]


def as_markdown(document: Document) -> str:
    sections = "".join(
        f"\n## {section.title}\n\n" + "\n\n".join(map(_part, section.parts)) + "\n" for section in document.sections
    )
    return f"# {document.title}\n\n{document.origin}\n{sections}"


def _part(part: Part) -> str:
    match part:
        case Points(items, numbered):
            return "\n".join(f"{f'{place}.' if numbered else '-'} {item}" for place, item in enumerate(items, start=1))
        case Picture(path, shows):
            return f"![{shows}]({path})"
        case pd.DataFrame():
            return _table(part)
    return part


def _table(table: pd.DataFrame) -> str:
    """Columns with words are aligned left, those with numbers right."""
    shown = table.map(lambda cell: cell.replace("|", "\\|"))
    aligned = ["left" if shown[column].str.contains("[a-z]").any() else "right" for column in shown.columns]
    return shown.to_markdown(index=False, colalign=aligned, disable_numparse=True)
