"""Both loss curves in one plot: of validation where both have it, and nothing where there is no epoch yet."""

from __future__ import annotations

from nnstudio.training.curve import Curve, Epoch
from nnstudio.ui.project.compared_curves import ComparedCurves


def curve(epochs: int, watches: bool) -> Curve:
    watched = [2.0 / n if watches else None for n in range(1, epochs + 1)]
    return Curve(
        Epoch(n, n, 1.0 / n, None, loss, None, 1.0, 1.0) for n, loss in enumerate(watched, 1)
    )  # fmt: skip


def test_the_loss_is_that_of_validation_where_both_have_one(qtbot):
    both = ComparedCurves(("a", "<b>"), (curve(3, True), curve(5, True)))
    qtbot.addWidget(both)
    assert both.are_known and both.quantity == "val_loss"
    assert [list(line.yData) for line in both.lines] == [
        [2.0 / n for n in range(1, 4)], [2.0 / n for n in range(1, 6)]
    ]  # fmt: skip
    assert "&lt;b&gt;" in both.legend.text(), "a name is no markup"
    one = ComparedCurves(("a", "b"), (curve(3, True), curve(5, False)))
    qtbot.addWidget(one)
    assert one.quantity == "loss"


def test_without_epochs_there_is_nothing_to_draw(qtbot):
    none = ComparedCurves(("a", "b"), (Curve(), Curve()))
    qtbot.addWidget(none)
    assert not none.are_known and none.legend.text().count("(no epoch yet)") == 2
