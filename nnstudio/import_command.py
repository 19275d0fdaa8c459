"""`nnstudio import`: a network of another program as a project, and what became of each part of it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nnkernels.spec import PLACEHOLDER
from nnstudio.command_help import as_argument, listed_importers
from nnstudio.exit_codes import ExitCode
from nnstudio.from_network import BuiltProject, project_of
from nnstudio.import_table import in_columns
from nnstudio.importing.importer import Imported, importers
from nnstudio.load_command import write_loaded
from nnstudio.model.atomic_file import FileError
from nnstudio.written_file import check_new_project

PREDICTS = "It predicts, exports and compares as it is."
NO_PREDICTION = "It predicts and exports once it has no placeholders."
TRAINS = "Training needs data, which the file has none of: nnstudio train {} --data FILE"


def add_import(commands: Any) -> None:
    """Add the command to a command line's commands, which come from argparse's `add_subparsers`."""
    text = "Read a network of another program, and write it as a project."
    command = commands.add_parser("import", help=text, description=text)
    command.add_argument("file", type=Path, help="the network, such as model.onnx")
    command.add_argument("out", type=Path, metavar="OUT.nns", help="the project file to write")
    command.add_argument(
        "--into", type=Path, metavar="PROJECT.nns",
        help="load only the weights, into a copy of this project; also from safetensors and NPZ",
    )  # fmt: skip
    command.add_argument(
        "--freeze", action="store_true", help="with --into: keep what is loaded as it is in training"
    )
    command.add_argument("--replace", action="store_true", help="replace the project if it exists")
    command.add_argument("--json", action="store_true", help="print the table as a JSON object")
    command.more = listed_importers


def import_network(options: argparse.Namespace) -> int:
    """Carry out the command."""
    if options.into is not None:
        check_new_project(options.out, options.replace)
        return write_loaded(options.file, options.into, options.out, options.freeze, options.json)
    if options.freeze:
        raise FileError("--freeze is for weights that are loaded into a project: name it with --into.")
    return write_import(options.file, options.out, options.replace, options.json)


def write_import(source: Path, out: Path, replace: bool, as_json: bool) -> int:
    """Write the project and print a table of what was imported; returns the exit code. Raises FileError."""
    check_new_project(out, replace)
    imported = importers.of(source).read(source)
    built = project_of(imported)
    built.project.save(out)
    print(json.dumps(_plain(imported, built, out)) if as_json else _table(imported))
    for note in (*built.notes, *built.assumed):
        print(f"nnstudio: {note}", file=sys.stderr)
    kept = sum(node.kind == PLACEHOLDER for node in imported.nodes)
    if kept:
        print(
            f"nnstudio: {kept} of {len(imported.nodes)} nodes are kept as placeholders, as the table says. "
            "The network runs once other layers are in their places.",
            file=sys.stderr,
        )
    if not as_json:
        print(f"Wrote {out}. {NO_PREDICTION if kept else PREDICTS} {TRAINS.format(as_argument(out))}")
    return ExitCode.INCOMPLETE if kept or built.assumed else ExitCode.DONE


def _table(imported: Imported) -> str:
    """A line for each node and array of the file."""
    kinds = {node.name: node.kind for node in imported.nodes}
    rows = [("In the file", "Kind", "Imported as", "")]
    for row in imported.rows:
        layer = kinds.get(row.layer, "")
        rows.append((row.name, row.kind, "-" if not layer else f"{row.layer} ({layer})", row.text))
    return in_columns(rows)


def _plain(imported: Imported, built: BuiltProject, out: Path) -> dict[str, object]:
    kinds = {node.name: node.kind for node in imported.nodes}
    rows = [{**asdict(row), "layer_kind": kinds.get(row.layer, "")} for row in imported.rows]
    told = {"notes": list(built.notes), "assumed": list(built.assumed)}
    return {"project": str(out), "rows": rows, **told}
