"""Search for the fewest weights a network can do with: prune and retrain in rounds, within a budget of accuracy."""

import argparse
from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.compression import searching
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_bytes
from fewbytes.model_files import dead, slim
from fewbytes.networks import keras_files, layers, tflite
from fewbytes.networks.keras import make_deterministic


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", help="models/START.h5 is what it begins with, and its own teacher")
    parser.add_argument(
        "variant", help="a section of params.yaml, under search; models/VARIANT.tflite is what it makes"
    )
    arguments = parser.parse_args()
    start, variant = arguments.start, arguments.variant
    settings = params.load()
    section = f"search.{variant}"
    recipe = settings.search.recipe(variant)
    make_deterministic(settings.seed)
    spec = specs.load()
    model = keras_files.load(Path(f"models/{start}.h5"), spec)
    layers.require(model, recipe.layers, f"{section}.layers")
    train = dataset.load("train", spec, class_weights=settings.class_weights)
    validation = dataset.load("validation", spec)
    teacher_logits = searching.logits(model, train.inputs)
    aware, rounds = searching.search(model, recipe, train, validation, teacher_logits, section=section)
    searching.save_rounds(Path(f"metrics/search/{variant}.csv"), rounds)
    write_bytes(Path(f"models/{variant}.tflite"), slim.slim(dead.fold(tflite.to_full_integer(aware))))


if __name__ == "__main__":
    run(main)
