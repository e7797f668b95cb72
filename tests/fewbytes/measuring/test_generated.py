"""The C of this project's own networks."""

import numpy as np
import pytest

from fewbytes.command import InputError
from tests.conftest import ROOT, Models
from tests.flatbuffer import Model
from tests.tflite_to_c.models import (
    FEW,
    assert_same,
    convolution,
    ending_at,
    outputs_of,
    runs_c,
)
from tflite_to_c.generator import generate


@runs_c
@pytest.mark.parametrize("name", ["300B", "1050B", "LeNet-5"])
@pytest.mark.slow
def test_any_layer_of_the_frontiers_networks_may_be_the_output(name: str) -> None:
    whole = (ROOT / "frontier" / "models" / f"{name}-1.tflite").read_bytes()
    *inner, last = outputs_of(whole)
    for output in inner:
        assert_same(ending_at(whole, output), 10, FEW)
    assert_same(ending_at(whole, last), 10)


@runs_c
@pytest.mark.parametrize("kind", ["full_integer", "aware"])
def test_converted_networks_give_what_tflm_gives(models: Models, kind: str) -> None:
    assert_same(getattr(models, kind), 200)


def test_other_types_and_dilations_are_named(models: Models) -> None:
    for refused in (models.float_tflite, models.dynamic_range):
        with pytest.raises(
            InputError, match=r"here: layer 0, operator CONV_2D: tensor '.+' is float32; int8 is covered"
        ):
            generate(refused, "here", "model")
    model = Model()
    image, output = model.tensor((1, 8, 8, 1), 0.1), model.tensor((1, 4, 4, 1), 0.1)
    convolution(model, image, np.ones((1, 3, 3, 1), np.int8), output, dilationHFactor=2, dilationWFactor=2)
    with pytest.raises(InputError, match="layer 0, operator CONV_2D: dilation 2 x 2 is not covered"):
        generate(model.finish(image, output), "here", "model")
