"""The command line: one file per command. Commands load what they need when they run."""

import os
import signal
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; whatever goes wrong is a sentence, not a traceback."""
    raises = signal.getsignal(signal.SIGINT)
    if raises is signal.default_int_handler:
        # Nothing is under way while the library is loaded, and an interrupt within an import may
        # come out of it as any other error.
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from letmepost.cli.app import app  # noqa: PLC0415 - as above
    from letmepost.cli.endings import ended  # noqa: PLC0415 - as above

    try:
        signal.signal(signal.SIGINT, raises)
        code = ended(app, os.environ)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(code)
