"""Names that a file or a person brings are shown letter by letter: markup in them is never read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QTableWidget, QTreeWidget, QTreeWidgetItemIterator, QWidget

from nnkernels.program import ParameterSlot
from nnkernels.spec import layers
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.model.problems import Problem
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.live.weight_picker import WeightPick
from nnstudio.ui.panels.data_panel import DataPanel
from nnstudio.ui.panels.problems_panel import ProblemsPanel
from nnstudio.ui.shell.start_page import StartPage

NAME = "<b>x</b> & <img src='file:x'>"
# A file's name may not hold the slash.
FILE = "<b>x & <img src='file'>.csv"


def tips(widget: QWidget) -> list[str]:
    """Tool tips of a widget, of all in it and of the rows of its lists."""
    texts = [w.toolTip() for w in (widget, *widget.findChildren(QWidget))]
    for table in widget.findChildren(QTableWidget):
        cells = [table.item(i, j) for i in range(table.rowCount()) for j in range(table.columnCount())]
        texts += [cell.toolTip() for cell in cells if cell is not None]
    for rows in widget.findChildren(QListWidget):
        texts += [rows.item(i).toolTip() for i in range(rows.count())]
    for tree in (*widget.findChildren(QTreeWidget), *([widget] if isinstance(widget, QTreeWidget) else ())):
        walk = QTreeWidgetItemIterator(tree)
        while (item := walk.value()) is not None:
            texts.append(item.toolTip(0))
            walk += 1
    return texts


def misread(widget: QWidget) -> list[str]:
    """Labels and tool tips in which Qt would read the names as markup."""
    labels = [
        label.text()
        for label in (*widget.findChildren(QLabel), *([widget] if isinstance(widget, QLabel) else ()))
        if label.textFormat() != Qt.TextFormat.PlainText
    ]
    return [text for text in (*labels, *tips(widget)) if "<img" in text]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / FILE
    rows = "\n".join(f"{i},{i % 5},{('yes', NAME)[i % 2]}" for i in range(40))
    path.write_text(f"{NAME},b,{NAME}2\n{rows}\n")
    return path


def test_the_window_reads_no_name_as_markup(hands, window, table):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    for node in window.editor.graph.nodes:
        window.editor.change_nodes([node.id], "name", NAME)
    window.editor.choose_data(DataReference("csv", {"path": str(table), "target": f"{NAME}2"}))
    hands.wait(lambda: window.runner.data is not None and NAME in window.runner.data.classes)
    layers_of = {n.kind: n.id for n in window.editor.graph.nodes}
    for name in window.docks:
        window.docks[name].show()
        window.docks.raise_(name)
    window.messages.say(NAME)
    window.presenter.look_again()
    for node in layers_of.values():
        window.canvas.canvas.select([node])
        assert misread(window) == []
    tips_on_canvas = [item.toolTip() for item in window.canvas.canvas.items()]
    assert any("&lt;img" in tip for tip in tips_on_canvas)
    assert [tip for tip in tips_on_canvas if "<img" in tip] == []


def test_the_tool_tip_of_a_node_shows_its_name_and_fault_as_they_are(qapp):
    item = NodeItem(Node("a", "dense", NAME), layers["dense"])
    item.set_facts(NodeFacts(error=f"'{NAME}' does not fit."))
    assert "<img" not in item.toolTip() and item.toolTip().count("&lt;img") == 2


def test_the_panel_of_data_shows_the_name_of_a_file_and_its_error_as_they_are(qtbot, table):
    panel = DataPanel(lambda work, then, _failed: then(work()))
    qtbot.addWidget(panel)
    panel.show_reference(DataReference("csv", {"path": str(table)}), lambda: table)
    panel.show_loaded(None, f"'{NAME}' cannot be read.")
    assert NAME in panel.error.text()
    assert "&lt;img" in panel.guessed.text() and "&lt;img" in panel.choose.toolTip()
    assert misread(panel) == []


def test_problems_recent_files_and_the_choice_of_a_weight_show_names_as_they_are(qtbot, tmp_path):
    problems = ProblemsPanel()
    problems.show_problems([Problem("a", f"'{NAME}' does not fit.", True)], {"a": NAME}, lambda _p: [])
    start = StartPage()
    start.show_recent([tmp_path / FILE])
    parent = QWidget()
    pick = WeightPick(NAME, {"weight": ParameterSlot("d", "weight", (2, 3), 0)}, parent)
    for widget in (problems, start, parent):
        qtbot.addWidget(widget)
    assert [misread(widget) for widget in (problems, start, pick)] == [[], [], []]
    # An ampersand alone would underline the letter behind it.
    assert problems.rows[0].where.text() == NAME.replace("&", "&&")
