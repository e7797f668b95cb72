"""LiteRT runs a model as Keras does, and refuses what is none."""

import numpy as np
import pytest

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.data.dataset import Split, normalise
from fewbytes.networks import networks, tflite
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models


def test_litert_agrees_with_keras_on_a_float_model(models: Models, digits: Split) -> None:
    scores = Classifier(models.float_tflite, "model").scores(digits.images)
    expected = models.baseline.predict(normalise(digits.images), verbose=0)
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)
    accuracy = np.mean(scores.argmax(axis=1) == digits.labels)
    assert accuracy == np.mean(expected.argmax(axis=1) == digits.labels) > 0.9


def test_litert_agrees_with_keras_on_the_other_family(digits: Split, settings: params.Params) -> None:
    model = networks.build(settings.distill.student.network, SPEC)
    scores = Classifier(tflite.to_float(model), "model").scores(digits.images)
    np.testing.assert_allclose(scores, model.predict(normalise(digits.images), verbose=0), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("keep", [0, 3, 1_000, 80_000])
def test_a_damaged_tflite_file_is_refused(models: Models, keep: int) -> None:
    with pytest.raises(InputError, match="here: not a model LiteRT can run") as raised:
        Classifier(models.float_tflite[:keep], "here")
    assert "\n" not in str(raised.value)


def test_latency_is_in_microseconds(models: Models, digits: Split) -> None:
    classifier = Classifier(models.full_integer, "model", threads=1)
    assert 1 < classifier.latency_us(digits.images[:1], seconds=0.02) < 100_000
