"""Fit one network of the frontier with one seed."""

import argparse

import numpy as np

from fewbytes import arrays, frontier, frontier_params
from fewbytes.command import run
from fewbytes.compression import small
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import accuracy
from fewbytes.files import write_bytes, write_json
from fewbytes.runtimes.litert import Classifier


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("point", help="a name in frontier/params.yaml, under points")
    parser.add_argument("seed", type=int)
    arguments = parser.parse_args()
    settings = frontier_params.load()
    point = frontier_params.require_point(settings.points, arguments.point)
    spec = specs.load()
    train, validation = dataset.load_raw("train", spec), dataset.load("validation", spec)
    shape = (settings.teacher.copies, len(train.inputs), len(spec.classes))
    logits = arrays.load(frontier.LOGITS, shape, np.float16)
    data = small.Data(spec, train, validation, logits)
    model, figures = small.fit(point, settings, arguments.seed, data, arguments.point)
    path = frontier.model_path(arguments.point, arguments.seed)
    scores = Classifier(model, str(path), spec).scores(validation.inputs)
    write_bytes(path, model)
    write_json(
        frontier.fit_path(arguments.point, arguments.seed),
        figures | {"val_accuracy": accuracy(scores, validation.labels)},
    )


if __name__ == "__main__":
    run(main)
