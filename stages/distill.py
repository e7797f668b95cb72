"""Train the student on the labels and on the teacher's softened answers (Hinton et al. 2015; Borup 2020)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.shared import arrays, dataset, keras_files, networks, params, tflite, training
from stages.shared.command import run
from stages.shared.dataset import CLASSES, Images, Split
from stages.shared.files import write_bytes
from stages.shared.keras import keras, make_deterministic, tf


def distillation_loss(
    alpha: float, temperature: float, scale_by_temperature_squared: bool
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """alpha · cross-entropy(labels, student) + (1 - alpha) · KL(teacher ∥ student), both softened by `temperature`.

    The loss takes targets (n, 1 + 10), a label beside the teacher's logits, and the student's logits (n, 10), and
    returns one value an image. Hinton et al. (sec. 2) multiply the second term by T², so that its gradients keep
    their size as T grows; the essay does not.
    """
    scale = temperature**2 if scale_by_temperature_squared else 1.0

    def loss(targets: tf.Tensor, student_logits: tf.Tensor) -> tf.Tensor:
        labels, teacher_logits = targets[:, 0], targets[:, 1:]
        from_labels = keras.losses.sparse_categorical_crossentropy(labels, student_logits, from_logits=True)
        from_teacher = keras.losses.kl_divergence(
            tf.nn.softmax(teacher_logits / temperature), tf.nn.softmax(student_logits / temperature)
        )
        return alpha * from_labels + (1 - alpha) * scale * from_teacher

    return loss


def accuracy(targets: tf.Tensor, student_logits: tf.Tensor) -> tf.Tensor:
    return keras.metrics.sparse_categorical_accuracy(targets[:, 0], student_logits)


def distill(
    settings: params.Distill, fitting: Split, validation: Split | None, teacher_logits: NDArray[np.float32]
) -> tuple[keras.Model, training.History]:
    """A student and its history. teacher_logits: (n, 10), of the images to fit, then of those to validate on."""
    model = networks.build(settings.student.network)
    history = training.fit(
        model,
        *_pack(fitting, teacher_logits),
        settings.student,
        validation=_pack(validation, teacher_logits[len(fitting.labels) :]) if validation else None,
        loss=distillation_loss(settings.alpha, settings.temperature, settings.scale_by_temperature_squared),
        metric=accuracy,
    )
    return model, history


def _pack(split: Split, teacher_logits: NDArray[np.float32]) -> tuple[Images, NDArray[np.float32]]:
    """The images, and targets as `distillation_loss` takes them."""
    return split.images, np.column_stack([split.labels, teacher_logits[: len(split.labels)]]).astype(np.float32)


def main() -> None:
    settings = params.load()
    make_deterministic(settings.seed)
    fitting, validation = dataset.load_fitting(hold_out_validation=settings.distill.student.hold_out_validation)
    images = len(fitting.images) + (len(validation.images) if validation else 0)
    teacher_logits = arrays.load(Path("models/teacher_logits.npy"), (images, CLASSES), np.float32)
    model, history = distill(settings.distill, fitting, validation, teacher_logits)
    training.save_history(Path("metrics/history/student.csv"), history)
    keras_files.save(model, Path("models/student.h5"))
    write_bytes(Path("models/student.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
