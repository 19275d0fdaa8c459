"""Runs as tables for a spreadsheet: their curves, or a line for each run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nnstudio.model.curve_columns import COLUMNS, COUNTS, SPAN
from nnstudio.runs.record import RunRecord
from nnstudio.training.curve import Curve

SUMMARY = (
    "id", "name", "project_name", "project_path", "status", "reason", "began", "changed", "epochs", "steps",
    "seconds", "estimate_seconds", "data_kind", "data_name", "data_hash", "split", "watched", "network_hash",
    "seed", "notes", "is_pinned", "bytes", "parent", "sweep",
)  # fmt: skip


def curves_as_csv(runs: Iterable[tuple[RunRecord, Curve]]) -> str:
    """A line for each row of each curve; what does not apply is empty.

    "epochs_in_row" is above 1 where a long run has one row for several epochs: the numbers are then those of
    the last one. Where the accuracies of a run count real samples alone, a column "only_real" says of which.
    """
    kept = list(runs)
    # Only where it says anything.
    real = ("only_real",) if any(record.only_real for record, _curve in kept) else ()
    lines: list[Sequence[Any]] = [("run", "name", *COLUMNS, "epochs_in_row", *real)]
    for record, curve in kept:
        own = (record.only_real,) if real else ()
        columns = [curve.column(name).tolist() for name in (*COLUMNS, SPAN)]
        for values in zip(*columns, strict=True):
            named = zip((*COLUMNS, SPAN), values, strict=True)
            numbers = (_number(name, value) for name, value in named)
            lines.append((record.id, record.name, *numbers, *own))
    return _written(lines)


def runs_as_csv(records: Sequence[RunRecord]) -> str:
    """A line for each run, with its settings and numbers; columns that no run has are left out."""
    rows = [_flat(record) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    return _written([tuple(names), *([row.get(name, "") for name in names] for row in rows)])


def _flat(record: RunRecord) -> dict[str, Any]:
    """A record with a name for each value."""
    row = {name: getattr(record, name) for name in SUMMARY}
    row["status"] = str(record.status)
    row["tags"] = ", ".join(record.tags)
    if record.only_real:
        row["only_real"] = True
    for prefix, values in (
        ("", record.metrics), ("best.", record.best), ("settings.", record.settings),
        ("varied.", record.values), ("version.", record.versions), ("machine.", record.machine),
    ):  # fmt: skip
        for name, value in values.items():
            if isinstance(value, Mapping):
                # Of settings, no two groups of options share a name.
                row |= {f"{prefix}{inner}": each for inner, each in value.items()}
            else:
                row[f"{prefix}{name}"] = value
    return row


def _number(name: str, value: float) -> int | float | str:
    if np.isnan(value):
        return ""
    return int(value) if name in (*COUNTS, SPAN) else value


def _written(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
