"""A project that is left: what of it is not saved."""

from __future__ import annotations

import pytest

from nnstudio.ui.project.questions import told_of_unsaved


@pytest.mark.parametrize(
    "is_edited, was_trained, epoch, told",
    [
        (True, False, 7, "a.nns has unsaved changes."),
        (False, True, 1143, "a.nns was trained for 1,143 whole epochs, and what it learned is not saved."),
        (False, True, 0, "a.nns was trained for less than an epoch, and what it learned is not saved."),
        (
            True, True, 14,
            "a.nns has unsaved changes. It was trained for 14 whole epochs, and what it learned is "
            "not saved.",
        ),
    ],
)  # fmt: skip
def test_training_is_told_beside_edits(is_edited, was_trained, epoch, told):
    assert told_of_unsaved("a.nns", is_edited, was_trained, epoch) == told


def test_of_training_that_goes_on_no_epoch_is_told():
    told = told_of_unsaved("a.nns", False, True, 143, goes_on=True)
    assert told == "a.nns is being trained, and what it learned is not saved. Training will stop."
