"""Which layers of the baseline bear compression: one at a time, without retraining."""

from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.compression import sensitivity
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_csv
from fewbytes.networks import keras_files


def main() -> None:
    settings = params.load()
    spec = specs.load()
    baseline = keras_files.load(Path("models/baseline.h5"), spec)
    rows = sensitivity.scan(baseline, settings.scan, dataset.load("validation", spec))
    write_csv(Path("metrics/sensitivity.csv"), sensitivity.Row._fields, rows)


if __name__ == "__main__":
    run(main)
