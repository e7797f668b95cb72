"""Train the student on the labels and on the teacher's softened answers (Hinton et al. 2015; Borup 2020)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays, params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Inputs, Split
from fewbytes.data.spec import Spec
from fewbytes.files import write_bytes
from fewbytes.networks import folding, keras_files, networks, tflite
from fewbytes.networks.keras import keras, make_deterministic, tf
from fewbytes.training import distillation, training


def accuracy(targets: tf.Tensor, student_logits: tf.Tensor) -> tf.Tensor:
    return keras.metrics.sparse_categorical_accuracy(targets[:, 0], student_logits)


def distill(
    settings: params.Distill,
    spec: Spec,
    fitting: Split,
    validation: Split | None,
    teacher_logits: NDArray[np.float32],
) -> tuple[keras.Model, training.History]:
    """A student, its batch norms folded, and its history.

    teacher_logits: (n, classes), of the examples to fit, then of those to validate on.
    """
    model = networks.build(settings.student.network, spec, "distill.student.network")
    history = training.fit(
        model,
        *_pack(fitting, teacher_logits),
        settings.student,
        suspects={
            "distill.student.learning_rate": settings.student.learning_rate,
            "distill.temperature": settings.temperature,
        },
        validation=_pack(validation, teacher_logits[len(fitting.labels) :]) if validation else None,
        loss=distillation.loss(
            settings.alpha,
            settings.temperature,
            scale_by_temperature_squared=settings.scale_by_temperature_squared,
        ),
        metric=accuracy,
        weights=fitting.weights,
    )
    return folding.fold(model), history


def _pack(split: Split, teacher_logits: NDArray[np.float32]) -> tuple[Inputs, NDArray[np.float32]]:
    """The inputs, and targets as `distillation.loss` takes them."""
    return split.inputs, np.column_stack([split.labels, teacher_logits[: len(split.labels)]]).astype(np.float32)


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
    model, history = distill(settings.distill, spec, fitting, validation, teacher_logits)
    training.save_history(Path("metrics/history/student.csv"), history)
    keras_files.save(model, Path("models/student.h5"))
    write_bytes(Path("models/student.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
