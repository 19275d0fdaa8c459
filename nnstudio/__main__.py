"""Entry point: a command runs without a window, anything else opens it."""

from __future__ import annotations

import sys


def main() -> int:
    """Start; returns the exit code."""
    arguments = sys.argv[1:]
    from nnstudio.cli import COMMANDS

    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from nnstudio.cli import run

        return run(arguments)
    from nnstudio.app import run_window

    return run_window(arguments)


if __name__ == "__main__":
    sys.exit(main())
