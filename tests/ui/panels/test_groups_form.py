"""Each optimizer group has a form of its own in Training, a mark on the canvas, and undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint

from nnkernels.spec import layers
from nnstudio.model.document import Document
from nnstudio.model.graph import Node
from nnstudio.model.group_names import group_names
from nnstudio.model.inference import NodeFacts
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project
from nnstudio.ui.canvas.describe import describe
from nnstudio.ui.canvas.group_mark import groups_of, words
from nnstudio.ui.canvas.node_text import subtitle
from nnstudio.ui.panels.training_panel import TrainingPanel
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.widgets.forms import Form

START = Path(__file__).parents[3] / "resources" / "lessons" / "gan" / "start.nns"


@pytest.fixture
def panel(qtbot):
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_settings(TrainingSettings())
    return panel


def test_one_group_has_the_optimizer_of_the_run(panel):
    panel.show_groups(["main"])
    assert panel.optimizer.isVisible() and not panel.groups.isVisible()
    panel.show_groups(["generator"])
    assert panel.optimizer.isVisible() and not panel.groups.isVisible()


def test_each_of_several_groups_has_an_optimizer_of_its_own(panel):
    asked = []
    panel.changed.connect(lambda name, value: asked.append((name, value)))
    panel.show_groups(["main", "judge", "generator"])
    assert panel.optimizer.isVisible() and list(panel.groups.choices) == ["judge", "generator"]
    panel.show_groups(["judge", "generator"])
    assert not panel.optimizer.isVisible() and panel.groups.isVisible()
    settings = (
        TrainingSettings().with_option("judge.optimizer", "sgd").with_option("judge.learning_rate", 0.25)
    )
    panel.show_settings(settings)
    judge = panel.groups.choices["judge"]
    assert judge.form.editors["learning_rate"].value() == 0.25 and asked == []
    box = judge.picker.editors["optimizer"]
    box.setCurrentIndex(box.findData("adam"))
    assert asked == [("judge.optimizer", "adam")]
    panel.show_groups(["main"])
    assert panel.groups.choices == {} and panel.optimizer.isVisible()


def test_groups_are_those_of_layers_that_learn_also_in_subnetworks():
    document = Project.open(START).document
    assert set(group_names(document)) == {"generator", "judge"}
    assert group_names(Document()) == ()


def node(kind: str, **options: object) -> Node:
    return Node("n", kind, "It", 0.0, 0.0, options)


def test_marks_tell_what_a_node_learns_with():
    dense, output = layers["dense"], layers["output"]
    assert groups_of(node("dense"), dense) == () and words(node("output"), output) == []
    ours = node("dense", optimizer_group="judge")
    assert groups_of(ours, dense) == ("judge",) and subtitle(ours, dense).endswith("· judge")
    assert words(node("output", weight=0.5), output) == ["weight 0.5"]
    caught = node("output", target="0", trains="judge, encoder")
    assert groups_of(caught, output) == ("judge", "encoder")
    assert subtitle(caught, output) == "target 0 · judge, encoder"
    # What cannot be read is told by the run; here it is no mark.
    assert words(node("output", target="none", trains="2"), output) == []


def test_groups_are_read_aloud():
    ours, caught = node("dense", optimizer_group="judge"), node("output", trains="judge")
    assert describe(ours, "Dense", NodeFacts()) == "It, Dense, optimizer group judge"
    assert describe(caught, "Output", NodeFacts()) == "It, Output, trains judge"
    assert describe(node("dense"), "Dense", NodeFacts()) == "It, Dense"


def test_the_bar_has_no_learning_rate_where_each_group_has_its_own(window, hands):
    window.files.open(START)
    hands.wait(lambda: window.runner.has_network)
    assert not window.panels.run_bar.rate.isEnabled() and "Training" in window.panels.run_bar.rate.toolTip()
    before = window.workspace.document.settings
    window.panels.training.groups.choices["judge"].changed.emit("learning_rate", 0.125)
    settings = window.workspace.document.settings
    assert settings.group("judge").optimizer_options["learning_rate"] == 0.125
    hands.trigger("undo")
    assert window.workspace.document.settings == before
    window.files.open_example("spiral")
    hands.wait(lambda: window.panels.run_bar.rate.isEnabled())
    assert window.panels.training.groups.choices == {}


def test_the_run_bar_shows_no_learning_rate_that_is_of_no_group(qtbot):
    bar = RunBar()
    qtbot.addWidget(bar)
    settings = TrainingSettings().with_option("learning_rate", 0.25)
    bar.show_settings(settings)
    assert bar.rate.value() == 0.25 and bar.rate.isEnabled()
    bar.show_groups(["judge", "generator"])
    bar.show_settings(settings)
    assert bar.rate.value() is None and bar.rate.text() == "" and not bar.rate.isEnabled()
    bar.show_settings(settings.with_option("judge.learning_rate", 0.125))
    assert bar.rate.placeholderText() == "2 rates" and "judge: 0.125; generator: 0.25" in bar.rate.toolTip()
    bar.show_groups(["main", "judge"])
    assert bar.rate.value() == 0.25 and bar.rate.isEnabled()


def test_the_fields_of_all_forms_stand_in_one_column(panel):
    panel.resize(280, 900)
    panel.show_groups(["judge", "generator"])
    panel.show_settings(TrainingSettings())
    QCoreApplication.processEvents()
    turns = panel.groups.turns
    forms = [form for form in panel.widget().findChildren(Form) if form.isVisible() and form is not turns]
    fields = [field for form in forms for field in form.editors.values() if field.isVisible()]
    assert len(forms) > 6 and len({field.mapTo(panel, QPoint()).x() for field in fields}) == 1
    assert turns.editors["turns"].width() > fields[0].width() + 50, "it holds the names of several groups"
