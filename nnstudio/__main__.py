"""Entry point: a command runs without a window, a project or nothing opens it; anything else is refused."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from nnstudio.blas_threads import keep_to_one_thread
from nnstudio.model.suffix import SUFFIX


def main() -> int:
    """Start; returns the exit code."""
    keep_to_one_thread()
    arguments = sys.argv[1:]
    if opens_window(arguments):
        from nnstudio.app import run_window

        return run_window(arguments)
    from nnstudio.cli import COMMANDS

    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from nnstudio.cli import run

        return run(arguments)
    why = why_refused(arguments, list(COMMANDS))
    if why:
        from nnstudio.exit_codes import ExitCode

        print(f"nnstudio: {why}", file=sys.stderr)
        return ExitCode.REFUSED
    from nnstudio.app import run_window

    return run_window(arguments)


def opens_window(arguments: list[str]) -> bool:
    """Whether that is plain from the words alone: a start does not wait for what only commands need."""
    return not arguments or (
        len(arguments) == 1 and arguments[0].endswith(SUFFIX) and Path(arguments[0]).is_file()
    )


def why_refused(arguments: list[str], commands: list[str]) -> str:
    """A sentence where the words name neither a command nor one project to open, or "".

    A script with a mistyped command must not open a window and wait for ever.
    """
    if not arguments:
        return ""
    word, *rest = arguments
    path = Path(word)
    if path.is_dir():
        return f"'{word}' is a folder; give a project file (.nns) to open."
    if path.exists():
        return f"Only one project can be opened at a time; leave out '{rest[0]}'." if rest else ""
    near = difflib.get_close_matches(word, commands, 1)
    guess = f" Did you mean '{near[0]}'?" if near else ""
    if path.suffix and not near:
        return f"There is no file '{word}'."
    return f"'{word}' is neither a command nor a file.{guess} The commands are: {', '.join(commands)}."


if __name__ == "__main__":
    sys.exit(main())
