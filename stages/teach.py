"""Train a teacher of the frontier, and keep its logits on augmented copies of the training images."""

import argparse

from fewbytes import arrays, frontier, frontier_params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_json
from fewbytes.networks import keras_files
from fewbytes.training import teacher


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", help="a name in frontier/params.yaml, under teachers")
    name = parser.parse_args().teacher
    settings = frontier_params.load()
    recipe = frontier_params.require_teacher(settings.teachers, name)
    spec = specs.load()
    train, validation = dataset.load_raw("train", spec), dataset.load("validation", spec)
    model, accuracy = teacher.teach(recipe, settings.augment, settings.seed, train, validation, spec=spec, name=name)
    keras_files.save(model, frontier.teacher_path(name))
    logits = teacher.logits(model, recipe, settings.augment, train.inputs, spec)
    arrays.save(frontier.logits_path(name), logits)
    write_json(frontier.taught_path(name), {"parameters": model.count_params(), "val_accuracy": accuracy})


if __name__ == "__main__":
    run(main)
