"""Rate a point of the frontier: the seed best on validation, all that is known of it, its C on emulated cores."""

import argparse

from fewbytes import frontier, params
from fewbytes.command import run
from fewbytes.data import dataset, mistakes
from fewbytes.data import spec as specs
from fewbytes.files import write_csv, write_json
from fewbytes.measuring import chip, verdicts
from fewbytes.runtimes.litert import Classifier, read_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("point")
    parser.add_argument("seeds", type=int, nargs="+")
    arguments = parser.parse_args()
    point = arguments.point
    images = params.load().measure.emulated_images
    figures, litert, micro = verdicts.rate_point(point, arguments.seeds)
    path = frontier.model_path(point, figures["seed"])
    model = read_model(path)
    folder = frontier.c_folder(point)
    spec = specs.load()
    test = dataset.load("test", spec)
    inputs = Classifier(model, str(path), spec).inputs(test.inputs)
    options = chip.least(model, path.name)  # as the coded sizes are
    figures["chip"] = chip.measure(
        model, path.name, point, folder, inputs, spec=spec, tflm=lambda: micro, images=images, options=options
    )
    write_csv(frontier.mistakes_path(point), mistakes.HEADER, mistakes.mistakes(litert, test))
    write_json(frontier.metrics_path(point), figures)


if __name__ == "__main__":
    run(main)
