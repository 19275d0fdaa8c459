"""`nnstudio import --into`: weights of a file into a copy of a project, and what became of each array."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from nnkernels.spec import show_shape
from nnstudio.changed_data import told_of_loss
from nnstudio.exit_codes import ExitCode
from nnstudio.import_table import in_columns
from nnstudio.importing.weights import WeightMatch
from nnstudio.loaded_weights import freezing, load_weights, target_of, told_of_freezing
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.written_file import is_same_file

STARTS = "Training starts anew from these weights; what the project had learned stays in its own file."


def write_loaded(source: Path, into: Path, out: Path, freeze: bool, as_json: bool) -> int:
    """Write the project with the weights and print a table; returns the exit code.

    Nothing is written where no array matches. Raises FileError, SpecError or DataError.
    """
    if is_same_file(out, into):
        raise FileError("The project that weights are loaded into stays as it is; choose another OUT.nns.")
    project = Project.open(into)
    if text := told_of_loss(project, str(into)):
        raise FileError(text)
    document = project.document
    data = project.known_data() or project.load_data()
    loaded = load_weights(source, document, data.input_shape, project.state)
    match = loaded.match
    notes = [*match.notes]
    if match.is_empty:
        print(json.dumps(_plain(match, None, notes)) if as_json else _table(match))
        raise FileError(f"No array of '{source.name}' matches the network, so nothing was written.")
    if freeze:
        for command in freezing(document, loaded):
            command.redo()
        notes += told_of_freezing(document, loaded)
    if project.state is not None and project.state.step:
        notes.append(STARTS)
    project.state = loaded.begun(project.state)
    project.save(out)
    print(json.dumps(_plain(match, out, notes)) if as_json else _table(match))
    for note in [match.sentence, *notes]:
        print(f"nnstudio: {note}", file=sys.stderr)
    if not as_json:
        print(f"Wrote {out}.")
    return ExitCode.DONE if match.is_complete and not match.is_guessed else ExitCode.INCOMPLETE


def _table(match: WeightMatch) -> str:
    rows = [("In the file", "Shape", "Loaded into", "")]
    for row in match.rows:
        mark = target_of(match, row) if row.is_loaded or not row.array else "-"
        rows.append((row.array or "-", show_shape(row.shape) if row.shape else "", mark, row.text))
    return in_columns(rows)


def _plain(match: WeightMatch, out: Path | None, notes: list[str]) -> dict[str, object]:
    rows = [asdict(row) for row in match.rows]
    return {"project": None if out is None else str(out), "rows": rows, "notes": notes}
