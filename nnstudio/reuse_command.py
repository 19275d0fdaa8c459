"""`nnstudio reuse`: layers of a trained network into a copy of a project, and what became of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnstudio.command_help import Command, as_argument
from nnstudio.exit_codes import ExitCode
from nnstudio.import_table import in_columns
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.reuse import Reuse, read_lender
from nnstudio.written_file import check_new_project

Writer = Callable[[dict[str, Any]], str]
THAW = "To let a layer learn, too: nnstudio edit {} OUT.nns --set LAYER.frozen=off"
NOTHING = "Nothing of '{}' fits this project's data, so nothing was written."


def add_reuse_options(command: Command) -> None:
    """The options of `nnstudio reuse`."""
    command.add_argument("trained", type=Path, help="the trained network: a project, or such as model.onnx")
    command.add_argument("out", type=Path, metavar="OUT.nns", help="the project file to write")
    command.add_argument(
        "--layers", default="", metavar="A,B", help="the layers that come over (default: all but the last)"
    )
    command.add_argument("--freeze", action="store_true", help="keep what comes over as it is in training")
    command.add_argument("--replace", action="store_true", help="replace the file if it exists")
    command.add_argument("--json", action="store_true", help="print the table as a JSON object")


def write_reused(project: Project, options: argparse.Namespace, as_json: Writer | None) -> int:
    """Write the project with the network and what its layers learned; returns the exit code.

    Raises FileError, DataError, SpecError or NodeError with a sentence.
    """
    check_new_project(options.out, options.replace)
    if options.out.exists() and any(
        each.exists() and options.out.samefile(each) for each in (options.project, options.trained)
    ):
        raise FileError("Both projects stay as they are; choose another OUT.nns.")
    reuse = Reuse(read_lender(options.trained), project.document, project.load_data())
    named = [name.strip() for name in options.layers.split(",") if name.strip()]
    chosen = reuse.check(named) if named else reuse.usual
    if not chosen:
        raise FileError(NOTHING.format(options.trained.name))
    for command in reuse.steps(project.document, chosen, options.freeze):
        command.redo()
    project.state = reuse.state(chosen)
    project.save(options.out)
    rows = [(layer, layer.told(layer.node in chosen)) for layer in reuse.layers]
    if as_json is not None:
        told = [
            {"layer": one.node, "name": one.name, "kind": one.kind, "weights": one.weights,
             "taken": one.node in chosen, "frozen": one.node in chosen and options.freeze, "text": text}
            for one, text in rows
        ]  # fmt: skip
        print(as_json({"project": str(options.out), "layers": told, "notes": list(reuse.notes)}))
    else:
        head = ("Layer", "Kind", "Weights", "")
        names = reuse.names
        print(in_columns([head, *[(names[o.node], o.kind, f"{o.weights:,}", text) for o, text in rows]]))
    for note in (reuse.sentence(chosen), *reuse.notes):
        print(f"nnstudio: {note}", file=sys.stderr)
    if as_json is None:
        thaw = f" {THAW.format(as_argument(options.out))}" if options.freeze else ""
        print(f"Wrote {options.out}.{thaw}")
    is_whole = all(layer.fits and not layer.change for layer in reuse.layers if layer.node in chosen)
    return ExitCode.DONE if is_whole else ExitCode.INCOMPLETE
