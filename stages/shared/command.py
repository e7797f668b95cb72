"""How a command of this project starts and how it fails: one line, exit code 1, no traceback."""

import logging
import signal
import sys
from collections.abc import Callable


class InputError(Exception):
    """Something the user can mend: says what is wrong, where, and what would be right."""


def run(main: Callable[[], None]) -> None:
    """Call `main`; turn what a user can mend, a full disk or Ctrl-C into one line on stderr and an exit code."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # set by stages/__init__.py
        signal.signal(signal.SIGINT, signal.default_int_handler)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    try:
        main()
    except InputError as error:
        logging.error("error: %s", error)
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        logging.error("error: %s%s", where, error.strerror or " ".join(str(error).split()))
        sys.exit(1)
    except MemoryError:
        logging.error("error: out of memory; a smaller batch_size in params.yaml needs less")
        sys.exit(1)
    except KeyboardInterrupt:
        logging.error("interrupted; run the same command again to resume here")
        sys.exit(130)
