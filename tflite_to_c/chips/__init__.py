"""What a program takes on a microcontroller's core: cross-compiled, emulated in this process, counted.

All it needs comes from PyPI (the extra `chips`): ziglang compiles, unicorn emulates, capstone decodes.
"""

from tflite_to_c.chips.measurement import ESTIMATE, Measured, measure
from tflite_to_c.chips.program import CORES, Program, generated

__all__ = ["CORES", "ESTIMATE", "Measured", "Program", "generated", "measure"]
