"""Turn a full-int8 .tflite model into self-contained C99: one header, one source, no heap, no library."""

import argparse
import logging
from pathlib import Path

from fewbytes.command import InputError, printable, run
from fewbytes.files import write_all
from tflite_to_c import generate, identifier


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a .tflite file, int8 throughout")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the folder to write NAME.h and NAME.c into")
    parser.add_argument("--name", help="prefix of file and function names; by default the model's own name")
    arguments = parser.parse_args()
    name = identifier(arguments.name or arguments.model.stem)
    try:
        model = arguments.model.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{arguments.model}: not found") from None
    written = generate(model, printable(arguments.model.name), name)
    write_all({arguments.output / f"{name}.h": written.header, arguments.output / f"{name}.c": written.code})
    logging.info("%s: %s.h and %s.c", arguments.output, name, name)


if __name__ == "__main__":
    run(main)
