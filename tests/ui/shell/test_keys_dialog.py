"""The page of keys names commands as they are, and takes nobody's keys away unasked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from nnstudio.ui.shell.keys_dialog import Keys, KeysDialog


@pytest.fixture
def keys(qapp, tmp_path) -> Keys:
    undo = QAction("Undo")
    undo.setShortcut("Ctrl+Z")
    return Keys({"undo": undo}, QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))


def test_enter_in_the_search_leaves_keys_and_page_alone(qtbot, keys):
    window = QWidget()
    qtbot.addWidget(window)
    dialog = KeysDialog(keys, window)
    dialog.open()
    keys.set("undo", QKeySequence("Ctrl+U"))
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible() and keys.actions["undo"].shortcut() == QKeySequence("Ctrl+U")


def test_a_command_is_named_without_the_step_that_it_would_take(qtbot, keys):
    keys.actions["undo"].setText("Undo Arrange")
    window = QWidget()
    qtbot.addWidget(window)
    title = KeysDialog(keys, window).table.item(0, 0)
    assert title is not None and title.text() == "Undo"
