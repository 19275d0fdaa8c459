"""The command for lessons: lists those that come with the program, and proves one from a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnstudio.command_help import Command
from nnstudio.exit_codes import ExitCode
from nnstudio.lessons.lesson import read_lesson, shipped_lessons
from nnstudio.lessons.player import prove


def add_lesson(commands: argparse._SubParsersAction[Command]) -> None:
    """The command `nnstudio lesson` and what may be said behind it."""
    text = "List the lessons, or prove that one can be done."
    what = commands.add_parser("lesson", help=text, description=text).add_subparsers(
        dest="what", required=True, metavar="WHAT"
    )
    what.add_parser("list", help="the lessons that come with the program")
    check = what.add_parser("check", help="play a lesson without a window, wrongly and rightly")
    check.add_argument("folder", type=Path, help="a folder with lesson.toml and the projects that it names")


def lesson(options: argparse.Namespace) -> int:
    """Raises LessonError for a lesson that cannot be read."""
    if options.what == "list":
        for folder in shipped_lessons():
            print(f"{folder.id:<20} {folder.lesson.minutes:>3} min  {folder.lesson.title}")
        return ExitCode.DONE
    return _check(options.folder)


def _check(folder: Path) -> int:
    """Print each step and its faults; a lesson with faults is a failure."""
    read, faults, number = read_lesson(folder.absolute()), 0, 0
    for fault in prove(read):
        if fault is None:
            number += 1
            print(f"{number}. {read.lesson.steps[number - 1].title}")
            continue
        faults += 1
        print(f"   {fault.told}")
    if faults:
        print(f"'{read.id}' has {faults} fault{'s' if faults != 1 else ''}.")
        return ExitCode.REFUSED
    print(f"'{read.id}': all {number} steps can be done, and refuse what is not.")
    return ExitCode.DONE
