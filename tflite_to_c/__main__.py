"""python -m tflite_to_c."""

import sys

from tflite_to_c.cli import main

if __name__ == "__main__":
    sys.exit(main())
