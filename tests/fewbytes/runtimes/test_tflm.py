import pytest

from fewbytes.runtimes import tflm
from tests.conftest import Models


@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
@pytest.mark.parametrize("kind", ["full_integer", "float_tflite"])
def test_the_arena_is_the_smallest_that_suffices(models: Models, kind: str) -> None:
    model = getattr(models, kind)
    arena = tflm.Interpreter(model).arena_bytes()
    tflm.Interpreter(model, arena)
    with pytest.raises(tflm.RefusedError, match=r"allocat|resize|arena"):
        tflm.Interpreter(model, arena - 32)
