"""tfmot comes with Keras 2, and leaves Keras 3 to those who import it."""

import subprocess
import sys

SCRIPT = """
import sys
from fewbytes.compression.tfmot import tfmot
assert "keras" not in sys.modules
tfmot.sparsity.keras.ConstantSparsity(0.5, 0)
import keras
print(keras.__version__)
"""


def test_keras_3_is_not_imported_and_can_be() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("3.")
