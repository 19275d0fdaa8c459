"""`nnstudio edit`: other options of layers in a copy of a project, which keeps what it learned."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from nnkernels.spec import SpecError
from nnstudio.command_help import Command
from nnstudio.exit_codes import ExitCode
from nnstudio.model.commands import ChangeNode
from nnstudio.model.graph import Graph, Node
from nnstudio.model.locations import distinct_names, names_to_tell
from nnstudio.project import Project
from nnstudio.training.learned import Learned
from nnstudio.training.surgery.changes import LOSSES, sentence
from nnstudio.training.threads import limit_threads
from nnstudio.written_file import check_new_project

STARTS = "None of the trained weights fit the changed network: it starts again from random ones."
NOTHING = "The project has learned nothing yet, so there was nothing to keep."


def add_edit_options(command: Command) -> None:
    """The options of `nnstudio edit`."""
    command.add_argument("out", type=Path, metavar="OUT.nns", help="the project file to write")
    command.add_argument(
        "--set", dest="changes", action="append", default=[], required=True, metavar="LAYER.OPTION=VALUE",
        help="an option of a layer, by its name or identifier, such as dense_1.units=20; several times",
    )  # fmt: skip
    command.add_argument("--replace", action="store_true", help="replace the file if it exists")


def write_edited(project: Project, options: argparse.Namespace) -> int:
    """Change options of layers and write the project with what it learned; says what became of the weights.

    Returns the exit code. Raises FileError, SpecError or DataError.
    """
    check_new_project(options.out, options.replace)
    threads = limit_threads(os.cpu_count() or 1)
    learned = Learned.of(project.session(threads)) if project.state is not None else None
    graph = project.document.graph
    for text in options.changes:
        _change(graph, text)
    project.state = None
    session = project.session(threads)
    if learned is None:
        told, code = NOTHING, ExitCode.DONE
    else:
        carried = learned.teach(session)
        names = names_to_tell(project.document)
        told = sentence(carried.changes, carried.difference, names) if carried.goes_on else STARTS
        told = f"{told} {carried.beginning.told(names)}".rstrip()
        loses = not carried.goes_on or any(change.what in LOSSES for change in carried.changes)
        code = ExitCode.INCOMPLETE if loses else ExitCode.DONE
        project.state = None if session.is_new else session.state()
    project.save(options.out)
    print(f"nnstudio: {told}", file=sys.stderr)
    print(f"Wrote {options.out}.")
    return code


def _change(graph: Graph, text: str) -> None:
    """Carry out one change. Raises SpecError with a sentence."""
    where, equals, value = text.partition("=")
    layer, point, name = where.rpartition(".")
    if not (equals and point):
        raise SpecError(f"A change is written as LAYER.OPTION=VALUE, such as dense_1.units=20, not '{text}'.")
    node = _layer(graph, layer.strip())
    declared = {option.name: option for option in graph.registry[node.kind].options}
    if name not in declared:
        known = ", ".join(declared) or "none"
        raise SpecError(f"{node.name} has no option called '{name}'. Its options are: {known}.")
    ChangeNode(graph, node.id, name, declared[name].parse(value)).redo()


def _layer(graph: Graph, named: str) -> Node:
    names = distinct_names(graph.names())
    hits = [n for n in graph.nodes if named in (n.id, n.name, names[n.id])]
    if len(hits) != 1:
        known = ", ".join(names.values())
        how = "There is no layer" if not hits else "There are several layers"
        which = " Write the identifier in brackets." if hits else ""
        raise SpecError(f"{how} called '{named}'. The layers are: {known}.{which}")
    return hits[0]
