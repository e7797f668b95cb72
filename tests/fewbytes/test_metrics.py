"""Reading metrics: finite numbers or one line."""

from pathlib import Path

import pytest

from fewbytes import metrics
from fewbytes.command import InputError
from fewbytes.measuring import sizes


def test_metrics_without_what_is_compared_are_refused() -> None:
    with pytest.raises(InputError, match=r"m\.json: has no number for zip_bytes, accuracy"):
        metrics.require({"parameter_bytes": 1, "accuracy": "high"}, sizes.COMPARED, "m.json")


HOSTILE = {
    "NaN": '{"a": NaN}',
    "infinite": '{"a": -Infinity}',
    "beyond floats": '{"a": 1e400}',
    "digits": '{"a": ' + "9" * 5000 + "}",
    "nested": '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}",
    "half a character": '{"a": "\\ud800"}',
    "a list": "[1]",
    "cut": '{"a": 1',
    "empty": "",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_metrics_are_finite_numbers_in_json(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(
        InputError, match=r"m\.json: not (JSON|a JSON object).*`git restore .*` brings it back"
    ) as raised:
        metrics.load(tmp_path / "m.json")
    assert "\n" not in str(raised.value)
    (tmp_path / "m.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(InputError, match="not UTF-8"):
        metrics.load(tmp_path / "m.json")


@pytest.mark.parametrize("value", [True, False, None, "1", float("nan"), float("inf"), -float("inf"), [1]])
def test_one_function_says_what_a_number_is(value: object) -> None:
    assert not metrics.is_number(value)
    with pytest.raises(InputError, match=r"m\.json: has no number for a\.b"):
        metrics.require({"a": {"b": value}}, ["a.b"], "m.json")
    assert metrics.require({"a": {"b": 0}}, ["a.b"], "m.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [("accuracy", 1.5), ("accuracy", -0.1), ("zip_bytes", 0), ("gap_bytes", -1), ("cycles", 10**30)],
)
def test_figures_that_cannot_be_are_refused(key: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"m\.json: {key} = .*: must be from"):
        metrics.require({key: value}, [key], "m.json")


@pytest.mark.parametrize("content", ["{", "3", "a: 3", "baseline: {accuracy: true}"])
def test_a_damaged_essay_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "essay.yaml").write_text(content)
    with pytest.raises(InputError, match=r"essay\.yaml: "):
        metrics.load_essay(tmp_path / "essay.yaml")
