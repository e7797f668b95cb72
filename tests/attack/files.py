"""Stages given damaged files: each ends in one line and leaves every file as it was, or the damage did no harm.

A small project is built once; each case copies it, damages one input file of one stage and runs that stage's command in
a process of its own, forked from one that has imported everything already: crashes are seen, and starts are quick.
"""

import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from tests.attack.outcome import Outcome
from tests.stages.commands import COMMANDS, module_of

SECONDS = 240  # a case may take: an undamaged training's time, with much to spare
POINT = "1500B"
READ: dict[str, list[str]] = {  # by stage or command, files that it reads
    "download": ["params.yaml", "mine/train-images-idx3-ubyte", "mine/t10k-labels-idx1-ubyte"],
    "prepare": ["params.yaml", "data/raw/train-images-idx3-ubyte", "data/raw/t10k-labels-idx1-ubyte"],
    "train": ["params.yaml", "data/splits.npz", "data/spec.json"],
    "prune": ["data/splits.npz", "models/baseline.h5"],
    "quantize": ["data/splits.npz", "models/clustered.h5"],
    "cluster": ["params.yaml", "models/pruned.h5"],
    "scan": ["data/splits.npz", "models/baseline.h5"],
    "search": ["params.yaml", "data/splits.npz", "models/baseline.h5"],
    "teach": ["frontier/params.yaml", "data/splits.npz"],
    "fit": ["frontier/params.yaml", "data/splits.npz", "frontier/teachers/single.npy"],
    "rate": ["params.yaml", "data/splits.npz", f"frontier/models/{POINT}-1.tflite"],
    "chart": [
        *("frontier/params.yaml", "frontier/published.yaml", "metrics/variants/teacher.json"),
        *(f"frontier/metrics/{POINT}.json", "frontier/metrics/teachers/single.json"),
    ],
    "verify": [f"frontier/metrics/{POINT}.json", f"frontier/models/{POINT}-1.tflite"],
    "explore": ["frontier/params.yaml", "data/splits.npz"],
    "survey": ["frontier/explore/journal.log"],
    "predict": ["data/splits.npz", "models/teacher.h5"],
    "distill": ["data/splits.npz", "models/teacher_logits.npy"],
    "repeat": ["data/splits.npz", "models/teacher_logits.npy", "models/student.tflite"],
    "repeat_search": ["data/splits.npz", "models/baseline.tflite", "models/searched.tflite"],
    "convert": ["models/baseline.h5", "data/calibration.npy"],
    "measure": [
        *(
            "params.yaml",
            "data/splits.npz",
            "models/pruned.tflite",
            "models/pruned.h5",
            "metrics/variants/baseline.json",
        ),
    ],
    "report": [
        *("essay.yaml", "variants.yaml", "firmware/quoted.yaml", "metrics/benchmark.json"),
        *("metrics/variants/baseline.json", "metrics/variants/quantized.json", "metrics/variants/searched.json"),
        *("metrics/sensitivity.csv", "metrics/history/baseline.csv", "metrics/search/searched.csv"),
        *("metrics/repeats.csv", "metrics/repeats_searched.csv", "metrics/confusion/baseline.csv"),
        *("models/baseline.tflite", "models/pruned.tflite"),
    ],
    "page": [
        *("params.yaml", "data/splits.npz", "metrics/variants/baseline.json", "metrics/mistakes/searched.csv"),
        *("frontier/published.yaml", f"frontier/metrics/{POINT}.json", f"frontier/metrics/mistakes/{POINT}.csv"),
        "models/c/searched/searched.h",
    ],
    "benchmark": ["params.yaml", "models/baseline_full_integer.tflite"],
    "export": ["models/quantized.tflite", "data/splits.npz"],
    "gate": ["params.yaml", "frontier/params.yaml", "metrics/variants/baseline.json"],
    "tag_essay": ["essay.yaml"],
}

Damage = Callable[[bytes, random.Random], bytes]


