"""Gaps of a series: no window reaches over one unless a person wants values in between."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.model.document import DataReference, Document
from nnstudio.model.older_data import BEFORE_11
from nnstudio.model.projectfile import _data

ROWS = [f"{1990 + i // 12}-{i % 12 + 1:02},{i}" for i in range(60)]


@pytest.fixture
def write(tmp_path):
    def write(rows, name="t.csv"):
        (tmp_path / name).write_text("\n".join(["month,sales", *rows, ""]))
        return tmp_path / name

    return write


def lacking(*cells: int, rows: tuple[int, ...] = (), mark: str = "") -> list[str]:
    """Rows without some values, and without some rows."""
    return [
        f"{row.partition(',')[0]},{mark}" if i in cells else row
        for i, row in enumerate(ROWS)
        if i not in rows
    ]


def series(path, **options):
    return load("series", {"path": str(path), "window": 3, "validation_ratio": 0.0, **options})


def windows(data) -> np.ndarray:
    """Values that enter and the one after them, (n, 4), in their own unit."""
    x = (data.all_inputs() * data.x_scale + data.x_shift)[:, :, 0]
    return np.hstack([x, data.all_targets() * data.y_scale + data.y_shift]).round(3)


def test_windows_that_touch_a_gap_are_left_out_and_counted(write):
    data = series(write(lacking(20, rows=(40, 41))))
    assert np.array_equal(np.diff(windows(data), axis=1), np.ones((len(windows(data)), 3)))
    # Of 55 windows, four hold the missing value and three reach over the missing rows.
    assert len(windows(data)) == 55 - 4 - 3
    told = " ".join(data.notes)
    assert "1 value of 'sales' is missing, in data row 21 (1991-09)." in told
    assert "Between the dates of 'month' there is 1 gap after data row 40 (1993-04)." in told
    assert "7 of the 55 windows touch gaps and are left out; " in told and "Time gaps to interpolate" in told


def test_values_in_between_are_taken_where_a_person_says_so(write):
    data = series(write(lacking(0, 20, rows=(40,))), time_gaps="interpolate")
    assert len(windows(data)) == 56 and np.isfinite(windows(data)).all()
    assert [17, 18, 19, 20] in windows(data).tolist() and [1, 1, 2, 3] in windows(data).tolist()
    told = " ".join(data.notes)
    assert "2 missing values of 'sales' are taken from the line" in told and "from the nearest one" in told
    assert "1 gaps between the dates of 'month'; each row counts as one step." in told


def test_many_windows_are_left_out_only_where_a_person_says_so(write):
    path = write(lacking(*range(5, 60, 9)))
    with pytest.raises(DataError, match=r"of the 57 windows touch gaps of 't\.csv', more than .* data row 6"):
        series(path)
    assert len(windows(series(path, time_gaps="leave windows out"))) > 30
    with pytest.raises(DataError, match=r"Hardly a window of 't\.csv' is without gaps"):
        series(write(lacking(*range(0, 60, 2))), time_gaps="leave windows out")


def test_gaps_can_be_refused(write):
    with pytest.raises(
        DataError, match=r"'t\.csv' has gaps\. 2 values .*, the first in data row 8 \(1990-08"
    ):
        series(write(lacking(7, 20)), time_gaps="refuse")
    assert len(windows(series(write(ROWS), time_gaps="refuse"))) == 57


@pytest.mark.parametrize("mark", ["?", "NA", "-", "-999", "closed"])
def test_marks_are_missing_values_as_in_a_table(write, mark):
    path = write(lacking(20, 30, mark=mark))
    own = {"missing_marks": mark} if mark in ("-999", "closed") else {}
    data = series(path, **own)
    assert "2 values of 'sales' are missing, the first in data row 21" in " ".join(data.notes)
    source = sources["series"]
    look = source.look(source.complete({"path": str(path), **own}))
    assert [(m.text, m.cells, m.is_missing) for m in look.marks] == [(mark, 2, True)]
    assert np.isnan(look.line("sales")).sum() == 2


def test_a_number_that_seems_to_stand_for_none_is_offered(write):
    path = write(lacking(20, 30, mark="-999"))
    assert any("set Missing marks to -999" in note for note in series(path).notes)
    source = sources["series"]
    (mark,) = source.look(source.complete({"path": str(path)})).marks
    assert (mark.text, mark.cells, mark.is_missing) == ("-999", 2, False)
    with pytest.raises(DataError, match="set Missing marks to closed"):
        series(write(lacking(20, mark="closed")), column="sales")


def test_nothing_is_predicted_from_a_gap(write):
    source = sources["series"]
    options = source.complete({"path": str(write(ROWS)), "window": 3})
    data = source.load(options)
    last, _notes = source.read_ending(write(lacking(20)), options, data)
    assert last.shape == (1, 3, 1)
    for rows in (lacking(57), lacking(rows=(57, 58))):
        with pytest.raises(DataError, match=r"The last 3 rows of 't\.csv', .* have gaps\."):
            source.read_ending(write(rows), options, data)
    x, _notes = source.read_ending(write(lacking(57)), {**options, "time_gaps": "interpolate"}, data)
    assert np.array_equal(x, source.read_ending(write(ROWS), options, data)[0])


def test_older_projects_go_on_with_values_in_between():
    reference = DataReference("series", {"window": 5})
    content = {**Document().to_dict()["data"], "kind": reference.kind, "options": dict(reference.options)}
    assert _data(content, 10, [])[0].options == {"window": 5, **BEFORE_11["series"]}
    assert _data(content, 11, [])[0].options == {"window": 5}


def test_uneven_dates_are_said_and_lose_no_window(write):
    rows = [f"1990-{i + 1:02}-{i * i % 25 + 1:02},{i}" for i in range(12)]
    data = series(write(rows), test_ratio=0.0)
    assert any("not at even distances; each row counts as one step" in note for note in data.notes)
    assert len(windows(data)) == 9
