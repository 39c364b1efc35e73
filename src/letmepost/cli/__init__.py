"""The command line: one file per command. Commands load what they need when they run."""

import os
import sys


def main() -> None:
    """Run the command line; whatever goes wrong is a sentence, not a traceback."""
    try:
        # Not before: Ctrl-C may come while the library is loaded.
        from letmepost.cli.app import app  # noqa: PLC0415 - as above
        from letmepost.cli.endings import ended  # noqa: PLC0415 - as above
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(ended(app, os.environ))
