"""Quantize to int8 throughout by quantization-aware training; zeros and shared weights are kept."""

import argparse
from pathlib import Path

from fewbytes import absent, params
from fewbytes.command import run
from fewbytes.compression import quantization, support
from fewbytes.data import dataset
from fewbytes.data import spec as specs
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
    made, table = Path(f"models/{variant}.tflite"), Path(f"metrics/history/{variant}.csv")
    settings = params.load()
    make_deterministic(settings.seed)
    spec = specs.load()
    model = keras_files.load(Path(f"models/{start}.h5"), spec)
    with absent.noted([made], [table]):
        support.require(model, "quantize")
        train = dataset.load("train", spec, class_weights=settings.class_weights)
        validation = dataset.load("validation", spec)
        aware, history = quantization.train_aware(model, start, settings.quantize, train, validation)
        training.save_history(table, history)
        write_bytes(made, tflite.to_full_integer(aware))


if __name__ == "__main__":
    run(main)
