"""TensorFlow Model Optimization, set up once: with the Keras 2 of fewbytes.networks.keras, and without Keras 3.

It asks for a module that Keras 3 does not have, and goes on without; to import Keras 3 for that takes half a second.
"""

import gc
import sys
from typing import Any

import fewbytes.networks.keras  # noqa: F401 - sets variables that TensorFlow reads while it is imported

__all__ = ["tfmot"]

_keras3: Any = sys.modules.get("keras")
sys.modules["keras"] = None  # type: ignore[assignment]  # an import of it fails at once
gc.disable()
try:
    import tensorflow_model_optimization as tfmot
finally:
    gc.enable()
    if _keras3 is None:
        del sys.modules["keras"]
    else:
        sys.modules["keras"] = _keras3
