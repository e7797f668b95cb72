"""Data of the user's own through the whole pipeline: two edits in params.yaml and `dvc repro`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from tests.fewbytes.pages import browser
from tests.pipeline.project import make_project, succeed

pytestmark = pytest.mark.slow

CLASSES = ["ant", "bee", "cat", "dog"]
COUNTS = (120, 30, 60, 90)  # of the classes; uneven


def make_colours(share: float, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images (n, 12, 10, 3), each the pattern of its class under noise, and their labels."""
    patterns = np.random.default_rng(0).random((len(CLASSES), 12, 10, 3)) > 0.7
    labels = np.repeat(np.arange(len(CLASSES)), [round(share * count) for count in COUNTS])
    noise = np.random.default_rng(seed).integers(0, 120, (len(labels), 12, 10, 3))
    order = np.random.default_rng(seed).permutation(len(labels))
    return (patterns[labels] * 130 + noise).astype(np.uint8)[order], labels[order]


def test_own_images_of_another_shape_go_through_the_whole_pipeline(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    (x_train, y_train), (x_test, y_test) = make_colours(1, 1), make_colours(0.4, 2)
    np.savez(folder / "mine" / "own.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    yaml = YAML()
    params: Any = yaml.load(folder / "params.yaml")
    params["data"] = {"source": "arrays", "path": "mine/own.npz", "kind": None, "classes": CLASSES}
    params["class_weights"] = "balanced"
    params["repeats"] = {"student": 1, "searched": 1}
    with (folder / "params.yaml").open("w") as file:
        yaml.dump(params, file)

    succeed(folder, "dvc", "repro")

    figures = {path.stem: json.loads(path.read_text()) for path in (folder / "metrics/variants").glob("*.json")}
    assert {each["test_images"] for each in figures.values()} == {len(y_test)}
    assert all("balanced_accuracy" in each for each in figures.values())
    assert figures["baseline"]["accuracy"] > 0.6
    for name in ("baseline_full_integer", "quantized", "searched"):
        assert figures[name]["chip"]["cortex_m4"]["unlike_tflm_images"] == 0
    header = (folder / "models/c/quantized/quantized.h").read_text()
    assert "#define QUANTIZED_INPUT_BYTES 360\n" in header
    assert "#define QUANTIZED_OUTPUT_BYTES 4\n" in header
    assert "#define QUANTIZED_RAW_OFFSET 0.0f\n#define QUANTIZED_RAW_DIVISOR 255.0f\n" in header
    assert len((folder / "metrics/confusion/baseline.csv").read_text().splitlines()) == 1 + len(CLASSES) ** 2
    assert "balanced" in (folder / "metrics/report.md").read_text()

    succeed(folder, "dvc", "repro", "--single-item", "metrics/dvc.yaml:page")
    text = (folder / "metrics/report.html").read_text()
    assert "made to be small, distilled" not in text  # the frontier is of other data, or none
    assert "An image of yours" in text
    assert 'id="clear"' not in text  # nobody draws in colour
    if browser.CHROMIUM is not None:
        with browser.browsing() as opened, opened((folder / "metrics/report.html").as_uri()) as page:
            page.click("#example")
            page.wait_for_function("[...document.querySelectorAll('.answer')].every((each) => each.textContent)")
            assert set(page.locator(".answer").all_text_contents()) <= set(CLASSES)
            assert browser.violations(page) == []

    changed: dict[str, Any] = {"x_train": x_train, "y_train": y_train, "x_test": x_test[::-1], "y_test": y_test[::-1]}
    np.savez(folder / "mine" / "own.npz", **changed)
    assert "prepare" in succeed(folder, "dvc", "repro", "prepare").ran  # DVC watches data.path
