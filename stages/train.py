"""Train a network from nothing on labels: the baseline, the teacher, or the student's control."""

import argparse
from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, networks, tflite
from fewbytes.networks.keras import make_deterministic
from fewbytes.training import recipes, training


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=recipes.SECTIONS)
    name = parser.parse_args().name
    settings = params.load()
    recipe = recipes.recipe_of(name, settings)
    spec = specs.load()
    networks.require_fit(settings, spec)
    make_deterministic(settings.seed)
    fitting, validation = dataset.load_fitting(
        spec, hold_out_validation=recipe.hold_out_validation, class_weights=settings.class_weights
    )
    model, history = recipes.train(recipe, recipes.SECTIONS[name], spec, fitting, validation)
    training.save_history(Path(f"metrics/history/{name}.csv"), history)
    keras_files.save(model, Path(f"models/{name}.h5"))
    write_bytes(Path(f"models/{name}.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
