"""Keras 2, set up once: tfmot accepts no other, and TensorFlow reads these variables while it is imported."""

import gc
import os
import sys

from fewbytes.quiet import quiet

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # off by default on many CPUs; the teacher trains a third faster with it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

gc.disable()  # what these imports make is there for good: searching it for garbage took a quarter of their time
with quiet():
    import tensorflow as tf
    import tf_keras as keras
    from absl import logging

    tf.config.set_visible_devices([], "GPU")  # what the project reports must be reproducible on a CPU
    logging.set_verbosity(logging.ERROR)
    tf.get_logger().setLevel("ERROR")
gc.freeze()
gc.enable()

__all__ = ["keras", "make_deterministic", "progress", "quiet", "tf"]


def make_deterministic(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and forbid kernels whose result depends on timing."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def progress() -> int:
    """Keras's `verbose`: a bar in a terminal, a line an epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2
