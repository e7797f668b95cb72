"""Compare our generated C with BakeNN's on the same models, compiled and emulated in the same way, in one run."""

import argparse
import logging
from importlib.metadata import version
from pathlib import Path

from fewbytes import metrics, params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_json
from fewbytes.measuring import benchmark, chip
from fewbytes.metrics import Metrics
from fewbytes.runtimes.litert import Classifier, read_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="+")
    names = parser.parse_args().variants
    count = params.load().measure.emulated_images
    spec = specs.load()
    examples = dataset.load("test", spec).inputs[:count]
    compared: Metrics = {}
    for name in names:
        path, folder = Path(f"models/{name}.tflite"), Path("models/c") / name
        if (folder / chip.WHY_NOT).exists():
            continue
        model = read_model(path)
        inputs = Classifier(model, str(path), spec).inputs(examples)
        compared[name] = benchmark.compare(model, folder, name, inputs, spec)
        if "refused" in compared[name]:
            logging.info("%s: BakeNN refuses it: %s", name, compared[name]["refused"])
        else:
            same = compared[name]["same_outputs_images"]
            logging.info("%s: same outputs as BakeNN on %d of %d images", name, same, len(examples))
    found = {**compared, "how": benchmark.how(), "bakenn_version": version("bakenn")}
    write_json(metrics.FOLDER / "benchmark.json", found)


if __name__ == "__main__":
    run(main)
