"""Fit one network of the frontier with one seed, or with several, each in a process and on a core of its own."""

import argparse
import os
import signal
import subprocess
import sys
import time

import numpy as np

from fewbytes import arrays, frontier, frontier_params
from fewbytes.command import InputError, run
from fewbytes.compression import small
from fewbytes.cores import ONE_CORE
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.data.dataset import accuracy
from fewbytes.files import write_bytes, write_json
from fewbytes.runtimes.litert import Classifier


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


def load(name: str) -> tuple[frontier_params.Params, frontier_params.Point, small.Data]:
    """Raises InputError, one line, for what is missing or damaged."""
    settings = frontier_params.load()
    point = frontier_params.require_point(settings.points, name)
    spec = specs.load()
    train, validation = dataset.load_raw("train", spec), dataset.load("validation", spec)
    shape = (settings.teachers[point.teacher].copies, len(train.inputs), len(spec.classes))
    logits = arrays.load(frontier.logits_path(point.teacher), shape, np.float16)
    return settings, point, small.Data(spec, train, validation, logits)


def fit(name: str, seed: int) -> None:
    settings, point, data = load(name)
    model, figures = small.fit(point, settings, seed, data, name)
    path = frontier.model_path(name, seed)
    scores = Classifier(model, str(path), data.spec).scores(data.validation.inputs)
    write_bytes(path, model)
    write_json(frontier.fit_path(name, seed), figures | {"val_accuracy": accuracy(scores, data.validation.labels)})


def fit_each(name: str, seeds: list[int]) -> None:
    """On as many cores as there are. Raises InputError where a process fails; it says why itself."""
    load(name)  # what is wrong with the inputs is said once
    signal.signal(signal.SIGTERM, _stop)  # so that no process is left behind
    waiting, running, failed = list(seeds), dict[int, subprocess.Popen[bytes]](), list[str]()
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


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    run(main)
