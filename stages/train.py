"""Train a network from nothing on labels: the baseline, the teacher, or the student's control."""

import argparse
from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.spec import Spec
from fewbytes.files import write_bytes
from fewbytes.networks import folding, keras_files, networks, tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.training import training

SECTIONS = {  # of params.yaml; the control takes the student's own recipe, so that the teacher is the only difference
    "baseline": "train.baseline",
    "teacher": "train.teacher",
    "student_without_teacher": "distill.student",
}


def recipe_of(name: str, settings: params.Params) -> params.Recipe:
    match name:
        case "baseline":
            return settings.train.baseline
        case "teacher":
            return settings.train.teacher
        case _:
            return settings.distill.student


def train(
    recipe: params.Recipe, section: str, spec: Spec, fitting: Split, validation: Split | None
) -> tuple[keras.Model, training.History]:
    """A model, its batch norms folded, and its history. section: where `recipe` stands in params.yaml."""
    model = networks.build(recipe.network, spec, f"{section}.network")
    suspects = {f"{section}.learning_rate": recipe.learning_rate}
    history = training.fit(
        model,
        fitting.inputs,
        fitting.labels,
        recipe,
        suspects=suspects,
        validation=validation,
        weights=fitting.weights,
    )
    return folding.fold(model), history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SECTIONS)
    name = parser.parse_args().name
    settings = params.load()
    recipe = recipe_of(name, settings)
    spec = specs.load()
    networks.require_fit(settings, spec)
    make_deterministic(settings.seed)
    fitting, validation = dataset.load_fitting(
        spec, hold_out_validation=recipe.hold_out_validation, class_weights=settings.class_weights
    )
    model, history = train(recipe, SECTIONS[name], spec, fitting, validation)
    training.save_history(Path(f"metrics/history/{name}.csv"), history)
    keras_files.save(model, Path(f"models/{name}.h5"))
    write_bytes(Path(f"models/{name}.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
