"""The generator as one function."""

from tflite_to_c import reader, source
from tflite_to_c.source import Normalisation, Source


def generate(model: bytes, origin: str, name: str, normalisation: Normalisation | None = None) -> Source:
    """C that computes what `model` computes, bit for bit as TensorFlow Lite Micro.

    origin: the model's file, named in messages and comments. name: the prefix of all that is public.
    normalisation: how raw values became the real ones of the input, for the header to say.
    Raises InputError, naming operator, tensor and layer, for what is not covered, and for damaged files.
    """
    return source.write(reader.read(model, origin), name, origin, normalisation)
