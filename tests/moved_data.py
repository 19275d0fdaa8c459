"""Projects whose data is no longer where it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio import project as project_module
from nnstudio.from_data import project_from_data
from nnstudio.project import Project

COLUMNS = "grade: ordered low < mid < high; income: log; load: clip; town: embedding; day: fill; size: fill"


def table_text(rows: int = 120) -> str:
    """A table with a column of each type, and gaps in some."""
    rng = np.random.default_rng(3)
    lines = ["size,colour,grade,day,income,load,town,kind"]
    for i in range(rows):
        cells = (
            "" if i % 11 == 3 else f"{rng.normal(50, 9):.3f}",
            ("red", "blue", "grün")[i % 3],
            ("low", "mid", "high")[i // 2 % 3],
            "" if i % 19 == 6 else f"{2001 + i % 4}-{i % 12 + 1:02}-{i % 28 + 1:02}",
            f"{rng.lognormal(8):.2f}",
            f"{900.0 if i == 7 else rng.normal(3, 1):.4f}",
            f"town {i % 7}",
            ("no", "yes", "perhaps")[i % 3],
        )
        lines.append(",".join(cells))
    return "\n".join([*lines, ""])


def by_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no table is small enough to travel inside a project."""
    monkeypatch.setattr(project_module, "MAX_TABLE_BYTES", 100)


def saved_table(folder: Path, **options: str) -> Project:
    """A project on `table_text` as if it had been trained, in "p.nns" beside "table.csv"."""
    path = folder / "table.csv"
    path.write_text(table_text(), encoding="utf-8")
    project = project_from_data(path, {"columns": COLUMNS, **options}).project
    project.state = project.session().state()
    project.save(folder / "p.nns")
    return project
