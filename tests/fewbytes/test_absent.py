"""A file that says why there is no model."""

from pathlib import Path

import pytest

from fewbytes import absent


def test_the_reason_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "models/it.tflite"
    absent.write(path, "layer lstm (LSTM) is not known to a step")
    assert absent.status(path) == "not possible: layer lstm (LSTM) is not known to a step"


@pytest.mark.parametrize("content", [b"", b"not", b"\x1c\x00\x00\x00TFL3", bytes(100)])
def test_a_model_and_a_damaged_one_have_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "it.tflite").write_bytes(content)
    assert absent.status(tmp_path / "it.tflite") is None
