"""Run one kind of attack and say what it found; exit code 1 where anything was wrong."""

import argparse
import sys
import time
from importlib import import_module

KINDS = {
    "networks": "random networks: the C against TensorFlow Lite Micro, under sanitizers",
    "mutants": "damaged .tflite files: refused in one line, or right C",
    "files": "stages given damaged files: one line, nothing half-written",
    "kills": "a pipeline killed at any moment: a rerun finishes it",
}


def main() -> None:
    kinds = "\n".join(f"{kind}: {what}" for kind, what in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.attack", description=kinds, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0, help="another seed attacks otherwise")
    arguments = parser.parse_args()
    started = time.monotonic()
    outcome = import_module(f"tests.attack.{arguments.kind}").attack(arguments.count, arguments.seed)
    for failure in outcome.failures:
        sys.stdout.write(f"FAILED: {failure}\n")
    counts = ", ".join(f"{count:,} {what}" for what, count in outcome.counts.items())
    sys.stdout.write(f"{counts}, {len(outcome.failures)} failed, in {time.monotonic() - started:.0f} s\n")
    sys.exit(bool(outcome.failures))


if __name__ == "__main__":
    main()
