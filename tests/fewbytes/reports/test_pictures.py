import io
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from fewbytes.reports import labels, pictures
from fewbytes.reports.compared import technique
from fewbytes.reports.pictures import draw_confusion, draw_history, name_classes
from tests.fewbytes.reports.small import FIGURES


def test_labels_of_points_that_crowd_do_not_overlap() -> None:
    figure, axes = plt.subplots(figsize=(8, 6))
    generator = np.random.default_rng(0)
    points = [(float(x), float(y)) for x, y in generator.normal(0.5, 0.07, (16, 2))]
    axes.set(xlim=(0, 1), ylim=(0, 1))
    labels.place(axes, points, [f"a_long_name_{place}" for place in range(len(points))])
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert len(boxes) == len(points)
    assert not [1 for place, box in enumerate(boxes) for other in boxes[:place] if box.overlaps(other)]
    plt.close(figure)


def test_what_was_done_to_a_network_shows_in_its_figures() -> None:
    assert technique(FIGURES) == "float32"
    assert technique(FIGURES | {"sparsity": 0.8}) == "float32, pruned"
    assert technique(FIGURES | {"model_bytes": 23_000, "sparsity": 0.02}) == "int8"
    assert technique(FIGURES | {"chip": {}, "sparsity": 0.8}) == "int8, pruned"
    assert {technique(FIGURES), "int8, pruned"} <= set(pictures.COLOURS)


def test_a_picture_is_the_same_bytes_again_and_a_single_epoch_no_curve() -> None:
    curves = {
        "long": pd.DataFrame({"epoch": [1, 2], "accuracy": [0.5, 0.6]}),
        "single": pd.DataFrame({"epoch": [1], "accuracy": [0.5]}),
    }
    drawn = draw_history(curves)
    assert drawn == draw_history(curves)
    assert plt.imread(io.BytesIO(drawn)).size
    assert drawn != draw_history({"long": curves["long"]})  # the other one is named
    assert draw_history({"single": curves["single"]})


@pytest.mark.parametrize("classes", [["a", "b"], ["$x_{$", "a name that is long\n"], [f"class {n}" for n in range(40)]])
def test_a_confusion_shows_the_names_of_the_classes_whatever_they_are(classes: list[str]) -> None:
    pairs = list(product(range(len(classes)), repeat=2))
    table = pd.DataFrame([(i, j, 1 + i) for i, j in pairs], columns=["actual", "predicted", "images"])
    drawn = draw_confusion({"net": table}, classes)
    assert plt.imread(io.BytesIO(drawn)).size
    assert drawn != draw_confusion({"net": table}, [str(number) for number in range(len(classes))])


def test_class_names_stand_along_the_axis_and_are_thinned_where_they_are_many() -> None:
    for count, shown in ((10, 10), (40, 20)):
        figure, axes = plt.subplots()
        name_classes(axes.xaxis, [f"class {number}" for number in range(count)])
        labels_ = [label.get_text() for label in axes.get_xticklabels()]
        assert len(labels_) == shown
        assert labels_[1] == f"class {count // shown}"
        plt.close(figure)
