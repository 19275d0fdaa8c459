"""`nnstudio generate`: a network that learned from a text writes on, as the view Sampled text does."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.drawn import as_png
from nnstudio.explain.generated_text import (
    LENGTH,
    SEED,
    TEMPERATURE,
    TOP_K,
    GeneratedText,
    TextProbe,
    next_picture,
    written_table,
)
from nnstudio.lab_command import add_out, check_files, in_json, tell_files, with_bar, write_files
from nnstudio.predict_command import UNTRAINED
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation

SUFFIXES = (".txt", ".csv", ".png")
# Of the tokens that may come next, as JSON tells them.
MOST_TOLD = 10


def add_generate_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a project."""
    command.add_argument("--start", default="", metavar="TEXT", help="the beginning")
    for option, letter in ((LENGTH, "N"), (TEMPERATURE, "T"), (TOP_K, "K"), (SEED, "S")):
        name = f"--{option.name.replace('_', '-')}"
        text = f"{option.help.removesuffix('.')} (default: {option.default})"
        command.add_argument(
            name, type=type(option.default), default=option.default, metavar=letter, help=text
        )
    add_out(command, SUFFIXES, "; a picture shows what would come next")
    command.add_argument("--json", action="store_true", help="print a JSON object when all is written")


def write_text(
    open_project: Callable[[], Project], options: argparse.Namespace,
    as_json: Callable[[dict[str, Any]], str] | None,
) -> int:  # fmt: skip
    """Print beginning and text while it is computed, or all as JSON, or write it; returns the exit code.

    Raises SpecError where a number is out of range, DataError where the project's data is no text, and
    FileError.
    """
    check_files(options.out, SUFFIXES, options.project)
    project = open_project()
    length, temperature, top_k, seed = (
        _checked(option, options) for option in (LENGTH, TEMPERATURE, TOP_K, SEED)
    )
    session = _reader(project)
    vocabulary = Vocabulary.of(session.data)
    if vocabulary is None:
        raise DataError(
            f"'{options.project}' does not learn from a text, so it cannot write one. Choose a project whose "
            "data is a text file; for other data there is the command predict."
        )
    begun = vocabulary.begin(options.start, session.data.input_shape[0])
    for note in begun.notes:
        print(f"nnstudio: {note}", file=sys.stderr)
    if project.state is None:
        print(f"nnstudio: {UNTRAINED}", file=sys.stderr)
    probe = TextProbe(begun.window, begun.given, length, temperature, top_k, seed)
    began = time.perf_counter()
    before, told = vocabulary.text_of(begun.numbers), ""
    # While it is written, the text shows how far it is.
    is_told = as_json is None and not options.out
    if is_told:
        print(before, end="", flush=True)
    for result in probe.run(session) if is_told else with_bar(probe.run(session)):
        if is_told:
            print(result.text.removeprefix(told), end="", flush=True)
        told, last = result.text, result
    seconds = time.perf_counter() - began
    write_files(options.out, lambda suffix: _content(before, last, vocabulary, suffix))
    if as_json is not None:
        print(as_json({**_plain(before, last, vocabulary), **in_json(options.out, seconds)}))
    else:
        print(end="\n" if is_told else "")
        tell_files(options.out, seconds, is_aside=True)
    filling = begun.filling(last.filled, vocabulary.unit)
    if filling:
        print(f"nnstudio: {filling}", file=sys.stderr)
    if not np.isfinite(last.shares).all():
        print(
            "nnstudio: The network gives no numbers here, so the text ends. Train it anew with a lower "
            "learning rate.",
            file=sys.stderr,
        )
        return ExitCode.INCOMPLETE
    return ExitCode.DONE if begun.is_known else ExitCode.INCOMPLETE


def _checked(option: Option, options: argparse.Namespace) -> Any:
    return option.check(getattr(options, option.name))


def _reader(project: Project) -> Evaluation:
    """The network; what older projects hold of their data does not say that it is a text."""
    session = project.predictor()
    return session if session.data.text is not None or not project.data_is_there else project.session()


def _content(before: str, last: GeneratedText, vocabulary: Vocabulary, suffix: str) -> bytes:
    """A file."""
    if suffix == ".png":
        return as_png(next_picture(last, vocabulary))
    text = written_table(last, vocabulary) if suffix == ".csv" else f"{before}{last.text}\n"
    return text.encode()


def _plain(before: str, last: GeneratedText, vocabulary: Vocabulary) -> dict[str, Any]:
    asked = last.asked
    order = np.argsort(-last.shares, kind="stable")[:MOST_TOLD]
    return {
        "start": before, "text": last.text, "length": len(last.numbers), "temperature": asked.temperature,
        "top_k": asked.top_k, "seed": asked.seed, "step": last.step,
        "next": {vocabulary.names[i]: float(last.shares[i]) for i in order if last.shares[i] > 0},
    }  # fmt: skip
