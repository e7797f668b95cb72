"""YAML files, whatever they hold, and the loaders that read them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fewbytes import frontier_params, metrics, params, variants, yaml_files
from fewbytes.command import InputError
from fewbytes.reports import loading, published
from tests.conftest import ROOT

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{letter}: &{letter} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, letter in zip("abcdefghi", "bcdefghij", strict=True)
)
HOSTILE = {
    "nested": ("a: " + "[" * 2000 + "]" * 2000, "nested over 30 deep"),
    "nested blocks": ("\n".join(" " * depth + "a:" for depth in range(200)), "line 31: nested over 30 deep"),
    "bomb": (BOMB, "over 10,000 values, aliases counted out"),
    "bomb of merges": (
        BOMB.replace("[x, x, x, x, x, x, x, x, x]", "{x: 1}").replace("[*", "{<<: [*").replace("]\n", "]}\n"),
        "over 10,000",
    ),
    "cycle": ("a: &a [*a]", "line 1: *a stands within what it names"),
    "no alias": ("a: *b", "line 1: found undefined alias"),
    "date": ("a: 2024-02-31", "day is out of range"),
    "no integer": ("a: !!int x", "invalid literal for int()"),
    "no truth": ("a: !!bool x", "'x'"),
    "digits": (f"a: {'9' * 5000}", "a value of over 1,000 characters"),
    "hexadecimal": (f"a: 0x{'f' * 9000}", "a value of over 1,000 characters"),
    "keys twice": ("a: 1\na: 2", 'line 2: found duplicate key "a"'),
    "no base64": ("a: !!binary x", "failed to decode base64"),
    "code": ("!!python/object/apply:os.abort []", "could not determine a constructor"),
    "two documents": ("a: 1\n---\na: 2", "another document"),
    "no key": ("? [a, [b]]\n: 1", "unhashable"),
    "control": ("a: \x01", "special characters are not allowed"),
    "half a character": ('a: "\\ud800"', "can't encode"),
    "huge": ("# nothing\n" * 10_000_000, "over 50,000 bytes"),
}


@pytest.mark.parametrize(("text", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_ends_in_one_line_soon(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    started = time.process_time()
    with pytest.raises(InputError) as raised:
        yaml_files.load(path)
    assert time.process_time() - started < 1.5
    assert reason in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


LOADERS: dict[str, Callable[[Path], Any]] = {
    "params": params.load,
    "frontier": frontier_params.load,
    "variants": variants.load,
    "essay": metrics.load_essay,
    "quoted": lambda path: params.load_as(path, loading.Quoted),
    "published": published.load,
}


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]", "a: !!int x", "a: !!binary aGVsbG8=", "? 1\n: 2", "- 1", "", "x"])
def test_every_loader_reads_yaml_that_way(tmp_path: Path, load: Callable[[Path], Any], text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.yaml: ") as raised:
        load(path)
    assert "\n" not in str(raised.value)


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(InputError, match=r"a\.yaml: not UTF-8 text \(byte 3\)"):
        yaml_files.load(tmp_path / "a.yaml")


def test_anchors_numbers_and_the_committed_files_are_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: &a {x: 1e-3}\nb: {<<: *a, y: [2, .inf]}\nc: *a\nd: &a 2\ne: *a")
    assert yaml_files.load(path) == {
        "a": {"x": 0.001},
        "b": {"x": 0.001, "y": [2, float("inf")]},
        "c": {"x": 0.001},
        "d": 2,
        "e": 2,
    }
    for name, load in {
        "variants.yaml": LOADERS["variants"],
        "firmware/quoted.yaml": LOADERS["quoted"],
        "frontier/published.yaml": LOADERS["published"],
        "frontier/params.yaml": LOADERS["frontier"],
    }.items():
        load(ROOT / name)


def test_engines_without_the_one_most_used_are_refused(tmp_path: Path) -> None:
    (tmp_path / "q.yaml").write_text("how: by hand\nengines: {mine: {flash_bytes: 1, ram_bytes: 2, instructions: 3}}")
    with pytest.raises(InputError, match=r"TFLM \+ CMSIS-NN is missing"):
        params.load_as(tmp_path / "q.yaml", loading.Quoted)
