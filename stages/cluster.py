"""Share weights: each layer of the pruned network keeps a few values beside zero."""

from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.compression import clustering
from fewbytes.data import dataset
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite
from fewbytes.networks.keras import make_deterministic
from fewbytes.training import training


def main() -> None:
    settings = params.load()
    make_deterministic(settings.seed)
    pruned = keras_files.load(Path("models/pruned.h5"))
    model, history = clustering.cluster(pruned, settings.cluster, dataset.load("train"), dataset.load("validation"))
    training.save_history(Path("metrics/history/clustered.csv"), history)
    keras_files.save(model, Path("models/clustered.h5"))
    write_bytes(Path("models/clustered.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
