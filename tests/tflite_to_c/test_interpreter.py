"""The NumPy interpreter is a reference of its own: it gives what TensorFlow Lite Micro gives."""

import numpy as np
import pytest

from fewbytes.runtimes import tflm
from tests.attack.compare import some_inputs
from tests.random_networks import network
from tflite_to_c import interpreter, reader, simplify
from tflite_to_c.errors import InputError


@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_random_networks_give_what_tflm_gives_before_and_after_they_are_simplified() -> None:
    equal = 0
    for seed in range(150):
        model = network(seed)
        try:
            graph = reader.read(model, "here")
            inputs = some_inputs(model)
            expected = tflm.Interpreter(model).scores(inputs)
        except (InputError, tflm.RefusedError):
            continue
        for each in (graph, simplify.simplify(graph)):
            np.testing.assert_array_equal(interpreter.outputs(each, inputs), expected, f"network {seed}")
        equal += 1
    assert equal > 130
