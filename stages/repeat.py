"""Train student and control with more seeds: what rests on one seed is no finding."""

from pathlib import Path

import numpy as np

from fewbytes import arrays, params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_csv
from fewbytes.networks import tflite
from fewbytes.networks.keras import make_deterministic
from fewbytes.runtimes import litert
from fewbytes.runtimes.litert import read_model
from fewbytes.training import recipes

STUDENT, CONTROL = "student", "student_without_teacher"


def main() -> None:
    settings, spec = params.load(), specs.load()
    recipe = settings.distill.student
    fitting, validation = dataset.load_fitting(
        spec, hold_out_validation=recipe.hold_out_validation, class_weights=settings.class_weights
    )
    examples = len(fitting.inputs) + (len(validation.inputs) if validation else 0)
    logits = arrays.load(Path("models/teacher_logits.npy"), (examples, len(spec.classes)), np.float32)
    test = dataset.load("test", spec)

    def accuracy(model: bytes, name: str) -> float:
        return litert.accuracy(model, name, test, spec)

    # Those of the first seed are trained already.
    paths = [Path(f"models/{name}.tflite") for name in (STUDENT, CONTROL)]
    rows = [(settings.seed, *(accuracy(read_model(path), str(path)) for path in paths))]
    for seed in range(settings.seed + 1, settings.seed + settings.repeats.student):
        make_deterministic(seed)
        student, _ = recipes.distill(settings.distill, spec, fitting, validation, logits)
        make_deterministic(seed)
        control, _ = recipes.train(recipe, recipes.SECTIONS[CONTROL], spec, fitting, validation)
        rows.append((seed, *(accuracy(tflite.to_float(model), str(seed)) for model in (student, control))))
    write_csv(Path("metrics/repeats.csv"), ["seed", STUDENT, CONTROL], rows)


if __name__ == "__main__":
    run(main)
