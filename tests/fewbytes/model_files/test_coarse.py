"""Scales and biases of few digits, and a network that computes the same but for them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fewbytes.coding import packed
from fewbytes.data.dataset import Split
from fewbytes.measuring import verdicts
from fewbytes.model_files import coarse, weights
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models
from tflite_to_c import reader


@settings(max_examples=200, deadline=None)
@given(st.floats(2**-100, 2**100, width=32))
def test_a_rounded_scale_is_the_nearest_of_eight_bits(scale: float) -> None:
    (found,) = coarse.rounded(np.array([scale], np.float32)).tolist()
    mantissa, exponent = np.frexp(np.float64(scale))
    assert found == np.round(mantissa * 256) / 256 * 2.0**exponent  # NumPy rounds half to even, too


def test_outputs_are_nearly_the_same_and_the_file_takes_fewer_bytes(models: Models, digits: Split) -> None:
    file = coarse.coarsen(models.aware)
    before, after = (Classifier(each, "it", SPEC) for each in (models.aware, file))
    unlike = np.abs(before.scores(digits.inputs).astype(float) - after.scores(digits.inputs))
    assert 0 < unlike.mean() < 1  # steps of int8
    assert unlike.max() <= 6
    assert verdicts.coded_size(file, "it") < verdicts.coded_size(models.aware, "it") - 10
    assert reader.read(file, "it").input == reader.read(models.aware, "it").input


def test_biases_stand_for_what_they_stood_for_to_half_of_half_a_step(models: Models) -> None:
    file = coarse.coarsen(models.aware)
    graphs = [reader.read(each, "it") for each in (models.aware, file)]
    for place, (layer, rough) in enumerate(
        zip(weights.read(models.aware, "it"), weights.read(file, "it"), strict=True)
    ):
        np.testing.assert_array_equal(layer.kernel, rough.kernel)
        scale_in, rough_in = (
            graph.input.scale if not place else graph.steps[place - 1].output.scale for graph in graphs
        )
        real, kept = layer.bias * layer.scales * scale_in, rough.bias * rough.scales * rough_in
        step = next(each.output.scale for each in graphs[1].steps[place:])
        np.testing.assert_allclose(real, kept, atol=0.26 * step)
        together = np.bitwise_or.reduce(rough.bias)
        assert together & 1 == 0 or rough.scales * rough_in > step / 4


def test_it_changes_nothing_the_second_time(models: Models) -> None:
    file = coarse.coarsen(models.aware)
    again = coarse.coarsen(file)
    assert packed.same(weights.read(again, "it"), weights.read(file, "it"))
    assert verdicts.coded_size(again, "it") == verdicts.coded_size(file, "it")
