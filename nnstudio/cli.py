"""The studio without a window: train, evaluate, predict, export, examples."""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnkernels.spec.registry import log as registry_log
from nnstudio.changed_data import take_new, told_of_change, told_of_loss
from nnstudio.command_parser import parser
from nnstudio.compare_command import compare as compare_networks
from nnstudio.compare_command import write_comparison
from nnstudio.data.dataset import DataError
from nnstudio.data.facts import facts_of_data
from nnstudio.doctor_command import write_report
from nnstudio.edit_command import write_edited
from nnstudio.evaluate_command import write_folds, write_scores
from nnstudio.examples_command import example, examples
from nnstudio.exit_codes import ExitCode
from nnstudio.explain_command import write_explanation
from nnstudio.export.format import ExportError
from nnstudio.export.network_part import Part
from nnstudio.export_command import Wanted, format_names, write_export
from nnstudio.forecast_command import write_forecast
from nnstudio.from_data import take_data
from nnstudio.generate_command import write_text
from nnstudio.import_command import import_network
from nnstudio.lesson_command import lesson
from nnstudio.link_command import open_link, write_link
from nnstudio.look_command import LOOKS, write_look
from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError
from nnstudio.model.proposal import Reader
from nnstudio.new_command import write_new
from nnstudio.predict_command import check_result, write_predictions
from nnstudio.prepare_command import prepare
from nnstudio.project import Project
from nnstudio.reuse_command import write_reused
from nnstudio.runs_command import runs
from nnstudio.sweep_command import write_sweep
from nnstudio.train_command import train_and_save
from nnstudio.training.session import Diverged
from nnstudio.training.threads import limit_threads

NO_SHAPES = "The data is not here, and the project holds nothing of it: shapes are drawn with --data only."
# Mistakes that a person can mend: a sentence on stderr and exit code 2.
MENDABLE = (SpecError, DataError, FileError, ExportError, Diverged, UnknownName, MemoryError)


def run(arguments: list[str]) -> int:
    """Carry out a command; returns the exit code, see `ExitCode`."""
    options = parser().parse_args(arguments)
    tell = _TellSkipped()
    registry_log.addHandler(tell)
    try:
        code = int(COMMANDS[options.command](options))
        # At the end of python nobody could say any more that it cannot be written.
        sys.stdout.flush()
        return code
    except MENDABLE as error:
        print(f"nnstudio: {error or 'This machine does not have enough memory.'}", file=sys.stderr)
        return ExitCode.REFUSED
    except KeyboardInterrupt:
        print("nnstudio: stopped.", file=sys.stderr)
        return ExitCode.REFUSED
    except BrokenPipeError:
        # Whoever read our output is gone.
        _drop_output()
        return ExitCode.DONE
    except OSError as error:
        # An error of a file names it; that of the output, such as on a full disk, names none.
        if error.filename is not None or not disk_faults.is_of_disk(error):
            raise
        _drop_output()
        why, what = disk_faults.reason(error), disk_faults.advice(error)
        print(f"nnstudio: The output cannot be written: {why}. {what}", file=sys.stderr)
        return ExitCode.REFUSED
    finally:
        registry_log.removeHandler(tell)


def _drop_output() -> None:
    """Python would complain again of what is still to be written, while closing stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _TellSkipped(logging.Handler):
    """Says on stderr which plug-ins could not be loaded; a command that needs none of them goes on."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"nnstudio: {record.getMessage()}", file=sys.stderr)


def open_project(options: argparse.Namespace, path: Path | None = None) -> Project:
    """The project of a command, or a ``path`` in its place, with the data that the command names.

    Raises FileError, also where some is lost.
    """
    project = Project.open(path or options.project)
    if text := told_of_loss(project, str(path or options.project)):
        if not options.salvage:
            raise FileError(f"{text} Use --salvage to go on with what is left.")
        print(f"nnstudio: {text}", file=sys.stderr)
    if getattr(options, "take_new", False):
        take_new(project)
    if options.data_from is not None and (text := take_data(project, options.data_from)):
        print(f"nnstudio: {text}", file=sys.stderr)
    if text := told_of_change(project):
        print(f"nnstudio: {text}", file=sys.stderr)
    for text in options.data_options:
        project.set_data_option(text)
    return project


def new(options: argparse.Namespace) -> int:
    """A project that is proposed for a file or folder."""
    said = [*options.data_options, *([f"task={options.task}"] if options.task else [])]
    reader = Reader(options.network)
    return write_new(options.data, options.target, said, options.out, options.replace, options.kind, reader)


