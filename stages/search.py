"""Search for the fewest weights a network can do with: train on in rounds, within a budget of accuracy."""

import argparse
from pathlib import Path

from fewbytes import absent, params
from fewbytes.command import run
from fewbytes.compression import searching, support
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, layers
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
    made, table = Path(f"models/{variant}.tflite"), Path(f"metrics/search/{variant}.csv")
    model = keras_files.load(Path(f"models/{start}.h5"), spec)
    layers.require(model, recipe.layers, f"{section}.layers")
    with absent.noted([made], [table]):
        support.require(model, "search")
        train = dataset.load("train", spec, class_weights=settings.class_weights)
        validation = dataset.load("validation", spec)
        content, rounds = searching.searched(model, recipe, train, validation, section=section)
        searching.save_rounds(table, rounds)
        write_bytes(made, content)


if __name__ == "__main__":
    run(main)
