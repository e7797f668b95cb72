"""variants.yaml: a bad line ends in one line that names it."""

import re
from pathlib import Path

import pytest

from fewbytes import variants
from fewbytes.command import InputError
from tests.conftest import ROOT

LINES = {
    "first": "{zipped: models/first.h5, start: models/first.h5, what: begins a chain}",
    "next": "{zipped: models/next.tflite, start: metrics/variants/first.json, what: goes on}",
}


def write(folder: Path, lines: dict[str, str]) -> Path:
    path = folder / "variants.yaml"
    path.write_text("variants:\n" + "".join(f"  {name}: {line}\n" for name, line in lines.items()))
    return path


def test_variants_come_in_the_files_order_with_what_they_are_against(tmp_path: Path) -> None:
    found = variants.load(write(tmp_path, LINES))
    assert {name: variant.against for name, variant in found.items()} == {"first": None, "next": "first"}
    assert list(found) == list(LINES)
    assert list(variants.load(write(tmp_path, dict(reversed(LINES.items()))))) == ["next", "first"]


def test_this_projects_variants_begin_two_chains() -> None:
    found = variants.load(ROOT / variants.PATH)
    assert [name for name, variant in found.items() if variant.against is None] == ["baseline", "teacher"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("zipped: models/next.tflite, ", "", "variants.next.zipped is missing"),
        (
            "what: goes on",
            "wath: goes on",
            "variants.next.what is missing; variants.next.wath = 'goes on': not a known",
        ),
        ("what: goes on", 'what: ""', "variants.next.what = '': string should have at least 1 character"),
        ("what: goes on", "what: 3", "variants.next.what = 3: input should be a valid string"),
        ("models/next.tflite", "models/next.onnx", "variants.next.zipped = 'models/next.onnx': must look like models/"),
        ("models/next.tflite", "../next.tflite", "variants.next.zipped = '../next.tflite': must look like models/"),
        ("models/next.tflite", "metrics/variants/first.json", "variants.next.zipped = 'metrics/variants/first.json': "),
        ("metrics/variants/first.json", "models/first.json", "variants.next.start = 'models/first.json': must look "),
        ("metrics/variants/first.json", "metrics/variants/none.json", "variants.next.start = 'metrics/variants/none."),
        ("metrics/variants/first.json", "metrics/variants/next.json", "variants.next.start = 'metrics/variants/next."),
        ("{zipped: models/next", "[models/next", "not valid YAML"),
        ("next: {", "ne xt: {", "must look like a name of letters, digits, _, . and -"),
        ("next: {", "first: {", 'duplicate key "first"'),
        ("variants:\n", "variant:\n", "variants is missing; variant = a section: not a known key"),
    ],
)
def test_a_bad_line_is_named_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, LINES)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        variants.load(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_no_variant_is_no_file_of_variants(tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text("variants: {}\n")
    with pytest.raises(InputError, match=r"variants = a section: dictionary should have at least 1 item"):
        variants.load(tmp_path / "variants.yaml")
    with pytest.raises(InputError, match=r"none\.yaml: not found"):
        variants.load(tmp_path / "none.yaml")
