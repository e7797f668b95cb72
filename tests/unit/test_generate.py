"""The generated C against TensorFlow Lite Micro, bit for bit."""

import tempfile
from unittest import mock
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages.codegen import encodings
from stages.shared import tflm
from tests import compiled, random_networks

pytestmark = [
    compiled.needs_compiler,
    pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT),
]


def assert_same(model: bytes, count: int = 40) -> None:
    inputs = compiled.random_inputs(model, count)
    with tempfile.TemporaryDirectory() as folder:
        ours = compiled.outputs(model, inputs, Path(folder))
    np.testing.assert_array_equal(ours, tflm.Interpreter(model).scores(inputs))


@settings(max_examples=70, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(random_networks.networks(), st.sampled_from(list(encodings.KINDS)))
def test_random_networks_give_what_tflm_gives_in_any_encoding(model: bytes, favourite: str) -> None:
    with mock.patch.dict(encodings.DECODER_BYTES, {favourite: -1_000_000}):  # taken wherever it can hold the weights
        assert_same(model)
