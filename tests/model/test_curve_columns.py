"""A curve as arrays comes back as it was, and arrays that are none are refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nnstudio.model.curve_columns import ABSENT, COLUMNS, to_columns, to_rows

ROWS = [
    {"epoch": n, "steps": 10 * n, "loss": loss, "accuracy": accuracy, "val_loss": val, "val_accuracy": None,
     "samples_per_second": 1e5, "seconds": 0.25 * n}
    for n, (loss, accuracy, val) in enumerate([(1.5, 0.5, 1.25), (0.1, None, None), (2.5, 1.0, 0.0)])
]  # fmt: skip


def columns() -> dict[str, np.ndarray]:
    return to_columns([SimpleNamespace(**row) for row in ROWS])


def test_rows_come_back_as_they_were():
    assert list(to_rows(columns(), 3)) == ROWS
    assert to_rows(to_columns([]), 0) == ()


def test_what_is_nan_stays_nan_and_what_is_absent_none():
    row = {**ROWS[0], "loss": float("nan"), "val_loss": float("nan")}
    (back,) = to_rows(to_columns([SimpleNamespace(**row)]), 1)
    assert np.isnan(back["loss"]) and np.isnan(back["val_loss"]) and back["val_accuracy"] is None


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
        to_rows(broken, 3)
    assert set(COLUMNS) | {ABSENT} == set(columns())
