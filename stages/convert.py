"""Convert a trained model to int8 throughout, without further training: the form a microcontroller takes."""

import argparse
from pathlib import Path

from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="the model's file in models/, without its ending")
    name = parser.parse_args().name
    model = keras_files.load(Path(f"models/{name}.h5"))
    write_bytes(Path(f"models/{name}_full_integer.tflite"), tflite.to_full_integer(model, dataset.load_calibration()))


if __name__ == "__main__":
    run(main)
