"""Layouts by name: chosen, kept over restarts, renamed, deleted; nothing is lost by a click."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from nnstudio.ui.shell.arrangement import SHIPPED
from nnstudio.ui.shell.layout_dialogs import KeepDialog, ManageDialog
from nnstudio.ui.shell.main_window import MainWindow


def closed(window) -> set[str]:
    return {name for name in window.docks if window.docks[name].isHidden()}


def keep(window, hands, name: str) -> None:
    hands.trigger("keep layout")
    dialog = next(d for d in window.findChildren(KeepDialog) if d.isVisible())
    dialog.name.setText(name)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)


def titles(window) -> list[str]:
    menu = window.menus.actions["keep layout"].associatedObjects()[0]
    return [action.text() for action in menu.actions() if action.text()]


def ticked(window) -> list[str]:
    menu = window.menus.actions["keep layout"].associatedObjects()[0]
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if action.isChecked()]


@pytest.fixture
def again(window, qtbot):
    """A window that is opened after this one was closed, with the same settings."""

    def open_again() -> MainWindow:
        window.layouts.save()
        later = MainWindow(QSettings(window.settings.fileName(), QSettings.Format.IniFormat))
        qtbot.addWidget(later)
        return later

    return open_again


def test_a_layout_is_kept_chosen_and_there_after_a_restart(window, hands, again):
    window.docks["map"].hide()
    window.docks["results"].hide()
    mine = closed(window)
    keep(window, hands, "Mine & yours")
    window.layouts.reset()
    assert "Mine && yours" in titles(window) and closed(window) == set()
    action = next(a for a in window.menus.actions["keep layout"].associatedObjects()[0].actions()
                  if a.text() == "Mine && yours")  # fmt: skip
    action.trigger()
    assert closed(window) == mine
    hands.trigger("undo layout")
    assert closed(window) == set(), "choosing one is a step"
    later = again()
    later.layouts.choose_own("Mine & yours")
    assert closed(later) == mine


def test_the_layout_in_force_is_ticked_until_something_is_changed_in_it(window, hands):
    assert ticked(window) == [SHIPPED[0].title]
    hands.trigger(f"layout {SHIPPED[1].title.lower()}")
    assert ticked(window) == [SHIPPED[1].title]
    shut = next(name for name in window.docks if window.docks[name].isVisible())
    window.docks[shut].toggleViewAction().trigger()
    hands.wait(lambda: ticked(window) == [])
    keep(window, hands, "My own")
    hands.wait(lambda: ticked(window) == ["My own"])


def test_a_name_that_is_taken_is_told(window, hands):
    keep(window, hands, "Mine")
    hands.trigger("keep layout")
    dialog = next(d for d in window.findChildren(KeepDialog) if d.isVisible())
    assert not dialog.save.isEnabled(), "a layout needs a name"
    dialog.name.setText("Mine")
    assert dialog.save.text() == "Replace" and "Replaces" in dialog.told.text()
    dialog.name.setText(SHIPPED[1].title.upper())
    assert not dialog.save.isEnabled() and "has this name" in dialog.told.text()
    dialog.reject()
    assert list(window.layouts.own) == ["Mine"]


def test_names_are_edited_and_layouts_deleted_with_ok_only(window, hands):
    for name in ("One", "Two"):
        keep(window, hands, name)
    for confirm in (False, True):
        hands.trigger("manage layouts")
        dialog = next(d for d in window.findChildren(ManageDialog) if d.isVisible())
        dialog.list.item(0).setText("Two")
        assert "Two layouts are called" in dialog.told.text()
        dialog.list.item(0).setText("Other")
        dialog.list.setCurrentRow(1)
        dialog.delete.click()
        dialog.accept() if confirm else dialog.reject()
        assert list(window.layouts.own) == (["Other"] if confirm else ["One", "Two"])
    assert "Other" in titles(window) and "Two" not in titles(window)


def test_the_layout_in_force_follows_the_window_after_a_restart(window, hands, again):
    window.layouts.choose(SHIPPED[1])
    assert again().layouts.steps.arrangement == SHIPPED[1]
    hands.trigger("undo layout")
    window.docks["map"].toggleViewAction().trigger()
    hands.wait(lambda: window.layouts.steps.arrangement is None)
    later = again()
    assert later.layouts.steps.arrangement is None and closed(later) == {"map"}
