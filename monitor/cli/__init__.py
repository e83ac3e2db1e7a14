"""The `headwater` command. One file for each command group; they parse, call, print, and decide nothing else.

Heavy parts are imported inside the commands, so that `headwater --help` answers at once.
"""

from __future__ import annotations

import gc
import sys

from monitor.cli.errors import ExitCode, UserError, sentence_of

# Reading a page makes hundreds of thousands of small objects and no cycles: with Python's own thresholds a sixth of the
# time goes into looking for some.
COLLECTION_THRESHOLDS = (50_000, 20, 20)


def main() -> None:
    """Run the command line; the process ends with one of `ExitCode`."""
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    from monitor.cli.commands import app

    try:
        app()
    except UserError as error:
        print(f"headwater: {error}", file=sys.stderr)  # noqa: T201 - the one place where errors meet people
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output (`| head`) has seen enough.
        sys.stderr.close()
        sys.exit(ExitCode.OK)
    except Exception as error:
        told = sentence_of(error)
        if told is None:
            raise
        print(f"headwater: {told}", file=sys.stderr)  # noqa: T201
        sys.exit(told.code)