def train(options: argparse.Namespace) -> int:
    """Train and save; on divergence, or where a signal ends it, the last good weights are saved first."""
    return train_and_save(options, partial(open_project, options), to_json if options.json else None)


def estimate(options: argparse.Namespace) -> int:
    """What training the project from its start would take; tries it for a moment, changes nothing."""
    from nnstudio.training import estimate as trial

    project = open_project(options)
    if options.epochs is not None:
        project.document.set_settings(project.document.settings.with_option("epochs", options.epochs))
    project.state = None
    expected = trial.estimate_with(project.session(limit_threads(os.cpu_count() or 1)))
    print(to_json(asdict(expected)) if options.json else expected.sentence)
    return ExitCode.DONE


def evaluate(options: argparse.Namespace) -> int:
    """How good the network is on a part of the data."""
    return write_scores(open_project(options), options.part, to_json if options.json else None)


def cross_validate(options: argparse.Namespace) -> int:
    """How good networks like this are, fold by fold; the project is not changed."""
    threads = limit_threads(options.threads or os.cpu_count() or 1)
    as_json = to_json if options.json else None
    return write_folds(open_project(options), options.folds, threads, as_json, options.device)


def sweep(options: argparse.Namespace) -> int:
    """Which values are best; the project is not changed."""
    return write_sweep(open_project(options), options, to_json if options.json else None)


def doctor(options: argparse.Namespace) -> int:
    """What is wrong with a network; the project is not changed."""
    return write_report(open_project(options), options, to_json if options.json else None)


def to_json(row: dict[str, Any]) -> str:
    """One line of strict JSON: what is not a finite number is null."""
    clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
    return json.dumps(clean)


def predict(options: argparse.Namespace) -> int:
    """Predictions for new samples, in the units of the data, as CSV."""
    if options.out is not None:
        check_result(options.out, options.data)
    return write_predictions(open_project(options), options.data, options.out)


def forecast(options: argparse.Namespace) -> int:
    """How a series goes on, and how far off such forecasts were."""
    return write_forecast(partial(open_project, options), options, to_json if options.json else None)


def generate(options: argparse.Namespace) -> int:
    """A text that the network writes."""
    return write_text(partial(open_project, options), options, to_json if options.json else None)


def explain(options: argparse.Namespace) -> int:
    """Why the network gives what it gives."""
    write = write_look if options.method in LOOKS else write_explanation
    return write(partial(open_project, options), options, to_json if options.json else None)


def export_weights(options: argparse.Namespace) -> int:
    """Write the weights and the parity report."""
    names, part = format_names(options.format), Part(options.part)
    wanted = Wanted(options.out, options.project.stem, names, options.format_options, part)
    return write_export(lambda: open_project(options), wanted, options.json)


def compare(options: argparse.Namespace) -> int:
    """How two networks differ."""
    comparison = compare_networks(options.project, lambda: open_project(options), options.other)
    names = options.project.name, options.other.name
    return write_comparison(comparison, names, to_json if options.json else None)


def edit(options: argparse.Namespace) -> int:
    """Another project with changed layers, which goes on from what this one learned."""
    return write_edited(open_project(options), options)


def reuse(options: argparse.Namespace) -> int:
    """Another project with layers that another network learned."""
    return write_reused(open_project(options), options, to_json if options.json else None)


def figure(options: argparse.Namespace) -> int:
    """Draw the network; needs no screen."""
    from nnstudio.model.locations import facts_at
    from nnstudio.ui.canvas.figure import application, write_figure

    kept = application()
    project = open_project(options)
    document = project.document
    data = project.load_data() if project.data_is_there else project.known_data()
    if data is None:
        print(f"Note: {NO_SHAPES}", file=sys.stderr)
    write_figure(options.out, document.graph, facts_at(document, facts_of_data(data)) if data else {})
    print(f"Drew {len(document.graph.nodes)} nodes into {options.out}.")
    del kept
    return ExitCode.DONE


def link(options: argparse.Namespace) -> int:
    """A project as text."""
    return write_link(open_project(options))


COMMANDS = {
    "new": new, "train": train, "estimate": estimate, "evaluate": evaluate, "cross-validate": cross_validate,
    "predict": predict, "forecast": forecast, "generate": generate, "explain": explain, "doctor": doctor,
    "export": export_weights, "import": import_network, "compare": compare, "edit": edit, "reuse": reuse,
    "figure": figure,
    "examples": examples, "example": example, "lesson": lesson, "link": link, "open-link": open_link,
    "prepare": prepare, "runs": runs, "sweep": sweep,
}  # fmt: skip
