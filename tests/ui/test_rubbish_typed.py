"""Rubbish in a field for free text, typed while a network trains, stops and blanks nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.training.messages import Phase


def type_in(field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


FIELDS = {
    "class_weights": lambda hands, window: window.panels.training.loss.form.editors["class_weights"],
    "fold": lambda hands, window: window.panels.data.form.editors["fold"],
    "columns": lambda hands, window: (
        hands.click_node(next(n.id for n in hands.graph.nodes if n.kind == "input"))
        or window.panels.inspector.form.editors["columns"]
    ),
}


# What can be read, but not be: the data has two columns and two classes.
IMPOSSIBLE = {"class_weights": "1, 2, 3", "columns": "1-9", "fold": "3 of 200"}


@pytest.mark.parametrize("text", ["3x of nothing", IMPOSSIBLE], ids=["rubbish", "impossible"])
@pytest.mark.parametrize("name", FIELDS)
def test_training_and_the_views_go_on(hands, window, name, text):
    text = text if isinstance(text, str) else text[name]
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    field = FIELDS[name](hands, window)
    window.runner.orders.train()
    hands.wait(lambda: window.runner.snapshot.steps > 0)
    run, document = window.runner.snapshot.run_id, window.workspace.project.document
    data = document.data
    type_in(field, text)
    assert field.problem and field.text() == text and document.data == data
    here = window.runner.snapshot.steps
    hands.wait(lambda: window.runner.snapshot.steps > here)
    assert window.runner.snapshot.run_id == run and window.runner.snapshot.phase == Phase.RUNNING
    assert not window.presenter.state.findings.problems
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED, Phase.FINISHED)
