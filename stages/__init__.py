"""The pipeline's stages and commands, each run as `python -m stages.NAME`."""

import signal
import sys

# Packages take seconds to load. Until command.run takes over, let Ctrl-C end a command at once, without a traceback.
if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
