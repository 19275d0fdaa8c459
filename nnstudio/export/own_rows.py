"""The proof that an export reads a table as nnstudio does, with rows of the project's own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.data.dataset import DataError, Dataset, sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.export.format import ExportError, Format
from nnstudio.model.document import DataReference
from nnstudio.model.temporary import temporary_folder

# Of a file of text so many bytes are enough.
START = 2**18
KIND = "csv"


@dataclass(frozen=True)
class OwnFile:
    """The file of text that a network was trained on, and the options by which it is read."""

    path: Path
    options: Mapping[str, Any]

    @staticmethod
    def of(reference: DataReference, path: Path | None) -> OwnFile | None:
        """None where the data is no such file, or it is not there."""
        is_one = reference.kind == KIND and path is not None and path.is_file()
        return OwnFile(path, reference.options) if is_one and path is not None else None


def told_of_rows(form: Format, exported: Path, own: OwnFile, data: Dataset) -> str:
    """Whether an export reads the first rows of a file as nnstudio does, in a sentence; "" where it reads no
    tables, or they cannot be read. Raises ExportError.
    """
    if not data.inputs:
        return ""
    with temporary_folder() as folder:
        file = folder / own.path.name
        try:
            file.write_bytes(_start(own.path))
            said = [str(own.options.get(name, "")) for name in ("missing_marks", "columns", "names")]
            complete = sources[KIND].complete({**own.options, "path": str(file)})
            ours = read_new_rows(file, complete, data, *said)
        except (DataError, OSError):
            return ""
        try:
            theirs = form.reads(exported, file)
        except (OSError, ValueError) as error:
            raise ExportError(
                f"'{exported.name}' was not written: it cannot read a table ({error})."
            ) from error
    if theirs is None:
        return ""
    x, answered = theirs
    count = len(ours.answered)
    if len(answered) != count:
        counted = f"{len(answered):,} rows in '{own.path.name}', where nnstudio finds {count:,}"
        return f"Its CSV reader finds {counted}."
    other = (answered != ours.answered) | _differ(ours.x, ours.answered, x, answered)
    if not other.any():
        return f"Its CSV reader reads {count:,} rows of '{own.path.name}' as nnstudio does."
    return (
        f"Its CSV reader does NOT read '{own.path.name}' as nnstudio does: {int(other.sum()):,} of {count:,} "
        f"rows become other inputs or are left out, the first of them data row {int(other.argmax()) + 1:,}. "
        "Have such rows predicted by nnstudio, or give predict dicts with numbers."
    )


def _start(path: Path) -> bytes:
    """The first rows of a file; of one in which a line may end otherwise than in a byte, all."""
    raw = path.read_bytes() if path.stat().st_size <= START else b""
    if not raw:
        with path.open("rb") as file:
            raw = file.read(START)
        raw = raw[: raw.rfind(b"\n") + 1] if b"\0" not in raw else path.read_bytes()
    return raw


def _differ(ours: np.ndarray, known: np.ndarray, theirs: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """Which rows, (rows,), have inputs in both that are not the same."""
    differ = np.zeros(len(known), bool)
    both = known & answered
    one, other = ours[both[known]], theirs[both[answered]]
    differ[both] = ~np.isclose(one, other, rtol=1e-6, atol=1e-9).all(axis=1)
    return differ
