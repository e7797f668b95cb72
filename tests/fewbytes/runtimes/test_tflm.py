import os

import pytest

from fewbytes.data.dataset import Split
from fewbytes.runtimes import tflm
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models


@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
@pytest.mark.parametrize("kind", ["full_integer", "float_tflite"])
def test_the_arena_is_the_smallest_that_suffices(models: Models, kind: str) -> None:
    model = getattr(models, kind)
    arena = tflm.Interpreter(model).arena_bytes()
    tflm.Interpreter(model, arena)
    with pytest.raises(tflm.RefusedError, match=r"allocat|resize|arena"):
        tflm.Interpreter(model, arena - 32)


@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_there_may_be_fewer_examples_than_cores(models: Models, digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = Classifier(models.aware, "it", SPEC).inputs(digits.inputs[:1])
    alone, _ = tflm.run(models.aware, inputs)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    found, _ = tflm.run(models.aware, inputs)
    assert found.tolist() == alone.tolist()
