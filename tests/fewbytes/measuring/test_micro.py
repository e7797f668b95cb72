"""What TensorFlow Lite Micro makes of a model."""

from unittest import mock

import numpy as np
import pytest

from fewbytes.data.dataset import Split
from fewbytes.measuring import micro
from fewbytes.runtimes import tflm
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models

needs_tflm = pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)


@needs_tflm
def test_an_int8_model_runs_and_classifies_as_on_litert(models: Models, digits: Split) -> None:
    classifier = Classifier(models.full_integer, "model", SPEC)
    litert = classifier.scores(digits.inputs)
    figures, scores = micro.measure(models.full_integer, classifier.inputs(digits.inputs), digits.labels, litert)
    assert scores is not None
    assert figures["runs"] == "yes"
    assert figures["accuracy"] == np.mean(scores.argmax(axis=1) == digits.labels) > 0.9
    assert figures["agree_with_litert_images"] >= 198
    assert scores.dtype == np.int8
    assert np.abs(scores.astype(int) - litert).max() <= 1
    rolled = micro.measure(
        models.full_integer, classifier.inputs(digits.inputs), digits.labels, np.roll(litert, 1, axis=1)
    )
    assert rolled[0]["agree_with_litert_images"] < 50


@needs_tflm
def test_the_runtimes_own_reason_is_given(models: Models, digits: Split) -> None:
    classifier = Classifier(models.dynamic_range, "model", SPEC)
    found = micro.measure(
        models.dynamic_range, classifier.inputs(digits.inputs), digits.labels, np.empty((0, 10), np.float32)
    )
    assert found == ({"runs": "no", "reason": "Input type: FLOAT32 with filter type: INT8 not supported."}, None)


def test_without_the_package_the_figures_say_so(models: Models, digits: Split) -> None:
    classifier = Classifier(models.full_integer, "model", SPEC)
    with mock.patch.object(tflm, "available", return_value=False):
        figures, scores = micro.measure(
            models.full_integer, classifier.inputs(digits.inputs), digits.labels, np.empty((0, 10), np.int8)
        )
    assert list(figures) == ["runs"]
    assert figures["runs"].startswith("not tried: tflite-micro has no package for ")
    assert scores is None
