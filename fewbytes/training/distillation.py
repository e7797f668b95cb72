"""The loss by which a student learns from a teacher."""

from collections.abc import Callable

from fewbytes.networks.keras import keras, tf


def loss(
    alpha: float, temperature: float, *, scale_by_temperature_squared: bool
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """alpha · cross-entropy(labels, student) + (1 - alpha) · KL(teacher ∥ student), both softened by `temperature`.

    The loss takes targets (n, 1 + classes), a label beside the teacher's logits, and the student's logits (n, classes),
    and returns one value an example. Hinton et al. (2015, sec. 2) multiply the second term by T², so that its gradients
    keep their size as T grows; the essay does not.
    """
    scale = temperature**2 if scale_by_temperature_squared else 1.0

    def distilled(targets: tf.Tensor, student_logits: tf.Tensor) -> tf.Tensor:
        labels, teacher_logits = targets[:, 0], targets[:, 1:]
        from_labels = keras.losses.sparse_categorical_crossentropy(labels, student_logits, from_logits=True)
        from_teacher = keras.losses.kl_divergence(
            tf.nn.softmax(teacher_logits / temperature), tf.nn.softmax(student_logits / temperature)
        )
        return alpha * from_labels + (1 - alpha) * scale * from_teacher

    return distilled
