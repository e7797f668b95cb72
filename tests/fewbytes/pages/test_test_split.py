"""All test images through the C in the real page, once `make report` has made it here."""

import base64

import numpy as np
import pytest

from fewbytes import frontier, metrics
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.pages import page as pages
from fewbytes.runtimes.litert import Classifier
from tests.conftest import ROOT
from tests.fewbytes.pages.browser import RUN, Opened, browses
from tflite_to_c.chips.reference import reference

POINT = "1050B"
MADE = (pages.PATH, dataset.PATH, specs.PATH)
pytestmark = [
    browses,
    pytest.mark.slow,
    pytest.mark.skipif(not all((ROOT / path).exists() for path in MADE), reason="needs `make report`"),
]


def test_every_test_image_gives_what_tflm_gives(monkeypatch: pytest.MonkeyPatch, opened: Opened) -> None:
    monkeypatch.chdir(ROOT)
    figures, spec = metrics.load(frontier.metrics_path(POINT)), specs.load()
    model = frontier.model_path(POINT, figures["seed"]).read_bytes()
    test = dataset.load("test", spec)
    inputs = Classifier(model, POINT, spec).inputs(test.inputs)
    with opened((ROOT / pages.PATH).as_uri()) as page:
        page.set_default_timeout(300_000)
        sent = base64.b64encode(inputs.tobytes()).decode()
        found = np.array(page.evaluate(RUN, [POINT, sent]), np.int8).reshape(len(inputs), -1)
    assert reference(model, inputs).unlike(found) == 0
    assert dataset.accuracy(found, test.labels) == figures["tflm_accuracy"]
