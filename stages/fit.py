"""Fit one network of the frontier with one seed, or with several, each in a process and on a core of its own."""

import argparse
import os
import subprocess
import sys
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays, frontier, frontier_params
from fewbytes.command import InputError, run
from fewbytes.cores import ONE_CORE
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.spec import Spec
from fewbytes.files import write_bytes, write_json
from fewbytes.runtimes import litert


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("point", help="a name in frontier/params.yaml, under points")
    parser.add_argument("seeds", type=int, nargs="+", metavar="seed")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # in a process that has one core already
    arguments = parser.parse_args()
    if arguments.here:
        fit(arguments.point, *arguments.seeds)
    else:
        fit_each(arguments.point, arguments.seeds)


class Loaded(NamedTuple):
    """train: raw. logits: (copies, n, classes), the teacher's of the training examples."""

    settings: frontier_params.Params
    point: frontier_params.Point
    spec: Spec
    train: Split
    validation: Split
    logits: NDArray[np.float16]


def load(name: str) -> Loaded:
    """Raises InputError, one line, for what is missing or damaged."""
    settings = frontier_params.load()
    point = frontier_params.require_point(settings.points, name)
    spec = specs.load()
    train, validation = dataset.load_raw("train", spec), dataset.load("validation", spec)
    shape = (settings.teachers[point.teacher].copies, len(train.inputs), len(spec.classes))
    logits = arrays.load(frontier.logits_path(point.teacher), shape, np.float16)
    return Loaded(settings, point, spec, train, validation, logits)


def fit(name: str, seed: int) -> None:
    from fewbytes.compression import small  # noqa: PLC0415 - with TensorFlow, which only those need that train

    settings, point, *_ = loaded = load(name)
    data = small.Data(loaded.spec, loaded.train, loaded.validation, loaded.logits)
    model, figures = small.fit(point, settings, seed, data, name)
    path = frontier.model_path(name, seed)
    accuracy = litert.accuracy(model, str(path), data.validation, data.spec)
    write_bytes(path, model)
    write_json(frontier.fit_path(name, seed), figures | {"val_accuracy": accuracy})


def fit_each(name: str, seeds: list[int]) -> None:
    """On as many cores as there are. Raises InputError where a process fails; it says why itself."""
    load(name)  # what is wrong with the inputs is said once
    waiting, running, failed = list(dict.fromkeys(seeds)), dict[int, subprocess.Popen[bytes]](), list[str]()
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                seed = waiting.pop(0)
                command = [sys.executable, "-m", "stages.fit", name, str(seed), "--here"]
                running[seed] = subprocess.Popen(command, env=os.environ | ONE_CORE)
            for seed in [seed for seed, process in running.items() if process.poll() is not None]:
                if running.pop(seed).returncode:
                    failed.append(str(seed))
            time.sleep(0.1)
    finally:
        for process in running.values():
            process.terminate()
            process.wait()
    if failed:
        raise InputError(f"{name}: seed {', '.join(sorted(failed))} failed, see above")


if __name__ == "__main__":
    run(main)
