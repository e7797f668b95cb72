"""How a command of this project starts and how it fails: one line, exit code 1, no traceback."""

import io
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tflite_to_c.errors import InputError, one_line, printable

__all__ = ["InputError", "damaged", "missing", "one_line", "printable", "run"]


def missing(path: Path) -> InputError:
    """What a file says that is not there and that a pipeline makes."""
    return InputError(f"{path}: not found; `{_maker(path)}` makes it")


def damaged(path: Path | str, reason: object) -> InputError:
    """What a file says that DVC keeps, or Git, and that is not what its stage made."""
    if Path(path).is_relative_to("frontier/models"):
        mend = f"`git restore {path}` brings it back"
    else:
        mend = f"`python -m fewbytes verify-cache --remove`, then `{_maker(path)}`, mend it"
    return InputError(f"{path}: damaged or foreign ({one_line(reason)}); {mend}")


def _maker(path: Path | str) -> str:
    return "make frontier" if Path(path).is_relative_to("frontier") else "dvc repro"


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(record.getMessage())


def run(main: Callable[[], None]) -> None:
    """Call `main`; turn what a user can mend, a full disk or Ctrl-C into one line on stderr and an exit code."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # set by stages/__init__.py
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: processes and folders of ours go with us
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows ASCII only; as stderr does it
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        logging.error("error: %s", error)
        sys.exit(1)
    except BrokenPipeError:  # `| head` has read enough
        _drop_output()
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        logging.error("error: %s%s", where, error.strerror or one_line(error))
        sys.exit(1)
    except MemoryError:
        logging.error("error: out of memory; a smaller batch_size in params.yaml needs less")
        sys.exit(1)
    except KeyboardInterrupt:
        logging.error("interrupted; run the same command again to resume here")
        sys.exit(130)


def _drop_output() -> None:
    """Python writes what is left when it exits, and would complain again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
