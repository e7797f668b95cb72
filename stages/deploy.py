"""Put a point of the frontier on a chip: its C, and what that takes on an emulated Cortex-M4."""

import argparse

from fewbytes import frontier, metrics, params
from fewbytes.command import InputError, run
from fewbytes.data import dataset
from fewbytes.files import write_all, write_json
from fewbytes.runtimes import cortex, tflm
from fewbytes.runtimes.cortex import DoesNotFitError
from fewbytes.runtimes.litert import Classifier, read_model
from tflite_to_c import reader, source

CORE = "cortex-m4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("point")
    point = parser.parse_args().point
    images = params.load().emulate.images
    cortex.require_tools()
    rated = frontier.metrics_path(point)
    path = frontier.model_path(point, metrics.require(metrics.load(rated), ["seed"], str(rated))["seed"])
    model = read_model(path)
    name = source.identifier(point)
    written = source.write(reader.read(model, str(path)), name, path.name)
    folder = frontier.FOLDER / "c" / point
    write_all({folder / f"{name}.h": written.header, folder / f"{name}.c": written.code})

    inputs = Classifier(model, str(path)).inputs(dataset.load("test").images[:images])
    try:
        measured = cortex.measure(cortex.classifier(folder, name), CORE, inputs)
    except DoesNotFitError as reason:
        raise InputError(f"{point}: {reason}") from None
    if tflm.available() and (measured.outputs != tflm.scores(model, inputs)).any():
        raise InputError(f"{folder / name}.c: its outputs are not those of TensorFlow Lite Micro")
    write_json(frontier.chip_path(point), measured.figures())


if __name__ == "__main__":
    run(main)
