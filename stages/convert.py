"""Quantize a trained model without further training: int8 throughout, or the dynamic range alone."""

import argparse
from pathlib import Path

from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="models/MODEL.h5 is what it starts from")
    parser.add_argument("to", choices=("full_integer", "dynamic_range"))
    parser.add_argument("variant", help="models/VARIANT.tflite is what it makes")
    arguments = parser.parse_args()
    model = keras_files.load(Path(f"models/{arguments.model}.h5"))
    if arguments.to == "full_integer":
        converted = tflite.to_full_integer(model, dataset.normalise(dataset.load_calibration()))
    else:
        converted = tflite.to_dynamic_range(model)
    write_bytes(Path(f"models/{arguments.variant}.tflite"), converted)


if __name__ == "__main__":
    run(main)
