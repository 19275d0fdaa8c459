"""`nnstudio link` and `nnstudio open-link`: a project as one line of text, and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nnstudio.command_help import Command, as_argument
from nnstudio.exit_codes import ExitCode
from nnstudio.project import Project
from nnstudio.project_text import MOST_TEXT, project_of, text_of
from nnstudio.written_file import check_new_project

STDIN = "-"


def add_open_link(commands: argparse._SubParsersAction[Command]) -> None:
    """The command `nnstudio open-link`."""
    text = "Write the project that a text holds, or an address of playground.tensorflow.org."
    command = commands.add_parser("open-link", help=text, description=text)
    command.add_argument("text", help=f"the text or the address; {STDIN} reads it from standard input")
    command.add_argument("out", type=Path, metavar="OUT.nns", help="the project file to write")
    command.add_argument("--replace", action="store_true", help="replace the file if it exists")


def write_link(project: Project) -> int:
    """Print a project as text, and on stderr what is not in it; returns the exit code. Raises FileError."""
    written = text_of(project, is_trained=project.state is not None)
    print(written.text)
    return _tell(written.left_out)


def open_link(options: argparse.Namespace) -> int:
    """Write the project of a text. Raises FileError."""
    check_new_project(options.out, options.replace)
    # One more character than may be tells that there are more.
    text = sys.stdin.read(MOST_TEXT + 1) if options.text == STDIN else options.text
    opened = project_of(text)
    opened.project.save(options.out)
    print(f"Wrote {options.out}. Train it: nnstudio train {as_argument(options.out)}")
    return _tell(opened.notes)


def _tell(notes: tuple[str, ...]) -> int:
    for note in notes:
        print(f"nnstudio: {note}", file=sys.stderr)
    return ExitCode.INCOMPLETE if notes else ExitCode.DONE