class Case(NamedTuple):
    command: str
    file: str
    kind: str

    def __str__(self) -> str:
        return f"{self.command}: {self.file}: {self.kind}"


def attack(count: int, seed: int) -> Outcome:
    """`count` cases, each once before any comes again; `seed` chooses them, and the bytes they damage."""
    outcome = Outcome()
    chosen = random.Random(seed)
    everything = cases()
    rounds = [chosen.sample(everything, len(everything)) for _ in range(-(-count // len(everything)))]
    with tempfile.TemporaryDirectory() as name:
        project = Path(name, "project")
        _alone(build, project)  # it uses TensorFlow, after which no process forks safely
        for case, found in _alone(_run_all, project, [case for order in rounds for case in order][:count], seed):
            outcome.counts[found if found in ("refused", "harmless") else "wrong"] += 1
            if found not in ("refused", "harmless"):
                outcome.fail(f"{case}: {found}")
    return outcome


def cases() -> list[Case]:
    return [
        Case(command, file, kind)
        for command, files in READ.items()
        for file in files
        for kind in (*ANY, *DAMAGES.get(_form(file), {}))
        if (command, kind) != ("measure", "11 classes")  # it zips the file and builds nothing
    ]


def build(folder: Path) -> None:
    """A project as after `dvc repro`, of small networks that are hardly trained and figures that are made up."""
    from tests.attack import small_project  # noqa: PLC0415 - TensorFlow, in this process only

    small_project.make(folder)


def _alone(function: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _run_all(project: Path, chosen: list[Case], seed: int) -> list[tuple[Case, str]]:
    for command in READ:
        import_module(module_of(command))
    return [(case, _judge(project, case, f"{seed} {place}")) for place, case in enumerate(chosen)]


def _judge(project: Path, case: Case, seed: str) -> str:
    """`refused` or `harmless`; or else what was wrong."""
    damage, harms = (ANY | DAMAGES.get(_form(case.file), {}))[case.kind]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "project")
        shutil.copytree(project, folder)
        path = folder / case.file
        whole = path.read_bytes()
        path.write_bytes(damage(whole, random.Random(seed)))
        unlike = path.read_bytes() != whole
        before = _files(folder)
        code, said = _run(folder, [case.command, *COMMANDS[case.command].split()], Path(name))
        after = _files(folder)
    lines = said.splitlines()
    if code == 0:
        return "succeeded" if harms and unlike else "harmless"
    if code != 1 or len(lines) != 1 or not lines[0].startswith("error: "):
        return f"exit code {code}, said {' / '.join(lines[-3:])[-400:]!r}"
    if after != before:
        return f"changed {sorted(path for path in before.keys() | after if before.get(path) != after.get(path))}"
    return "refused"


def _run(folder: Path, command: list[str], outside: Path) -> tuple[int, str]:
    """Exit code, and what was said on stderr; 128 and more for a signal."""
    said = outside / "stderr"
    child = os.fork()
    if not child:
        try:
            os.setsid()
            os.chdir(folder)
            for target, stream in (("stdout", 1), ("stderr", 2)):
                os.dup2(os.open(outside / target, os.O_WRONLY | os.O_CREAT), stream)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.stdout, sys.stderr = (os.fdopen(stream, "w", buffering=1) for stream in (1, 2))
            sys.argv = command
            _start(command[0])
        finally:
            os._exit(70)  # nothing of this process shall run on in the child
    end = time.monotonic() + SECONDS
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 124, "it came to no end"
        time.sleep(0.01)
    return os.waitstatus_to_exitcode(ended[1]), said.read_text(errors="replace") if said.exists() else ""


def _start(name: str) -> None:
    from fewbytes import command  # noqa: PLC0415 - in the child only, with its own streams

    try:
        command.run(import_module(module_of(name)).main)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def _form(file: str) -> str:
    return Path(file).suffix or "idx"


# Damages: what a file becomes, and whether that must be noticed.


def _flipped(content: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(content)
    for _ in range(chance.choice((1, 8, 64))):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _tail(content: bytes, chance: random.Random) -> bytes:
    kept = len(content) // 5
    return content[:kept] + chance.randbytes(len(content) - kept)


ANY: dict[str, tuple[Damage, bool]] = {
    "empty": (lambda _, __: b"", True),
    "half": (lambda content, _: content[: len(content) // 2], False),  # of a text that may be no harm
    "a letter": (lambda _, __: b"Dear all,\n\nthis is not what belongs here.\n", True),
    "zeros": (lambda content, _: bytes(len(content)), True),
    "random bytes": (lambda _, chance: b"\xff" + chance.randbytes(2000), True),
    "random after its beginning": (_tail, False),
    "flipped bits": (_flipped, False),
    "not UTF-8": (lambda content, _: content[:-1] + b"\xe9\xff\n", False),
}


def _always(content: bytes) -> tuple[Damage, bool]:
    return (lambda _, __: content), True


def _text(content: str) -> tuple[Damage, bool]:
    return _always(content.encode())


def _yaml(change: Callable[[str], str], *, harms: bool = True) -> tuple[Damage, bool]:
    return (lambda content, _: change(content.decode()).encode()), harms


def _first_number(new: str) -> Callable[[str], str]:
    """The first number after a colon becomes `new`."""

    def change(text: str) -> str:
        return re.sub(r"(: +)[0-9][0-9.e-]*", lambda found: found[1] + new, text, count=1)

    return change


def _json(change: Callable[[Any], Any]) -> tuple[Damage, bool]:
    """Every number becomes what `change` makes of it."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        return change(value) if isinstance(value, (int, float)) else value

    return (lambda content, _: json.dumps(walk(json.loads(content))).encode()), True


def _csv(change: Callable[[list[str]], Iterable[str]]) -> tuple[Damage, bool]:
    return (lambda content, _: "\n".join(change(content.decode().splitlines())).encode()), True


def _npy(array: Any, *, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


def _header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


HOSTILE_ARRAYS = {
    "objects": _npy(np.array([{}, []], object), pickled=True),
    "strings": _npy(np.array(["a", "b"])),
    "64 dimensions": _npy(np.zeros((1,) * 64, np.uint8)),
    "a shape beyond memory": _header("{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 28, 28), }\n"),
    "a negative shape": _header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 28, 28), }\n"),
    "a header without end": _header("{'descr': '|u1', 'fortran_order': False, 'shape': ((((((\n"),
    "a header of code": _header("__import__('os').abort()\n"),
    "doubles": _npy(np.zeros((10, 28, 28))),
}


def _npz(kind: str, labels: Any = None) -> Damage:
    """An archive of the right names whose members are `kind`, or whose labels are others."""

    def change(content: bytes, _: random.Random) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
            for name in old.namelist():
                kept = labels is not None and "labels" not in name
                new.writestr(name, old.read(name) if kept else HOSTILE_ARRAYS[kind] if labels is None else labels)
        return buffer.getvalue()

    return change


def _h5(change: Callable[[Any], None]) -> tuple[Damage, bool]:
    def damage(content: bytes, _: random.Random) -> bytes:
        buffer = io.BytesIO(content)
        with h5py.File(buffer, "r+") as file:
            change(file)
        return buffer.getvalue()

    return damage, True


def _config(change: Callable[[Any], Any]) -> tuple[Damage, bool]:
    def edit(file: Any) -> None:
        file.attrs["model_config"] = json.dumps(change(json.loads(file.attrs["model_config"])))

    return _h5(edit)


def _with_lambda(config: Any) -> Any:
    layer = {"class_name": "Lambda", "config": {"name": "l", "function": "evil", "function_type": "function"}}
    config["config"]["layers"].insert(1, layer)
    return config


def _with_module(config: Any) -> Any:
    config["config"]["layers"][1]["module"] = "antigravity"
    return config


def _wider(config: Any) -> Any:
    config["config"]["layers"][-1]["config"]["units"] = 11
    return config


def _bomb(text: str) -> str:
    levels = "".join(f"  - &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    return f"{text}\nbomb:\n  - &l0 [1]\n{levels}"


DAMAGES: dict[str, dict[str, tuple[Damage, bool]]] = {
    ".yaml": {
        "nested": _text("a: " + "[" * 2000 + "]" * 2000),
        "a bomb of aliases": _yaml(_bomb),
        "an alias to itself": _yaml(lambda text: f"{text}\nitself: &itself [*itself]\n"),
        "no number": _yaml(_first_number("!!int x")),
        "no date": _yaml(_first_number("2024-02-31")),
        "many digits": _yaml(_first_number("9" * 5000)),
        "infinite": _yaml(_first_number("1e400")),
        "true": _yaml(_first_number("true")),
        "binary": _yaml(_first_number("!!binary aGVsbG8=")),
        "keys twice": _yaml(lambda text: text + "\n" + text),
        "code": _text("!!python/object/apply:os.abort []"),
        "huge": _text("# nothing\n" * 10_000_000),
        "half a character": _text('a: "\\ud800"'),
        "a list": _text("[1, 2]"),
        "an empty table": _text("{}"),
    },
    ".json": {
        "NaN": _json(lambda _: float("nan")),
        "infinite": _json(lambda _: float("inf")),
        "true": _json(lambda _: True),
        "words": _json(lambda _: "high"),
        "negative": _json(lambda _: -(10**30)),
        "beyond floats": _text('{"accuracy": 1e400}'),
        "many digits": _text('{"accuracy": ' + "9" * 5000 + "}"),
        "nested": _text("[" * 10_000 + "]" * 10_000),
        "no figures": _text("{}"),
        "a list": _text("[]"),
    },
    ".csv": {
        "other columns": _csv(lambda lines: ["a,b,c", *lines[1:]]),
        "no rows": _csv(lambda lines: lines[:1]),
        "words": _csv(lambda lines: [lines[0], *(",".join(["x"] * (line.count(",") + 1)) for line in lines[1:])]),
        "infinite": _csv(lambda lines: [lines[0], *(",".join(["inf"] * (line.count(",") + 1)) for line in lines[1:])]),
        "nothing between commas": _csv(lambda lines: [lines[0], *("," * line.count(",") for line in lines[1:])]),
        "an open quote": _csv(lambda lines: [*lines, '"']),
    },
    ".npy": {kind: _always(content) for kind, content in HOSTILE_ARRAYS.items()},
    ".npz": {
        **{kind: (_npz(kind), True) for kind in HOSTILE_ARRAYS},
        "labels in words": (_npz("strings", _npy(np.array(["seven"] * 100))), True),
        "no members": (lambda _, __: b"PK\x05\x06" + bytes(18), True),
        "an array": (lambda _, __: HOSTILE_ARRAYS["doubles"], True),
    },
    "idx": {
        "255 dimensions": (lambda _, __: b"\0\0\x08\xff" + bytes(4 * 255), True),
        "a shape beyond memory": (lambda _, __: b"\0\0\x08\x03" + b"\xff" * 12 + bytes(100), True),
        "doubles": (lambda content, _: b"\0\0\x0e" + content[3:], True),
    },
    ".h5": {
        "a Lambda": _config(_with_lambda),
        "another's module": _config(_with_module),
        "11 classes": _config(_wider),
        "settings of no kind": _h5(lambda file: file.attrs.__setitem__("model_config", "{")),
        "no settings": _h5(lambda file: file.attrs.__delitem__("model_config")),
        "no weights": _h5(lambda file: file.__delitem__("model_weights")),
    },
    ".tflite": {
        "its header only": (lambda content, chance: content[:8] + chance.randbytes(len(content) - 8), True),
        "another's beginning": (lambda content, _: b"\x89PNG\r\n\x1a\n" + content[8:], True),
    },
}
