"""A pipeline killed at any moment, again and again: a rerun goes on, and ends where an undisturbed run does."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.attack.outcome import Outcome
from tests.pipeline.project import ENVIRONMENT, make_project, run, succeed

LOCK = "dvc.lock"
MADE = ("data", "metrics", "models", LOCK, ".dvc/cache")
AT_MOST = 500  # seconds a run may take
Process = subprocess.Popen[bytes]
Kill = Callable[[Process, Path, random.Random], bool]  # whether it was killed, not through already


def attack(count: int, seed: int) -> Outcome:
    """Kill a shrunk pipeline `count` times, and hold what it makes against another's that nobody killed."""
    with TemporaryDirectory() as folder:
        reference, project = (Path(folder) / name for name in ("reference", "killed"))
        reference.mkdir()
        make_project(reference)
        shutil.copytree(reference, project)
        succeed(reference, "dvc", "repro")
        return kill(project, reference, count, seed)


def kill(project: Path, reference: Path, count: int, seed: int, targets: Sequence[str] = ()) -> Outcome:
    """Kill the pipeline of `project` `count` times, starting from nothing whenever it got through, then compare.

    reference: the same project, its pipeline run. targets: the stages to run, with what they need; else all.
    """
    outcome, chance = Outcome(), random.Random(seed)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background job it is ignored, and that is inherited
    _start_anew(project)
    while outcome.counts.total() - outcome.counts["starts from nothing"] < count and not outcome.failures:
        name = chance.choice(list(KILLS))
        succeed(project, sys.executable, "-m", "fewbytes", "restore-lock")
        log = project.parent / "output.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["dvc", "repro", *targets],
                cwd=project,
                env=ENVIRONMENT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        killed = KILLS[name](process, project, chance)
        said = log.read_text(errors="replace")
        if killed:
            outcome.counts[name] += 1
        elif process.returncode == 0:
            outcome.counts["starts from nothing"] += 1
            _start_anew(project)
        else:
            outcome.fail(f"after {outcome.counts.total()} kills a run failed: {said[-2000:]}")
        if 'File "' in said and "/stages/" in said.partition("Traceback")[2]:
            outcome.fail(f"kill {outcome.counts.total()}, {name}: {said[-2000:]}")
    outcome.failures += _differences(project, reference, targets)
    return outcome


def _start_anew(project: Path) -> None:
    for name in MADE:
        path = project / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    succeed(project, "git", "checkout", "--quiet", "--", ".")


def _after_a_while(sent: signal.Signals, to: Callable[[int, int], None]) -> Kill:
    def send(process: Process, project: Path, chance: random.Random) -> bool:
        del project
        return _end(process, sent, to, chance.uniform(1, 9))

    return send


def _while_it_writes(process: Process, project: Path, chance: random.Random) -> bool:
    before = _changed(project / LOCK)
    while process.poll() is None and _changed(project / LOCK) == before:
        time.sleep(0.0005)
    return _end(process, signal.SIGKILL, os.killpg, chance.choice((0, 0.001, 0.01, 0.1)))


def _cut(process: Process, project: Path, chance: random.Random) -> bool:
    killed = _end(process, signal.SIGKILL, os.killpg, chance.uniform(1, 9))
    lock = project / LOCK
    if killed and lock.exists() and lock.stat().st_size:
        lock.write_bytes(lock.read_bytes()[: chance.randrange(lock.stat().st_size)])
    return killed


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _end(process: Process, sent: signal.Signals, to: Callable[[int, int], None], seconds: float) -> bool:
    """Send a signal after so many seconds, and wait for the end; whether the process was there still."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return False
    to(process.pid, sent)
    process.wait(AT_MOST)
    return True


KILLS: dict[str, Kill] = {
    "Ctrl-C": _after_a_while(signal.SIGINT, os.killpg),
    "SIGTERM": _after_a_while(signal.SIGTERM, os.killpg),
    "SIGKILL of DVC alone": _after_a_while(signal.SIGKILL, os.kill),
    "SIGKILL of all": _after_a_while(signal.SIGKILL, os.killpg),
    "SIGKILL while dvc.lock is written": _while_it_writes,
    "SIGKILL and a cut dvc.lock": _cut,
}


def _differences(project: Path, reference: Path, targets: Sequence[str]) -> list[str]:
    """What is wrong with a project after all kills, once a last run is through."""
    found = []
    succeed(project, sys.executable, "-m", "fewbytes", "restore-lock")
    last = run(project, "dvc", "repro", *targets)
    if last.code != 0 or "Traceback" in last.output:
        found.append(f"the last run: exit {last.code}: {last.output[-2000:]}")
    status = run(project, "dvc", "status", *(targets or ["dvc.yaml"])).output
    if "up to date" not in status:
        found.append(f"dvc status: {status[-2000:]}")
    found += [f"left: {path}" for path in project.rglob("*.partial")]
    for made in _made(project):
        if made.suffix not in (".md", ".png") and _content(project / made) != _content(reference / made):
            found.append(f"unlike an undisturbed run's: {made}")
    if not targets:
        missing = [str(made) for made in _made(reference) if not (project / made).exists()]
        found += [f"{len(missing)} files missing: {missing[0]} …"] if missing else []
    return found


def _made(project: Path) -> list[Path]:
    folders = [project / name for name in ("data", "metrics", "models")]
    return [
        path.relative_to(project)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".gitignore"
    ]


def _content(path: Path) -> Any:
    """What must be the same in every run: all but measured time."""
    if path.suffix != ".json":
        return path.read_bytes() if path.exists() else None
    content = json.loads(path.read_text())
    return {key: value for key, value in content.items() if key != "latency_us"}
