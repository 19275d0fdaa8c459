"""The command that predicts a file of new samples: one line for each row, in order."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TextIO

import numpy as np

from nnstudio.data.columns import scaled
from nnstudio.data.npy_file import read_samples
from nnstudio.model.atomic_file import FileError, check_writable, write_atomically
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.training.inputs import check_numbers
from nnstudio.training.session import Session

# Exit code where some rows have no prediction, because they lack an input.
INCOMPLETE = 3


def write_predictions(project: Project, source: Path, out: Path | None) -> int:
    """Predict the samples of a file, in the units of the data, as CSV; returns the exit code."""
    session = project.session()
    x, answered = _new_samples(session, source, project.document.data)
    check_numbers(session, x)
    header, predicted = predictions(session, session.predict(x))
    # A row for each row that was given: whoever joins the two would else be given those of others.
    each, empty = iter(predicted), [""] * len(header)
    rows = [next(each) if known else empty for known in answered]
    if out is None:
        _write_rows(sys.stdout, header, rows)
    else:
        text = io.StringIO(newline="")
        _write_rows(text, header, rows)
        write_atomically(out, text.getvalue().encode())
    return 0 if answered.all() else INCOMPLETE


def check_result(out: Path, read: Path) -> None:
    """Raises FileError where predictions would replace a project, or the file that they are made of, or
    cannot be written.
    """
    if out.suffix.lower() == SUFFIX:
        raise FileError(
            f"'{out}' is the name of a project. Predictions are CSV: choose a name such as out.csv."
        )
    if out.exists() and read.exists() and out.samefile(read):
        raise FileError(f"'{out}' is the file that is read. Choose another one for the predictions.")
    check_writable(out)


def predictions(session: Session, outputs: np.ndarray) -> tuple[list[str], list[list[str]]]:
    """Column names and rows: for classes the name and the outputs, else values in their units."""
    from nnstudio.explain.activations import decide

    data = session.data
    flat = outputs.reshape(len(outputs), -1)
    if not data.classes:
        values = flat * data.y_scale + data.y_shift
        return list(data.targets), [[f"{v:.7g}" for v in row] for row in values]
    chosen, share = decide(session, outputs)
    rows = [[data.classes[c], f"{s:.6f}"] for c, s in zip(chosen, share, strict=True)]
    return [data.targets[0], "probability"], rows


def _new_samples(session: Session, path: Path, reference: DataReference) -> tuple[np.ndarray, np.ndarray]:
    """Samples from a table of text or NPY, scaled as in training, and which of the rows they are.

    What a person must know of the rows goes to stderr. Raises DataError.
    """
    data, shape = session.data, session.data.input_shape
    if path.suffix == ".npy":
        x = read_samples(path, shape)
        answered = np.ones(len(x), bool)
    else:
        from nnstudio.data.new_rows import read_new_rows

        # How a person said that the training table is written holds for new rows, too.
        new = read_new_rows(path, reference.options if reference.kind == "csv" else {}, data)
        for note in new.notes:
            print(f"nnstudio: {note}", file=sys.stderr)
        x, answered = new.x.reshape(-1, *shape), new.answered
    return scaled(path, x, data.x_shift, data.x_scale), answered


def _write_rows(file: TextIO, header: list[str], rows: list[list[str]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
