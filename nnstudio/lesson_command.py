"""The command for lessons: lists, proves, packs, adds and prints them, and saves a learner's work in one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from nnstudio.command_help import Command
from nnstudio.exit_codes import ExitCode
from nnstudio.lessons.lesson import FILE, LessonError, LessonFolder, read_lesson, shipped_lessons
from nnstudio.lessons.omission import omissions
from nnstudio.lessons.own import add, lesson_called, own_lessons
from nnstudio.lessons.package import SUFFIX, pack, unpack
from nnstudio.lessons.panels import panel_titles
from nnstudio.lessons.player import prove
from nnstudio.lessons.unknown import unknown_names
from nnstudio.model.temporary import temporary_folder

WHICH = f"the name of a lesson, a folder with {FILE}, or a file *{SUFFIX}"


def add_lesson(commands: argparse._SubParsersAction[Command]) -> None:
    """The command `nnstudio lesson` and what may be said behind it."""
    text = "List, prove, pack, add or print lessons, or save your work in one."
    what = commands.add_parser("lesson", help=text, description=text).add_subparsers(
        dest="what", required=True, metavar="WHAT"
    )
    what.add_parser("list", help="the lessons that come with the program, and those that you added")
    check = what.add_parser("check", help="play a lesson without a window, wrongly and rightly")
    check.add_argument("lesson", help=WHICH)
    check.add_argument(
        "--left-out",
        action="store_true",
        help="play each step without one of its actions, too, and after skipped steps: what is not missed "
        "is a fault",
    )
    packing = what.add_parser("pack", help="write a lesson into one file, to be given away")
    packing.add_argument("folder", type=Path, help=f"a folder with {FILE} and the project that it names")
    packing.add_argument("out", type=Path, metavar=f"OUT{SUFFIX}", help="the file to write")
    adding = what.add_parser("add", help="add a lesson that was given to you")
    adding.add_argument("file", type=Path, metavar=f"FILE{SUFFIX}")
    adding.add_argument("--replace", action="store_true", help="replace another one of its name")
    printing = what.add_parser("print", help="write a lesson as a handout")
    printing.add_argument("lesson", help=WHICH)
    printing.add_argument("out", type=Path, metavar="OUT.pdf", help="the file to write; OUT.md for Markdown")
    printing.add_argument("--teacher", action="store_true", help="with the solutions on pages of their own")
    work = what.add_parser("work", help="save your work in a lesson, with a report on it, as one file")
    work.add_argument("lesson", metavar="NAME", help="the name of a lesson that you began")
    work.add_argument("out", type=Path, metavar="OUT.zip", help="the file to write")
    work.add_argument("--by", default="", metavar="NAME", help="your name, for the report")


def lesson(options: argparse.Namespace) -> int:
    """Raises LessonError for a lesson that cannot be read, FileError for a file."""
    match options.what:
        case "list":
            return _list()
        case "check":
            with _lesson(options.lesson) as folder:
                return _check(folder, options.left_out)
        case "pack":
            return _pack(options.folder, options.out)
        case "add":
            return _add(options.file, options.replace)
        case "print":
            with _lesson(options.lesson) as folder:
                return _print(folder, options.out, options.teacher)
        case _:
            with _lesson(options.lesson) as folder:
                return _save_work(folder, options.out, options.by)


@contextmanager
def _lesson(text: str) -> Iterator[LessonFolder]:
    """The lesson that a person means; one from a file is gone afterwards. Raises LessonError or FileError."""
    path = Path(text).absolute()
    if path.suffix.lower() == SUFFIX:
        with temporary_folder() as folder:
            yield unpack(path, folder)
        return
    if path.is_dir():
        yield read_lesson(path)
        return
    called = lesson_called(text) if path.name == text else None
    if called is None:
        known = ", ".join(folder.id for folder in (*shipped_lessons(), *own_lessons()[0]))
        raise LessonError(f"'{text}' is neither a folder, a file *{SUFFIX} nor one of the lessons: {known}.")
    yield called


def _list() -> int:
    """Print a line for each lesson; added ones that cannot be used are told on stderr."""
    own, errors = own_lessons()
    for folder in (*shipped_lessons(), *own):
        yours = "  (added from a file)" * (folder in own)
        print(f"{folder.id:<20} {folder.lesson.minutes:>3} min  {folder.lesson.title}{yours}")
    for error in errors:
        print(f"nnstudio: {error}", file=sys.stderr)
    return ExitCode.INCOMPLETE if errors else ExitCode.DONE


def _check(read: LessonFolder, leaves_out: bool) -> int:
    """Print each step and its faults; a lesson with faults is a failure."""
    faults, number = 0, 0
    # What cannot be played is told by then.
    omitted = (fault for fault in omissions(read) if fault is not None) if leaves_out else ()
    for fault in chain(unknown_names(read.lesson, panel_titles()), prove(read), omitted):
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


def _pack(folder: Path, out: Path) -> int:
    left = pack(folder, out)
    print(f"Packed the lesson into {out}.")
    if not left:
        return ExitCode.DONE
    print(f"nnstudio: left out, as lessons hold no such files: {', '.join(left)}.", file=sys.stderr)
    return ExitCode.INCOMPLETE


def _add(file: Path, is_replacing: bool) -> int:
    added = add(file, is_replacing)
    print(f"“{added.folder.lesson.title}” stands on the page Lessons now; its name is '{added.folder.id}'.")
    if not added.note:
        return ExitCode.DONE
    print(f"nnstudio: {added.note}", file=sys.stderr)
    return ExitCode.INCOMPLETE


def _print(folder: LessonFolder, out: Path, is_for_teacher: bool) -> int:
    # Qt, and what it draws with.
    from nnstudio.ui.canvas.figure import application
    from nnstudio.ui.lessons.papers import network_of, network_picture, write_handout

    kept = application()
    write_handout(folder, out, is_for_teacher, network_picture(network_of(folder)))
    print(f"Wrote “{folder.lesson.title}” into {out}.")
    del kept
    return ExitCode.DONE


def _save_work(folder: LessonFolder, out: Path, who: str) -> int:
    from nnstudio.ui.canvas.figure import application
    from nnstudio.ui.lessons.papers import write_work

    kept = application()
    write_work(folder, out, who)
    print(f"Wrote your work in “{folder.lesson.title}” into {out}.")
    del kept
    return ExitCode.DONE
