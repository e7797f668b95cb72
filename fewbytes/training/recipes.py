"""Networks trained from nothing, on labels or on a teacher's answers too, as params.yaml says."""

import numpy as np
from numpy.typing import NDArray

from fewbytes import params
from fewbytes.data.dataset import Inputs, Split
from fewbytes.data.spec import Spec
from fewbytes.networks import folding, networks
from fewbytes.networks.keras import keras, tf
from fewbytes.training import distillation, training

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
