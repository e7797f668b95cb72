"""Commands that are no stages: `python -m fewbytes NAME`."""

import argparse
import sys
from importlib import import_module

from fewbytes.command import run

COMMANDS = {
    "gate": "hold metrics against the gates of params.yaml",
    "tag-essay": "put the essay's numbers into the Git tag `essay`, for `dvc metrics diff essay`",
    "compare": "each variant's accuracy and bytes at two Git revisions, HEAD and the work tree by default",
    "example": "run the pipeline as examples/NAME has it, in a copy of the project",
    "adopt": "make points of the frontier of what `make explore` has found",
    "benchmark": "every .tflite of a folder through our generator and BakeNN's, beside quoted figures of others",
    "publish": "copy tables and the graph from the reports and dvc.yaml into the README and docs",
    "site": "make docs/ a small site, and serve it and the report on this machine alone",
    "verify": "hold the frontier's models in Git against its figures, without training",
    "verify-cache": "hold DVC's cache against its checksums; --remove takes out what is damaged",
    "restore-lock": "mend a dvc.lock that an interruption cut",
}
WITHOUT_OPTIONS = {"gate", "tag-essay", "publish", "restore-lock"}
LINES = (f"  {name:14}{what}" for name, what in COMMANDS.items())
USAGE = "\n".join(["usage: python -m fewbytes NAME [options]", "", *LINES])


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.stdout.write(USAGE + "\n")
        return
    name = sys.argv[1]
    if name not in COMMANDS:
        sys.stderr.write(f"error: no command {name!r}; {', '.join(COMMANDS)} are\n")
        sys.exit(2)
    sys.argv[:2] = [f"python -m fewbytes {name}"]
    if name in WITHOUT_OPTIONS:
        argparse.ArgumentParser(description=COMMANDS[name]).parse_args()
    module = import_module(f"fewbytes.commands.{name.replace('-', '_')}")
    module.main()


if __name__ == "__main__":
    run(main)
