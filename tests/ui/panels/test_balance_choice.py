"""The columns whose groups may count equally are offered in Training as the data has them."""

from __future__ import annotations

import pytest

from nnstudio.model.settings import TrainingSettings
from nnstudio.ui.panels.training_panel import TrainingPanel


@pytest.fixture
def panel(qtbot):
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_settings(TrainingSettings())
    return panel


def offered(panel):
    box = panel.extras.editors["balance"]
    return [box.itemText(i) for i in range(box.count())], box.currentText(), box.isVisible()


def test_data_without_groups_has_no_choice(panel):
    assert not offered(panel)[2]
    panel.show_columns(["town"])
    assert offered(panel) == (["off", "town"], "off", True)
    panel.show_columns([])
    assert not offered(panel)[2]


def test_choosing_asks_for_it_and_showing_does_not(panel, qtbot):
    asked = []
    panel.changed.connect(lambda name, value: asked.append((name, value)))
    panel.show_columns(["town", "side"])
    panel.show_settings(TrainingSettings().with_option("balance", "side"))
    assert offered(panel)[1] == "side" and asked == []
    box = panel.extras.editors["balance"]
    box.setCurrentIndex(box.findData("town"))
    box.setCurrentIndex(box.findData(""))
    assert asked == [("balance", "town"), ("balance", "")]


def test_a_column_that_other_data_lacks_stays_to_be_seen(panel):
    panel.show_columns(["town"])
    panel.show_settings(TrainingSettings().with_option("balance", "town"))
    panel.show_columns([])
    assert offered(panel) == (["off", "town"], "town", True)
    panel.show_columns(["side"])
    assert offered(panel) == (["off", "side", "town"], "town", True)
