"""Documents as HTML say what they say as Markdown."""

import re
from html.parser import HTMLParser

import pandas as pd
from markupsafe import Markup

from fewbytes.pages import html
from fewbytes.reports import documents
from fewbytes.reports.documents import Document, Picture, Points, Section

TABLE = pd.DataFrame([("`a|b`", "1,234", "–"), ("<b>bold</b>", "5", "2.50×")], columns=["variant", "flash B", "<i>"])
DOCUMENT = Document(
    "Title",
    "Origin",
    [
        Section("In `short`, & more", ["Prose with **strength**, `code` and <script>alert(1)</script>.", TABLE]),
        Section(
            "Lists", [Points(["one", "two"], numbered=True), Points(["<img src=x>"]), Picture("a.png", "A <picture>")]
        ),
    ],
)


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data


def read(made: Markup) -> Texts:
    parser = Texts()
    parser.feed(str(made))
    return parser


def draw(picture: Picture) -> Markup:
    return html.image("data:,", picture.shows)


def as_html(draw: html.Draw) -> Markup:
    return Markup().join(html.section_as_html(section, draw) for section in DOCUMENT.sections)


def test_what_data_and_prose_say_is_text_and_never_a_tag() -> None:
    found = read(as_html(draw))
    assert not {"script", "b", "i"} & set(found.tags)
    assert found.tags.count("img") == 1  # the picture's
    for said in ("<script>alert(1)</script>", "<b>bold</b>", "<i>", "<img src=x>", "a|b", "2.50×"):
        assert said in found.text
    assert {"strong", "code", "ol", "ul", "table"} <= set(found.tags)


def test_every_number_of_the_markdown_is_there() -> None:
    def numbers(text: str) -> list[str]:
        return re.findall(r"\d[\d,.]*", re.sub(r"^\d\.", "", text, flags=re.MULTILINE))  # but for those of a list

    markdown = documents.as_markdown(DOCUMENT).partition("\n## ")[2]
    assert numbers(read(as_html(lambda _: Markup())).text) == numbers(markdown)


def test_columns_of_numbers_are_right_and_sort_as_numbers() -> None:
    heads = re.findall(r'<th scope="col"( class="number")?>', html.table(TABLE, "it"))
    assert [bool(head) for head in heads] == [False, True, True]


def test_anchors_are_those_of_markdown() -> None:
    assert html.anchor("What the essay's numbers really measure") == "what-the-essays-numbers-really-measure"
    assert html.anchor("C from `your` own model (2)") == "c-from-your-own-model-2"
