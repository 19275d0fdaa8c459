"""The commands of the command line with what each takes, in the order in which its help lists them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nnstudio import __version__
from nnstudio.command_help import Command, listed_formats, listed_methods
from nnstudio.data.dataset import Split
from nnstudio.doctor_command import add_doctor_options
from nnstudio.edit_command import add_edit_options
from nnstudio.evaluate_command import folds_of
from nnstudio.examples_command import add_examples
from nnstudio.explain_command import add_explain_options
from nnstudio.export_command import add_export_options
from nnstudio.forecast_command import add_forecast_options
from nnstudio.generate_command import add_generate_options
from nnstudio.import_command import add_import
from nnstudio.lesson_command import add_lesson
from nnstudio.link_command import add_open_link
from nnstudio.model.proposal import Reader
from nnstudio.prepare_command import add_prepare
from nnstudio.reuse_command import add_reuse_options
from nnstudio.runs_command import add_runs
from nnstudio.sweep_command import add_sweep_options
from nnstudio.train_command import add_device_option, add_train_options

# Commands that read the data again; others go on with what a project holds of it.
READS_SAMPLES = ("train", "estimate", "evaluate", "cross-validate", "sweep", "doctor", "explain", "forecast")


def parser() -> argparse.ArgumentParser:
    """The command line, for `cli.run` and for the documentation."""
    top = argparse.ArgumentParser(
        prog="nnstudio", description="Draw a neural network, watch it learn, take the weights away.",
        epilog="Without a command, the window opens, with PROJECT if it is given.",
    )  # fmt: skip
    top.add_argument("--version", action="version", version=f"nnstudio {__version__}")
    commands = _Commands(top)
    _add_new(commands)
    add_train_options(commands.of_project("train", "Train a project and save it."))
    _add_judging(commands)
    _add_answering(commands)
    _add_taking_away(commands)
    _add_changing(commands)
    for add in (add_open_link, add_examples, add_prepare, add_lesson, add_runs):
        add(commands.group)
    return top


class _Commands:
    """Adds commands; those of a project share what says where its data is, and how it is read.

    Attributes:
        group: what other modules add their own commands to.
    """

    def __init__(self, top: argparse.ArgumentParser) -> None:
        self.group = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Command)
        self._files, self._samples = Command(add_help=False), Command(add_help=False)
        self._files.add_argument(
            "--data", dest="data_from", type=Path, metavar="FILE",
            help="the file or folder to take the data from",
        )  # fmt: skip
        add_data_options(self._files)
        self._files.add_argument(
            "--salvage", action="store_true", help="go on with what can be read of a damaged project"
        )
        self._samples.add_argument(
            "--take-new", action="store_true", help="where the data changed since, take it as it is now"
        )

    def add(self, name: str, text: str, **arguments: dict[str, Any]) -> Command:
        """A command with these arguments."""
        parents = [self._files] if "project" in arguments else []
        parents += [self._samples] if name in READS_SAMPLES else []
        command = self.group.add_parser(name, help=text, description=text, parents=parents)
        for key, settings in arguments.items():
            command.add_argument(key, **settings)
        return command

    def of_project(self, name: str, text: str, **before: dict[str, Any]) -> Command:
        """A command with a project, behind the arguments ``before`` it."""
        return self.add(name, text, **before, project={"help": "a project file (.nns)", "type": Path})


def add_data_options(command: Command) -> None:
    """Options of a kind of data."""
    command.add_argument(
        "--option", dest="data_options", action="append", default=[], metavar="NAME=VALUE",
        help="an option of the data, such as skip_rows=8; may be given several times",
    )  # fmt: skip


def _add_new(commands: _Commands) -> None:
    new = commands.add("new", "Propose a project for a file or folder of data, and write it.")
    new.add_argument("--data", type=Path, required=True, metavar="FILE", help="a table, or a folder of data")
    new.add_argument(
        "--target", action="append", default=[], metavar="COLUMN",
        help="the column to predict, else guessed; several numbers may be given",
    )  # fmt: skip
    new.add_argument(
        "--kind", default="", metavar="KIND", help="the kind of data, such as series or table; else guessed"
    )
    new.add_argument(
        "--network", choices=tuple(Reader), default=Reader.LSTM, help="what reads a text; lstm is the usual"
    )
    new.add_argument("--task", choices=("classes", "number"), help="what the target is; else guessed")
    add_data_options(new)
    new.add_argument("out", type=Path, metavar="OUT.nns", help="the project file to write")
    new.add_argument("--replace", action="store_true", help="replace the file if it exists")


def _add_judging(commands: _Commands) -> None:
    """What tells how long a training takes, how good it is, and what would be better."""
    add = commands.of_project
    estimate = add("estimate", "Estimate the time and memory that training from the start takes.")
    estimate.add_argument("--epochs", type=int, metavar="N", help="instead of the project's own number")
    estimate.add_argument("--json", action="store_true", help="print a JSON object")
    evaluate = add("evaluate", "Print how good the network is on the test data.")
    evaluate.add_argument("--json", action="store_true", help="print a JSON object")
    evaluate.add_argument(
        "--part", choices=tuple(Split), help="the part of the data, by default the one for testing"
    )
    folds = add("cross-validate", "Train anew on all but one fold of the data after the other, and compare.")
    folds.add_argument("--folds", type=folds_of, default=5, metavar="K", help="how many (default: 5)")
    folds.add_argument("--threads", type=int, metavar="T", help="threads (default: all cores)")
    add_device_option(folds)
    folds.add_argument("--json", action="store_true", help="print a JSON object for each fold and score")
    add_sweep_options(add("sweep", "Train anew with many values of options, and compare what they reach."))
    add_doctor_options(add("doctor", "Say what keeps a network from learning, and what would help."))


def _add_answering(commands: _Commands) -> None:
    """What asks a network something."""
    add = commands.of_project
    predict = add("predict", "Predict for the rows of a table, samples in arrays, pictures or sounds.")
    predict.add_argument(
        "data", type=Path, help="a table with the input columns, an array of samples, pictures, sounds"
    )
    predict.add_argument("--out", type=Path, metavar="FILE", help="write a CSV here instead of printing it")
    add_forecast_options(add("forecast", "Forecast a series past its end, with a spread from a backtest."))
    add_generate_options(add("generate", "Write on, with a network that learned from a text."))
    explained = add(
        "explain", "Explain what the network makes of a sample, or fool it, or show what excites a unit.",
        method={"help": "how, such as saliency; see below"},
    )  # fmt: skip
    add_explain_options(explained)
    explained.more = listed_methods


def _add_taking_away(commands: _Commands) -> None:
    """What writes a network for other programs, or holds it against another one."""
    out = commands.of_project("export", "Write the trained weights; the suffix decides the format.")
    add_export_options(out)
    out.more = listed_formats
    both = commands.add(
        "compare", "Compare two projects, or files such as model.onnx: layers, weights, predictions.",
        project={"help": "a project (.nns), or a network such as model.onnx", "type": Path},
    )  # fmt: skip
    both.add_argument("other", type=Path, help="another one; both predict the data of the project")
    both.add_argument("--json", action="store_true", help="print a JSON object")


def _add_changing(commands: _Commands) -> None:
    """What makes another project of one, or of a network, and what shows one."""
    add = commands.of_project
    add_edit_options(add("edit", "Change layers in a copy of a project, which keeps what it learned."))
    add_reuse_options(add("reuse", "Take layers of a trained network into a copy of a project."))
    add_import(commands.group)
    figure = add("figure", "Draw the network into an SVG, PDF or PNG file.")
    figure.add_argument("out", type=Path, help="the file; its suffix decides the format")
    add("link", "Print a project as one line of text, without what it learned.")
