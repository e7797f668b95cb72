"""Jobs for tests of workers; they travel to them by name."""

import os
import signal
import time
from pathlib import Path

from fewbytes.command import InputError
from fewbytes.compression import small
from fewbytes.data.spec import Spec
from fewbytes.exploring import candidates
from fewbytes.exploring.trials import Figures
from fewbytes.frontier_params import Params, Point, Rung


def double(value: int) -> int:
    return 2 * value


def refuse(reason: str) -> None:
    raise InputError(reason)


def die_once(path: str) -> int:
    """The worker is killed the first time, as the system does when memory runs out."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def held(value: int, begun: str, released: str) -> int:
    """Ends once `released` is there. Leaves a line when it begins: value, parent of a machine's workers, process."""
    with Path(begun).open("a") as file:
        file.write(f"{value} {os.getppid()} {os.getpid()}\n")
    while not Path(released).exists():
        time.sleep(0.05)
    return value


def measure(point: Point, spec: Spec, bounds: candidates.Limits) -> Figures:
    """As long as its description is."""
    del spec, bounds
    return Figures(len(str(point.blocks)), 10, 10, 10, "made up", 0)


def fit(point: Point, rung: Rung, settings: Params, data: small.Data) -> float:
    """Takes a moment, in which it can be killed."""
    del settings, data
    time.sleep(0.2)
    return rung.images * (len(str(point.blocks)) % 97) / 97
