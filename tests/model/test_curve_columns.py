"""A curve as arrays comes back as it was, and arrays that are none are refused."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.model import curve_columns
from nnstudio.model.curve_columns import (
    ABSENT,
    COLUMNS,
    MOST_COUNT,
    SPAN,
    THINNED,
    checked_columns,
    of_rows,
    watched,
)

ROWS = [
    {"epoch": n, "steps": 10 * n, "loss": loss, "accuracy": accuracy, "val_loss": val, "val_accuracy": None,
     "samples_per_second": 1e5, "seconds": 0.25 * n}
    for n, (loss, accuracy, val) in enumerate([(1.5, 0.5, 1.25), (0.1, None, None), (2.5, 1.0, 0.0)])
]  # fmt: skip


def columns() -> dict[str, np.ndarray]:
    return of_rows(ROWS)


def thinned() -> dict[str, np.ndarray]:
    """Rows that cover four epochs each, whose lowest losses are lower by 1."""
    whole = columns()
    extremes = {name: whole[name.rpartition("_")[0]] - name.endswith("_lowest") for name in THINNED[1:]}
    return whole | {SPAN: np.full(3, 4.0)} | extremes


@pytest.mark.parametrize("make", [columns, thinned])
def test_columns_of_a_curve_are_taken_and_no_others(make):
    taken = checked_columns(make() | {"colour": np.zeros(7)}, 3)
    assert set(taken) == set(make())
    assert taken["loss"].tolist() == [row["loss"] for row in ROWS]
    assert [bool(bits & 1) for bits in taken[ABSENT]] == [row["accuracy"] is None for row in ROWS]


def test_the_validation_loss_is_watched_where_there_is_one():
    assert list(watched(columns())) == [1.25, 0.1, 0.0]


def test_of_merged_epochs_the_lowest_is_watched_and_then_the_last(monkeypatch):
    assert list(watched(thinned())) == [0.25, *[1.25] * 3, 0.1 - 1, *[0.1] * 3, -1.0, *[0.0] * 3]
    # To count up to the real one takes a quarter of a minute where each step is traced.
    assert curve_columns.MOST_REPEATED == 2**24
    monkeypatch.setattr(curve_columns, "MOST_REPEATED", 2**12)
    huge = thinned() | {SPAN: np.full(3, 2.0**51)}
    assert sum(1 for _ in watched(huge)) <= 2**12


def test_an_epoch_takes_less_than_a_hundred_bytes():
    assert sum(array.nbytes for array in columns().values()) < 100 * len(ROWS)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("loss"),
        lambda c: c.update(loss=c["loss"].astype(np.float32)),
        lambda c: c.update(loss=c["loss"][:2]),
        lambda c: c.update(loss=c["loss"][:, None]),
        lambda c: c.update(epoch=c["epoch"] - 1),
        lambda c: c.update(steps=c["steps"] + 0.5),
        lambda c: c.update(steps=c["steps"] * np.nan),
        lambda c: c.update({ABSENT: c[ABSENT].astype(float)}),
    ],
)
def test_arrays_that_are_no_curve_are_refused(change):
    broken = columns()
    change(broken)
    with pytest.raises(ValueError, match="curve"):
        checked_columns(broken, 3)
    assert set(COLUMNS) | {ABSENT} == set(columns())


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("loss_lowest"),
        lambda c: c.update({SPAN: c[SPAN] - 4}),
        lambda c: c.update({SPAN: c[SPAN] + 0.5}),
        lambda c: c.update({SPAN: np.full(3, float(MOST_COUNT))}),
    ],
)
def test_spans_that_no_curve_has_are_refused(change):
    broken = thinned()
    change(broken)
    with pytest.raises(ValueError, match="curve"):
        checked_columns(broken, 3)
