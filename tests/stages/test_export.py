import re
import sys
from pathlib import Path

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.data import dataset
from fewbytes.runtimes.litert import Classifier
from stages import export
from tests.conftest import SPEC, make_digits, save_data
from tests.flatbuffer import Model


def network() -> bytes:
    model = Model()
    image = model.tensor((1, 28, 28, 1), 1 / 255, -128)
    kernel = model.constant(np.ones((10, 784), np.int8), 0.1)
    return model.finish(image, model.operator("FULLY_CONNECTED", [image, kernel], model.tensor((1, 10), 0.1)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    test = make_digits(13, seed=1)
    first = dataset.Split(test.inputs[3:], test.labels[3:])  # the first is not of class 0
    save_data(test, test, first, tmp_path)
    (tmp_path / "models" / "c" / "400B").mkdir(parents=True)
    (tmp_path / "models" / "400B.tflite").write_bytes(network())
    monkeypatch.setattr(sys, "argv", ["export", "400B", "out"])
    return tmp_path


def test_the_sample_is_the_first_test_image_and_lies_beside_the_c(project: Path) -> None:
    for ending in ("h", "c"):
        (project / f"models/c/400B/model_400b.{ending}").write_text(ending)
    export.main()
    assert (project / "out/model_400b.c").read_text() == "c"
    text = (project / "out/sample.h").read_text()
    assert "#define SAMPLE_DIGIT 3\n" in text
    assert "as model_400b_run takes it" in text
    values = re.findall(r"-?\d+", text.partition("= {")[2])
    model = Classifier(network(), "here", SPEC)
    assert list(map(int, values)) == model.inputs(dataset.load("test", SPEC).inputs[:1]).ravel().tolist()


def test_without_its_c_nothing_is_written(project: Path) -> None:
    with pytest.raises(InputError, match=r"models/c/400B/model_400b\.h: not found; `dvc repro` makes it"):
        export.main()
    assert not (project / "out").exists()
