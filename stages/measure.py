"""Measure one variant: all that is known of its model file, in one place."""

import argparse
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fewbytes import absent, metrics, params, variants
from fewbytes.command import run
from fewbytes.data import dataset, mistakes
from fewbytes.data import spec as specs
from fewbytes.data.dataset import accuracies
from fewbytes.files import write_bytes, write_csv, write_json, write_text
from fewbytes.measuring import chip, coding, micro, sizes
from fewbytes.metrics import Metrics
from fewbytes.model_files import weights
from fewbytes.runtimes import vela
from fewbytes.runtimes.litert import Classifier, read_model

PAIRS = ["actual", "predicted", "images"]
LATENCY_SECONDS = 0.1  # of single images; the median is said, and kept nowhere: it differs from run to run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant")
    parser.add_argument("zipped", type=Path, help="the file whose zip the essay's Table 1 counts")
    parser.add_argument(
        "start", type=Path, help="metrics of the chain's start; a model file where the chain starts here"
    )
    arguments = parser.parse_args()
    name, path = arguments.variant, Path(f"models/{arguments.variant}.tflite")
    why = absent.reason(path)
    if why is not None:
        write_text(variants.c_folder(name) / chip.WHY_NOT, f"{why}\n")
        write_csv(variants.confusion_path(name), PAIRS, [])
        write_csv(variants.mistakes_path(name), mistakes.HEADER, [])
        write_json(variants.metrics_path(name), {"status": f"{absent.MARK}{why}"})
        return
    images = params.load().measure.emulated_images
    model, zipped = read_model(path), sizes.read_whole(arguments.zipped)
    layers = weights.read(model, str(path))
    spec = specs.load()
    test, classes = dataset.load("test", spec), len(spec.classes)
    classifier = Classifier(model, str(path), spec, threads=1)

    start = None
    if arguments.start.suffix == ".json":
        start = metrics.require(metrics.load(arguments.start), sizes.COMPARED, str(arguments.start))
    scores, inputs = classifier.scores(test.inputs), classifier.inputs(test.inputs)
    figures: Metrics = {
        **accuracies(scores, test.labels),
        "test_images": len(test.inputs),
        **sizes.of_layers(layers),
        "model_bytes": len(model),
        "zip_bytes": sizes.zip_bytes(zipped, arguments.zipped.name),
    }
    if start is not None:
        figures |= sizes.compare(figures, start)

    folder = variants.c_folder(name)
    with ThreadPoolExecutor(1) as beside:  # TensorFlow Lite Micro takes longest, in processes of its own
        running = beside.submit(micro.measure, model, inputs, test.labels, scores)
        coded, content = coding.measure(layers, str(path))
        npu = vela.estimate(path)
        on_chip = chip.measure(
            model, path.name, name, folder, inputs, spec=spec, tflm=lambda: running.result()[1], images=images
        )
        figures |= {"tflm": running.result()[0], "npu": npu, "coded": coded}
    if on_chip is not None:
        figures["chip"] = on_chip
    if content is not None:
        write_bytes(folder / f"{name}.packed", content)
    pairs = dataset.confusion(test.labels, scores.argmax(axis=1), classes)
    write_csv(variants.confusion_path(name), PAIRS, pairs)
    write_csv(variants.mistakes_path(name), mistakes.HEADER, mistakes.mistakes(scores, test))
    write_json(variants.metrics_path(name), figures)
    latency = classifier.latency_us(test.inputs[:1], LATENCY_SECONDS)
    logging.info("%s: %.2f %%, %.1f µs an image on this machine", name, 100 * figures["accuracy"], latency)


if __name__ == "__main__":
    run(main)
