"""What is wrong at a cell is mended there: its row is skipped, its value is missing, its column is text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from nnstudio.ui.data.table_models import FileModel


@pytest.fixture
def assistant(hands, window, tmp_path):
    path = tmp_path / "total.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{i % 3},{i % 5}\n" for i in range(30)) + "Total,1,9\n")
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    return dialog


def open_menu(page, row, column) -> dict:
    table = page.table
    at = table.visualRect(table.model().index(row, column)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, table.viewport().mapToGlobal(at))
    QApplication.sendEvent(table.viewport(), event)
    (menu,) = table.findChildren(QMenu)
    return {action.text().replace("&", ""): action for action in menu.actions()}


def test_the_wrong_cell_is_in_sight_and_marked(assistant):
    page, model = assistant.page, assistant.page.table.model()
    at = page.table.currentIndex()
    assert (at.row(), at.column()) == (30, 0) and isinstance(model, FileModel)
    assert model.index(30, 0).data(Qt.ItemDataRole.BackgroundRole) is not None
    assert "right click" in model.index(30, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(29, 0).data(Qt.ItemDataRole.BackgroundRole) is None
    # No row is left out: nothing can be learned yet.
    assert model.headerData(3, Qt.Orientation.Vertical) == "4"
    assert "right click" in page.problem.text()


@pytest.mark.parametrize(
    ("text", "options", "rows"),
    [
        ("Skip row 31", {"skip_rows": "31"}, 30),
        ("Take 'Total' as missing, wherever it stands", {"missing_marks": "Total"}, 31),
        ("Take all that is no number in 'a' as missing", {"columns": "a: number"}, 31),
        ("Take 'a' as text, a category", {"columns": "a: category"}, 31),
    ],
)
def test_it_is_mended_at_the_cell(hands, assistant, text, options, rows):
    open_menu(assistant.page, 30, 0)[text].trigger()
    assert options.items() <= assistant.reference.options.items()
    hands.wait(lambda: assistant.proposed is not None)
    assert len(assistant.proposed.data.all_inputs()) == rows and not assistant.page.problem.text()


def test_any_cell_can_be_said_to_be_missing_and_a_key_opens_the_menu(hands, assistant):
    page = assistant.page
    open_menu(page, 30, 0)["Skip row 31"].trigger()
    hands.wait(lambda: page.look is not None)
    page.table.setCurrentIndex(page.table.model().index(2, 1))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    QApplication.sendEvent(page.table, event)
    menu = page.table.findChildren(QMenu)[-1]
    texts = {action.text().replace("&", ""): action for action in menu.actions()}
    assert list(texts) == [
        "Skip row 3", "Take '2' as missing, wherever it stands", "Take 'b' as text, a category",
    ]  # fmt: skip
    texts["Skip row 3"].trigger()
    assert assistant.reference.options["skip_rows"] == "31, 3"
