"""Copying a project as text, and opening one that was pasted."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication

from nnstudio.project import open_example
from nnstudio.project_text import project_of
from nnstudio.training.messages import Phase
from nnstudio.ui.project.texts import NOTHING_OPEN, TextDialog


@pytest.fixture
def clipboard(qapp):
    board = QGuiApplication.clipboard()
    board.clear()
    yield board
    board.clear()


def dialog_of(hands) -> TextDialog:
    hands.trigger("open text")
    return next(d for d in hands.window.findChildren(TextDialog) if d.isVisible())


def test_a_copied_project_is_opened_from_the_clipboard(hands, clipboard):
    window = hands.window
    hands.trigger("copy text")
    assert window.panels.message.text() == NOTHING_OPEN and not clipboard.text()
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    hands.trigger("copy text")
    bar, spiral = window.panels.written, window.workspace.project
    assert bar.isVisible() and "learned" not in bar.text.text() and not bar.folder.isVisible()
    assert project_of(clipboard.text()).project.document.to_dict() == spiral.document.to_dict()
    window.runner.orders.step()
    hands.wait(lambda: spiral.was_trained)
    hands.trigger("copy text")
    assert "What the network has learned is not in the text" in bar.text.text()
    hands.trigger("undo")
    window.files.show(open_example("xor"), "Open XOR")
    assert not bar.isVisible()
    dialog = dialog_of(hands)
    assert dialog.field.toPlainText() == clipboard.text()
    dialog.open_button.click()
    hands.wait(lambda: window.workspace.document.data.kind == "spiral")
    assert window.workspace.project is not spiral
    hands.trigger("undo")
    assert window.workspace.document.data.kind == "xor"


def test_what_cannot_be_read_is_said_in_the_dialog(hands, clipboard):
    clipboard.setText("something else")
    dialog = dialog_of(hands)
    assert not dialog.field.toPlainText() and not dialog.open_button.isEnabled()
    dialog.field.setPlainText("nnstudio:1:broken")
    dialog.open_button.click()
    hands.wait(dialog.problem.isVisible)
    assert "damaged" in dialog.problem.text() and dialog.open_button.isEnabled()
    dialog.field.setPlainText("playground.tensorflow.org/#dataset=gauss&noise=99")
    assert not dialog.problem.isVisible()
    dialog.open_button.click()
    hands.wait(lambda: hands.window.workspace.document.data.kind == "gaussian")
    assert "'noise=99'" in hands.window.panels.written.text.text()


def test_a_text_that_comes_after_cancel_is_dropped(hands, clipboard):
    dialog = dialog_of(hands)
    dialog.field.setPlainText("playground.tensorflow.org")
    dialog.open_button.click()
    dialog.reject()
    hands.wait(lambda: not hands.window.runner.inquiries.are_open)
    assert not hands.window.workspace.has_project
