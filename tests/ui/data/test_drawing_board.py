"""Pictures drawn by hand in the window: with mouse and keys, undone, trained."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.data.own_pictures import drawings_of
from nnstudio.model.document import DataReference


@pytest.fixture
def board(hands, window):
    """The board on the data page, with nothing drawn yet."""
    window.files.open_example("mnist-dense")
    hands.wait(lambda: window.runner.has_network)
    window.editor.choose_data(DataReference("own_pictures", {"drawings": ";", "classes": "ring, bar"}))
    window.pages.setCurrentWidget(window.panels.data_page)
    board = window.panels.data_page.board
    hands.wait(board.isVisible)
    hands.wait(lambda: "no pictures yet" in window.panels.data_page.problem.text())
    return board


def stroke(board, *points: tuple[float, float]) -> None:
    """Draw a line through spots that are shares of the pad."""
    pad = board.pad
    spots = [QPoint(round(x * pad.width()), round(y * pad.height())) for x, y in points]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(pad, spot)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=spots[-1])


def drawn(window):
    """What the document holds."""
    options = {"size": 28, "classes": "", "drawings": "", **window.workspace.document.data.options}
    return drawings_of(options)


def test_a_picture_is_drawn_added_and_undone(hands, window, board):
    stroke(board, (0.5, 0.2), (0.5, 0.8))
    assert board.pad.pixels.any()
    board.classes.setCurrentRow(1)
    QTest.keyClick(board.pad, Qt.Key.Key_Return)
    assert drawn(window).classes.tolist() == [1] and not board.pad.pixels.any()
    assert board.drawn.count() == 1 and board.drawn.item(0).text() == "bar"
    window.editor.undo()
    hands.wait(lambda: board.drawn.count() == 0)
    window.editor.redo()
    hands.wait(lambda: board.drawn.count() == 1)


def test_a_digit_adds_to_the_class_of_that_number(window, board):
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_2, Qt.Key.Key_9):
        stroke(board, (0.3, 0.3), (0.6, 0.6))
        QTest.keyClick(board.pad, key)
    assert drawn(window).classes.tolist() == [0, 1, 1]
    assert "ring: 1, bar: 2" in board.said.text() and "at least 5" in board.said.text()


def test_an_empty_pad_adds_nothing_and_says_so(window, board):
    board.add.click()
    assert "empty" in board.said.text() and len(drawn(window).classes) == 0


def test_wrong_pictures_are_removed(window, board):
    for key in (Qt.Key.Key_1, Qt.Key.Key_2):
        stroke(board, (0.3, 0.3), (0.6, 0.6))
        QTest.keyClick(board.pad, key)
    assert not board.remove.isEnabled()
    board.drawn.item(0).setSelected(True)
    board.remove.click()
    assert drawn(window).classes.tolist() == [1]


def test_classes_are_named_added_and_removed(window, board):
    board.classes.item(0).setText("circle")
    assert window.workspace.document.data.options["classes"] == "circle, bar"
    board.classes.item(0).setText("bar")
    assert "already" in board.said.text() and board.classes.item(0).text() == "circle"
    board.add_class.click()
    assert board.classes.currentRow() == 2
    stroke(board, (0.3, 0.3), (0.6, 0.6))
    board.add.click()
    board.classes.setCurrentRow(0)
    board.remove_class.click()
    assert window.workspace.document.data.options["classes"] == "bar, class 3"
    assert drawn(window).classes.tolist() == [1] and not board.remove_class.isEnabled()


def test_enough_of_them_train(hands, window, board):
    rng = np.random.default_rng(0)
    for i in range(12):
        at = float(rng.uniform(0.3, 0.7))
        stroke(board, *(((at, 0.2), (at, 0.8)) if i % 2 else ((0.2, at), (0.8, at))))
        QTest.keyClick(board.pad, Qt.Key.Key_2 if i % 2 else Qt.Key.Key_1)
    hands.wait(window.panels.data_page.propose.isEnabled)
    window.panels.data_page.propose.click()
    hands.wait(lambda: window.runner.has_network)
    window.runner.orders.train()
    hands.wait(lambda: window.runner.snapshot.steps > 0)


def test_pictures_that_do_not_fit_the_size_are_kept_until_it_is_set_back(hands, window, board):
    stroke(board, (0.3, 0.3), (0.6, 0.6))
    QTest.keyClick(board.pad, Qt.Key.Key_1)
    kept = window.workspace.document.data.options["drawings"]
    window.editor.choose_data(
        DataReference("own_pictures", {"drawings": kept, "classes": "a, b", "size": 16})
    )
    assert "another size than 16 x 16" in board.said.text()
    assert board.drawn.count() == 0 and not board.pad.isEnabled() and board.remove_all.isVisible()
    QTest.keyClick(board, Qt.Key.Key_1)
    assert window.workspace.document.data.options["drawings"] == kept
    window.editor.undo()
    assert board.drawn.count() == 1 and board.pad.isEnabled() and not board.remove_all.isVisible()
    window.editor.redo()
    board.remove_all.click()
    assert board.drawn.count() == 0 and board.pad.isEnabled() and board.pad.pixels.shape == (16, 16)


def test_a_doubled_class_is_told_and_nothing_can_be_lost(window, board):
    window.editor.choose_data(DataReference("own_pictures", {"classes": "a, b, a"}))
    assert "Two classes are named 'a'" in board.said.text()
    assert not board.add.isEnabled() and not board.remove_all.isVisible() and board.classes.count() == 0


def test_a_full_project_takes_no_more_and_the_picture_stays(window, board, monkeypatch):
    monkeypatch.setattr("nnstudio.ui.data.drawing_board.MOST", 1)
    for _ in range(2):
        stroke(board, (0.3, 0.3), (0.6, 0.6))
        QTest.keyClick(board.pad, Qt.Key.Key_1)
    assert len(drawn(window).classes) == 1 and board.pad.pixels.any()
    assert "2 pictures are more than" in board.said.text()


def test_key_0_is_the_tenth_class(window, board):
    names = ", ".join(f"class {i}" for i in range(1, 11))
    window.editor.choose_data(DataReference("own_pictures", {"drawings": ";", "classes": names}))
    stroke(board, (0.3, 0.3), (0.6, 0.6))
    QTest.keyClick(board.pad, Qt.Key.Key_0)
    assert drawn(window).classes.tolist() == [9]
