"""Jobs on all cores of this machine, or of the cluster that RAY_ADDRESS names, by Ray.

A job is a function of one of the modules here and its arguments. A worker or a machine that is lost is replaced, and
what it did is done again; what a job raises for a user comes back as its reason.
"""

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import ray
from ray import ObjectRef
from ray.exceptions import RayError

from fewbytes.command import InputError, one_line, printable
from fewbytes.cores import ONE_CORE

PATIENCE = 10  # seconds for a cluster to answer
RETRIES = 3  # of a job whose worker is lost
PACKAGES = Path(__file__).parents[1], Path(__file__).parents[2] / "tflite_to_c"  # the code that travels to the workers


class Job(NamedTuple):
    """arguments: values, or what `Workers.share` gives."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


class Result(NamedTuple):
    """value, or why there is none."""

    value: Any
    failure: str | None = None


def _attempt(function: Callable[..., Any], *arguments: Any) -> Result:
    try:
        return Result(function(*arguments))
    except InputError as error:
        return Result(None, str(error))
    except MemoryError:
        return Result(None, "out of memory")


class Workers:
    def __init__(self) -> None:
        self._attempt = ray.remote(num_cpus=1, max_retries=RETRIES)(_attempt)
        self._running: dict[ObjectRef[Any], Any] = {}

    @property
    def slots(self) -> int:
        """Jobs that run at once."""
        return max(1, int(ray.cluster_resources().get("CPU", 1)))

    def share(self, value: Any) -> Any:
        """Once to each machine, for all jobs that are given it."""
        return ray.put(value)

    def start(self, job: Job, key: Any) -> None:
        """key: what `next` gives with its result."""
        self._running[self._attempt.remote(job.function, *job.arguments)] = key

    def next(self) -> tuple[Any, Result]:
        """The job that ends next."""
        (ref, *_), _ = ray.wait(list(self._running), num_returns=1)
        key = self._running.pop(ref)
        try:
            return key, ray.get(ref)
        except RayError as error:  # lost more often than it is tried again, or a fault of ours
            return key, Result(None, one_line(str(error).strip().splitlines()[-1]))


@contextmanager
def started() -> Iterator[Workers]:
    """Workers of this machine alone, or of RAY_ADDRESS's cluster. Raises InputError where that does not answer."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS", "local")
    runtime = {"env_vars": ONE_CORE, "py_modules": [str(path) for path in PACKAGES]}
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == "local":
        quiet["include_dashboard"] = False
    try:
        _require_listener(address)
        ray.init(address, runtime_env=runtime, **quiet)
    except (RayError, OSError, ValueError, RuntimeError) as error:
        raise InputError(f"Ray at {printable(address)}: {one_line(error)}") from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: Ray's own prints its C++ stack
    try:
        yield Workers()
    finally:
        ray.shutdown()


def _require_listener(address: str) -> None:
    """Raises OSError where nobody listens there: Ray would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), PATIENCE).close()
