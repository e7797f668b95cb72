"""From an int8 .tflite model to self-contained C99: one header, one source, no heap, no library.

`generator.generate` is the way in. Nothing is imported here, so that who needs a small part loads no more than that.
"""
