"""The commands for shipped examples: what there is, and a copy of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from nnstudio.command_help import Command, as_argument
from nnstudio.examples import example_called
from nnstudio.examples import examples as shipped_examples
from nnstudio.exit_codes import ExitCode
from nnstudio.project import open_example
from nnstudio.written_file import check_free


def add_examples(commands: argparse._SubParsersAction[Command]) -> None:
    """The commands `nnstudio examples` and `nnstudio example`."""
    text = "List the shipped examples."
    commands.add_parser("examples", help=text, description=text)
    text = "Write a copy of a shipped example."
    one = commands.add_parser("example", help=text, description=text)
    one.add_argument("name", help="its name or its title, as the command examples lists them")
    one.add_argument("out", type=Path, help="the project file to write")
    one.add_argument("--replace", action="store_true", help="replace the file if it exists")


def examples(_options: argparse.Namespace) -> int:
    """Names of the shipped examples, and what the window calls them."""
    print("\n".join(f"{name:14} {title}: {line}" for name, (title, line) in shipped_examples().items()))
    return ExitCode.DONE


def example(options: argparse.Namespace) -> int:
    """A copy of a shipped example."""
    project = open_example(example_called(options.name))
    check_free(options.out, options.replace)
    project.save(options.out)
    print(f"Wrote {options.out}. Train it: nnstudio train {as_argument(options.out)}")
    return ExitCode.DONE
