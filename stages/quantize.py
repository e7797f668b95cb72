"""Quantize to int8 throughout by quantization-aware training; zeros and shared weights are kept."""

import argparse
from pathlib import Path

from fewbytes import absent, params
from fewbytes.command import run
from fewbytes.compression import quantization, support
from fewbytes.data import dataset
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite
from fewbytes.networks.keras import make_deterministic
from fewbytes.training import training


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", choices=quantization.SCHEMES, help="what models/START.h5 is, and keeps being")
    parser.add_argument("variant", help="models/VARIANT.tflite is what it makes")
    arguments = parser.parse_args()
    start, variant = arguments.start, arguments.variant
    made, told = Path(f"models/{variant}.tflite"), Path(f"metrics/history/{variant}.csv")
    settings = params.load()
    make_deterministic(settings.seed)
    model = keras_files.load(Path(f"models/{start}.h5"))
    with absent.noted([made], [told]):
        support.require(model, "quantize")
        train, validation = dataset.load("train"), dataset.load("validation")
        aware, history = quantization.train_aware(model, start, settings.quantize, train, validation)
        training.save_history(told, history)
        write_bytes(made, tflite.to_full_integer(aware))


if __name__ == "__main__":
    run(main)
