"""A window begins with its first screen; all else is there before what a person does takes effect."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from nnstudio.ui.shell.furnishing import Furnishing
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.shell.menu_bar import TITLES
from nnstudio.ui.shell.overlay import Overlay
from nnstudio.ui.shell.window_size import SIZE
from nnstudio.ui.widgets.card_picture import CardPicture


@pytest.fixture
def settings(tmp_path) -> QSettings:
    return QSettings(str(tmp_path / "first.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def first(qtbot, settings, monkeypatch):
    """A window of which only the first screen is there, and nothing is made until somebody asks."""
    monkeypatch.setattr(Furnishing, "_go_on", lambda _self: None)
    window = MainWindow(settings, is_at_start=True)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def card(window: MainWindow, title: str) -> QPushButton:
    return next(b for b in window.start_page.findChildren(QPushButton) if b.accessibleName() == title)


def test_the_first_screen_stays_as_it_was_when_the_rest_is_made(first, qapp):
    qapp.processEvents()
    assert first.studio is None and first.start_page.isVisible()
    before, size = first.grab().toImage(), first.size()
    first.furnish()
    first.studio.menus.show_project(False)
    qapp.processEvents()
    assert first.size() == size
    # They come by and by, into room that was left for them.
    for picture in first.start_page.findChildren(CardPicture):
        picture.show_drawing(None)
    assert first.grab().toImage() == before
    assert first.start_page.isVisible() and not first.canvas.isVisible()
    assert all(dock.isHidden() for dock in map(first.docks.__getitem__, first.docks))


def test_it_is_furnished_while_nobody_does_anything(qtbot, settings):
    window = MainWindow(settings, is_at_start=True)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.furnished, timeout=200_000):
        window.show()
    assert window.studio is not None and window.start_page.isVisible()
    window.close()


def seen(window: MainWindow) -> set[tuple[str, ...]]:
    """Of each widget that is to be seen, its kind and those of all that it is in."""

    def kinds(widget: QWidget) -> Iterator[str]:
        inner: QWidget | None = widget
        while inner is not None:
            yield f"{type(inner).__name__} {inner.objectName()}"
            inner = inner.parentWidget()

    return {tuple(kinds(widget)) for widget in window.findChildren(QWidget) if widget.isVisible()}


def test_what_is_made_while_the_window_is_seen_is_seen_too(first, window, hands, qtbot):
    """What is in no layout, and gets a parent that is seen, is hidden until somebody shows it."""
    for each in (first, window):
        each.resize(1360, 850)
        each.files.open_example("iris")
    qtbot.waitUntil(lambda: all(w.runner.has_network for w in (first, window)), timeout=200_000)
    for each in (first, window):
        each.messages.say("What went wrong.")
        each.panels.outcome.say("How it ended.")
    first.runner.planner.threads = 1
    # What views say of a step that one of the two has not drawn yet is no matter of how it was made.
    shell = {Overlay.__name__, "MessageLine", "OutcomeBar", "RunBar", "Status", "Pages", "CanvasView"}

    def of_shell(each: MainWindow) -> set[tuple[str, ...]]:
        return {path for path in seen(each) if any(kind.split()[0] in shell for kind in path)}

    qtbot.waitUntil(lambda: of_shell(first) == of_shell(window), timeout=20_000)
    assert first.panels.message.isVisible() and first.panels.outcome.isVisible()


def test_a_click_on_a_card_finds_all_of_it(first):
    QTest.mouseClick(card(first, "XOR"), Qt.MouseButton.LeftButton, pos=QPoint(20, 12))
    assert first.studio is not None
    assert first.canvas.isVisible() and first.workspace.has_project


def test_a_card_that_is_pressed_by_other_means_does_what_it_says(first):
    # As a screen reader does.
    card(first, "New").click()
    assert [node.kind for node in first.workspace.document.graph.nodes] == ["input", "output"]


def test_keys_work_from_the_beginning(first):
    QTest.keyClick(first, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert first.workspace.has_project


def test_menus_are_filled_before_they_open(first):
    bar = first.menuBar()
    assert [action.text() for action in bar.actions()] == list(TITLES)
    file = bar.actions()[0].menu()
    assert file.isEmpty()
    file.aboutToShow.connect(file.close, Qt.ConnectionType.QueuedConnection)
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(bar.actions()[0]).center())
    assert not file.isEmpty() and [action.text() for action in bar.actions()] == list(TITLES)
    assert first.menus.actions["new"].shortcut() == QKeySequence("Ctrl+N")
    file.close()


def test_a_speed_that_was_chosen_before_anybody_heard_of_it_holds(first):
    assert first.studio is None
    first.run_bar.speed.setCurrentIndex(1)
    assert first.runner.orders.is_full_speed


def test_a_window_closed_before_it_is_furnished_keeps_its_size(qtbot, first, settings):
    first.resize(720, 610)
    first.close()
    assert first.studio is None
    again = MainWindow(settings, is_at_start=True)
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (720, 610) != SIZE
    again.close()


def test_panels_stand_as_they_were_left(qtbot, settings):
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.show()
    window.docks["history"].hide()
    window.docks["outline"].raise_()
    window.close()
    later = MainWindow(settings, is_at_start=True)
    qtbot.addWidget(later)
    later.show()
    QApplication.processEvents()
    card(later, "XOR").click()
    QApplication.processEvents()
    assert later.docks["history"].isHidden() and later.docks.is_seen("outline")
    assert not later.docks.is_seen("palette")
    later.close()


def test_pictures_come_onto_the_cards_of_the_first_screen_once_the_rest_is_made(first, qtbot):
    picture = card(first, "XOR").findChild(CardPicture)
    first.grab()
    assert picture.is_needed and picture.drawing is None
    first.furnish()
    qtbot.waitUntil(lambda: picture.drawing is not None, timeout=20_000)


def test_what_the_first_screen_does_not_show_is_not_imported():
    code = (
        "import sys, nnstudio.ui.shell.main_window;"
        "print(*sorted(m for m in sys.modules if m.split('.')[0] in ('nnstudio', 'nnkernels')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(done.stdout.split()) < 80
    rooms = {tuple(name.split(".")[1:3]) for name in done.stdout.split()}
    packages = {room[0] for room in rooms if room}
    assert not packages & {"explain", "doctor", "sweep", "export", "importing", "runs", "project"}
