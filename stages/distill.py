"""Train the student on the labels and on the teacher's softened answers (Hinton et al. 2015; Borup 2020)."""

from pathlib import Path

import numpy as np

from fewbytes import arrays, params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite
from fewbytes.networks.keras import make_deterministic
from fewbytes.training import recipes, training


def main() -> None:
    settings = params.load()
    make_deterministic(settings.seed)
    spec = specs.load()
    fitting, validation = dataset.load_fitting(
        spec,
        hold_out_validation=settings.distill.student.hold_out_validation,
        class_weights=settings.class_weights,
    )
    examples = len(fitting.inputs) + (len(validation.inputs) if validation else 0)
    teacher_logits = arrays.load(Path("models/teacher_logits.npy"), (examples, len(spec.classes)), np.float32)
    model, history = recipes.distill(settings.distill, spec, fitting, validation, teacher_logits)
    training.save_history(Path("metrics/history/student.csv"), history)
    keras_files.save(model, Path("models/student.h5"))
    write_bytes(Path("models/student.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
