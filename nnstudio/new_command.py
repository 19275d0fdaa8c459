"""The command that proposes a project for a file or folder: says what it guesses, and writes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from nnkernels.spec import Role, losses, optimizers
from nnstudio.command_help import as_argument
from nnstudio.data.dataset import DataError
from nnstudio.exit_codes import ExitCode
from nnstudio.from_data import FromData, project_from_data, proposed_source, source_called
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Graph
from nnstudio.model.proposal import Reader
from nnstudio.project import Project
from nnstudio.written_file import check_new_project


def write_new(
    data: Path,
    targets: Sequence[str],
    options: Sequence[str],
    out: Path,
    replace: bool,
    kind: str = "",
    reader: Reader = Reader.LSTM,
) -> int:
    """Write the project and print what was guessed; returns the exit code. ``reader`` is for a text.

    Raises as its parts do.
    """
    check_new_project(out, replace)
    # A project knows how the options of its data are written.
    chosen, why = Project(), ""
    if kind:
        source = source_called(data, kind)
    else:
        said = {name.strip(): value for name, _, value in (text.partition("=") for text in options)}
        source, why = proposed_source(data, said, targets)
    chosen.document.set_data(DataReference(source.id))
    for text in options:
        chosen.set_data_option(text)
    try:
        proposed = project_from_data(data, chosen.document.data.options, targets, source.id, reader)
    except DataError as error:
        raise DataError(f"{error} {why}".rstrip()) from error
    proposed.project.save(out)
    print("\n".join(report(dataclasses.replace(proposed, why=why))))
    print(f"Wrote {out}. Train it: nnstudio train {as_argument(out)}")
    return ExitCode.DONE


def report(proposed: FromData) -> list[str]:
    """What was guessed and proposed, a line each."""
    data, settings = proposed.data, proposed.proposal.settings
    rate = settings.hyperparameters()["learning_rate"]
    lines = [("Source", proposed.source.title)]
    if proposed.preview is not None:
        lines.append(("Read as", proposed.preview.text))
    lines += [
        ("Target", proposed.target),
        ("Task", proposed.task),
        ("Samples", data.sizes),
        *(("Note", note) for note in (proposed.why, *data.notes) if note),
        ("Network", layers_in_words(proposed.project.document.graph)),
        ("Why", proposed.proposal.reason),
        ("Loss", losses[settings.loss].title),
        ("Optimizer", f"{optimizers[settings.optimizer].title}, learning rate {rate:g}"),
        ("Epochs", f"{settings.epochs:,}"),
        ("Batch size", f"{settings.batch_size:,}"),
    ]
    return [f"{name + ':':12}{text}" for name, text in lines]


def layers_in_words(graph: Graph) -> str:
    """The layers between Input and Output, in order, with what their faces show."""
    words = []
    for node in graph.nodes:
        layer = graph.registry[node.kind]
        if layer.role == Role.LAYER:
            shown = ", ".join(f"{name} {node.options[name]}" for name in layer.shown)
            words.append(f"{layer.title} ({shown})" if shown else layer.title)
    return ", ".join(words)
