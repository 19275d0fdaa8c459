"""From the start page to a new project of a person's own data, with the keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog

from nnstudio.data.tables.settings import ColumnType
from nnstudio.training.messages import Phase

Key, Alt = Qt.Key, Qt.KeyboardModifier.AltModifier


def focus():
    """What has the focus, or the menu that is open."""
    widget = QApplication.activePopupWidget() or QApplication.focusWidget()
    assert widget is not None
    return widget


def heard() -> str:
    """What a screen reader says of it."""
    widget = focus()
    text = widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def press(*keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(focus(), key, modifier)


def tab_to(name: str, key=Key.Key_Tab) -> None:
    passed = []
    while heard() != name:
        passed.append(heard())
        assert len(passed) < 40, f"No way to '{name}' by Tab, only to {passed}"
        press(key)


@pytest.fixture
def assistant(hands, window, tmp_path, monkeypatch):
    path = tmp_path / "mine.csv"
    rows = "".join(f"{i % 9},{i % 4},{'big' if i % 9 > 4 else 'small'}\n" for i in range(90))
    path.write_text("length,width,size\n" + rows)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.show_start()
    window.activateWindow()
    hands.wait(window.isActiveWindow)
    window.start_page.setFocus()
    tab_to("Your data…")
    press(Key.Key_Space)
    dialog = hands.assistant()
    hands.wait(dialog.isActiveWindow)
    return dialog


def read(hands, assistant) -> None:
    hands.wait(lambda: assistant.proposed is not None and assistant.page.look is not None)


def test_target_and_type_are_chosen_and_the_project_is_made(hands, window, assistant):
    read(hands, assistant)
    assert heard() == "Data"
    tab_to("Target column", Key.Key_Backtab)
    press(Key.Key_Up)
    read(hands, assistant)
    assert assistant.proposed.data.targets == ("width",)
    tab_to("Data")
    press(Key.Key_Home)
    press(Key.Key_Return)
    # Type, Category.
    press(Key.Key_T, Key.Key_Down, Key.Key_Return)
    # Offscreen, nobody gives the dialog back what the menu took.
    assistant.activateWindow()
    hands.wait(assistant.isActiveWindow)
    read(hands, assistant)
    length = assistant.page.look.columns[0]
    assert (length.name, length.type, length.is_guessed) == ("length", ColumnType.CATEGORY, False)
    assert heard() == "Data" and assistant.page.table.currentIndex().column() == 0
    tab_to("Create project")
    press(Key.Key_Space)
    hands.wait(lambda: window.runner.data is not None and window.runner.data.targets == ("width",))
    assert "length = 3" in window.runner.data.features
    hands.wait_phase(Phase.READY)


def test_tab_goes_from_the_table_through_all_settings_in_their_order(hands, assistant):
    read(hands, assistant)
    proposed, passed = assistant.proposed, []
    while heard() != "Create project":
        passed.append(heard())
        assert len(passed) < 40
        press(Key.Key_Tab)
    titles = list(assistant.form.names.values())
    settings = [name for name in passed if name in titles]
    assert settings == titles and passed.index("Kind of data") < passed.index(titles[0])
    assert "" not in passed and "Settings" not in passed
    # Who passes a field by changes nothing.
    assert assistant.proposed is proposed


def test_letters_with_alt_go_to_the_choices(hands, assistant):
    read(hands, assistant)
    for letter, name in ((Key.Key_K, "Kind of data"), (Key.Key_P, "Target column"), (Key.Key_S, "Task")):
        press(letter, modifier=Alt)
        assert heard() == name and isinstance(focus(), QComboBox)
    press(Key.Key_Escape)
    assert not assistant.isVisible()
