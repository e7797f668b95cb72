import pandas as pd

from fewbytes.reports.documents import Document, Part, Picture, Points, Section, as_markdown


def test_a_document_is_written_as_markdown() -> None:
    table = pd.DataFrame({"name": ["a|b", "c"], "B": ["1,000", "2"]})
    parts: list[Part] = [
        "Some `code`.",
        Points(["x", "y"]),
        Points(["x", "y"], numbered=True),
        table,
        Picture("p.png", "shown"),
    ]
    text = as_markdown(Document("Title", "Made by a test.", [Section("One", parts), Section("Two", ["end"])]))
    assert text == (
        "# Title\n\nMade by a test.\n\n## One\n\nSome `code`.\n\n- x\n- y\n\n1. x\n2. y\n\n"
        "| name   |     B |\n|:-------|------:|\n| a\\|b   | 1,000 |\n| c      |     2 |\n\n"
        "![shown](p.png)\n\n## Two\n\nend\n"
    )
