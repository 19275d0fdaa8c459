"""A real window for every test, and hands: clicks, drags, drops and keys as a person makes them."""

from __future__ import annotations

import gc
import time
from contextlib import suppress

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.layer_mime import layer_mime
from nnstudio.ui.data.assistant import Assistant
from nnstudio.ui.project import workspace
from nnstudio.ui.project.switch import SwitchProject
from nnstudio.ui.shell import closing
from nnstudio.ui.shell.main_window import MainWindow
from nnstudio.ui.widgets.theme import theme

# Long, because the worker steps back for everything else that runs on a busy machine.
WAIT_MS = 200_000
LOOK_MS = 4


def orphans() -> list[str]:
    """Widgets that belong to nothing, of windows that were closed and forgotten."""
    # Twice: what goes with a widget, such as menus of pyqtgraph, is told to go when the widget is gone.
    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return sorted(type(widget).__name__ for widget in QApplication.topLevelWidgets())


@pytest.fixture(autouse=True)
def no_leaked_widgets(qapp):
    """pytest-qt closes a test's widgets before this looks again."""
    before = orphans()
    yield
    if orphans() != before:
        gc.collect()
        assert orphans() == before, "widgets were left behind"


@pytest.fixture(autouse=True)
def nothing_held(qapp):
    """A double click of `QTest` has no release, and what watches for one would wait in all later tests. Of
    a key with Ctrl, Qt takes Ctrl for held until the next key.
    """
    yield
    QTest.keyRelease(QWidget(), Qt.Key.Key_Control)
    held = QApplication.mouseButtons()
    for button in (b for b in Qt.MouseButton if b in held):
        QTest.mouseRelease(QWidget(), button)
    assert held == Qt.MouseButton.NoButton, "a button of the mouse is held"


@pytest.fixture(autouse=True)
def collects_in_this_thread():
    """As `GarbageCollector` does: what of Qt's goes in the thread that computes leaves its timers behind."""
    gc.disable()
    yield
    gc.enable()


class OnlyCollects:
    """In the place of `gc` where a window freezes what is open: thawed again, what all tests share would
    be walked over by each collection.
    """

    collect = staticmethod(gc.collect)

    @staticmethod
    def freeze() -> None: ...

    unfreeze = freeze


class Hands:
    """What a person can do with a window."""

    def __init__(self, qtbot, window: MainWindow) -> None:
        self.bot, self.window = qtbot, window

    @property
    def graph(self):
        return self.window.workspace.project.document.graph

    @property
    def canvas(self):
        return self.window.canvas

    @property
    def facts(self):
        """What the window knows of the nodes."""
        return self.window.presenter.state.findings.nodes

    def screen(self, position: QPointF) -> QPoint:
        return self.canvas.mapFromScene(position)

    def wait(self, condition) -> None:
        """Let the window work until a condition holds. `waitUntil` looks less often, and with a loop for each
        look: here it would take a tenth longer.
        """
        if condition():
            return
        loop, timer, outcome = QEventLoop(), QTimer(interval=LOOK_MS), []
        ended = time.monotonic() + WAIT_MS / 1000

        def look() -> None:
            try:
                holds = condition()
            except BaseException as error:
                outcome.append(error)
            else:
                if not holds and time.monotonic() < ended:
                    return
                outcome.append(None if holds else TimeoutError("What is waited for does not come."))
            timer.stop()
            loop.quit()

        timer.timeout.connect(look)
        timer.start()
        loop.exec()
        if outcome[0] is not None:
            raise outcome[0]

    def wait_phase(self, *phases: Phase) -> None:
        """Until the open project is there; the project before may be in that phase, too."""
        runner = self.window.runner
        self.wait(lambda: runner.is_of_project and runner.snapshot.phase in phases)

    def press_move_release(self, start: QPointF, end: QPointF, button=Qt.MouseButton.LeftButton) -> None:
        view = self.canvas.viewport()
        QTest.mousePress(view, button, pos=self.screen(start))
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(view, self.screen(start + (end - start) * share))
        QTest.mouseRelease(view, button, pos=self.screen(end))

    def drop_layer(self, kind: str, position: QPointF) -> None:
        """The events that a drag from the palette brings."""
        view, mime, at = self.canvas.viewport(), layer_mime(kind), QPointF(self.screen(position))
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(view, QDragEnterEvent(at.toPoint(), copy, mime, left, none))
        QApplication.sendEvent(view, QDragMoveEvent(at.toPoint(), copy, mime, left, none))
        QApplication.sendEvent(view, QDropEvent(at, copy, mime, left, none))

    def link(self, source: str, target: str) -> None:
        """Drag from an output port to an input port."""
        nodes = self.canvas.canvas.nodes
        self.press_move_release(nodes[source].output_position(), nodes[target].input_position())

    def click_node(self, node: str) -> None:
        item = self.canvas.canvas.nodes[node]
        position = QPointF(item.node.x + 80, item.node.y + 30)
        QTest.mouseClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, pos=self.screen(position))

    def train(self, example: str, epochs: int) -> None:
        """Open an example and train it to the end, at full speed."""
        self.window.files.open_example(example)
        self.wait_phase(Phase.READY)
        self.window.editor.change_setting("epochs", epochs)
        self.window.panels.run_bar.speed.setCurrentIndex(1)
        self.window.runner.orders.train()
        self.wait_phase(Phase.FINISHED)

    def assistant(self) -> Assistant:
        """The assistant that is open, once it has read the data or could not."""
        dialog = next(d for d in self.window.findChildren(Assistant) if d.isVisible())
        self.wait(lambda: dialog.proposed is not None or bool(dialog.page.problem.text()))
        return dialog

    def create_from(self, path) -> None:
        """A new project from a file of data, as the assistant proposes it."""
        before = self.window.workspace.project
        self.window.files.new_from_data(path, {})
        self.assistant().confirm.click()
        assert self.window.workspace.project is not before

    def compute(self, work):
        """What the worker computes from its session; the test waits, the window would not."""
        return self.window.runner.worker.compute(work).result(60)

    def state(self):
        """Where training stands."""
        states = []
        self.window.runner.ask_state(states.append)
        self.wait(lambda: bool(states))
        return states[0]

    def save(self, path) -> bool:
        """Save, until it is written or a sentence says why not."""
        done = []
        self.window.messages.say("")
        self.window.files.save_to(path, lambda: done.append(True))
        self.wait(lambda: bool(done or self.window.panels.message.text()))
        return bool(done)

    def open(self, path) -> bool:
        """Open a project, until it is shown or a sentence says why not."""
        before, failed = self.window.workspace.project, []
        self.window.files.open(path, lambda: failed.append(True))
        self.wait(lambda: bool(failed) or self.window.workspace.project is not before)
        return not failed

    def export(self, path) -> bool:
        """Export, until it is told how it went."""
        self.window.messages.say("")
        self.window.messages.tell("")
        self.window.exports.export_to(path)
        status = self.window.panels.status
        self.wait(
            lambda: bool(self.window.panels.message.text()) or "predicts the same" in status.currentMessage()
        )
        return not self.window.panels.message.text()

    def may_leave(self) -> bool:
        """Whether a person's answer lets the project go."""
        left = []
        self.window.files.leave(lambda: left.append(True))
        return bool(left)

    def trigger(self, name: str) -> None:
        self.window.menus.actions[name].trigger()


@pytest.fixture
def shows_views() -> bool:
    """Whether live views are seen in the window; tests of other things say no, and take half of the time."""
    return True


@pytest.fixture
def window(qtbot, monkeypatch, tmp_path, shows_views):
    """A shown window with nothing in it; closing asks nothing."""
    application = QApplication.instance()
    if theme.colours.dark or not application.styleSheet():
        # Only where it is needed: it takes a quarter of a second.
        application.setStyle("Fusion")
        theme.apply(application, dark=False)
    # The windows before go, and what stays is what all tests share.
    gc.collect()
    gc.freeze()
    for module in (workspace, closing):
        monkeypatch.setattr(module, "gc", OnlyCollects)
    window = MainWindow(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    # Each core has a process of tests already: threads that wait for each other would take twice the time.
    window.runner.planner.threads = 1
    for name in () if shows_views else window.live.views:
        window.docks[name].hide()
    qtbot.addWidget(window, before_close_func=_forget)
    monkeypatch.setattr(QMessageBox, "exec", _nobody_answers)
    with qtbot.waitExposed(window):
        window.show()
    return window


def _nobody_answers(box):
    """A dialog would wait for ever; tests that expect one answer it."""
    raise AssertionError(f"nobody answers: {box.text()}")


def _forget(window: MainWindow) -> None:
    opened = window.workspace
    for project in (opened.project, *opened.undone_training):
        project.saved = project.moment()
    for step in opened.document.history.commands:
        if isinstance(step, SwitchProject):
            step.leaves_unsaved = False
    # The window would close by itself after it, but is taken away at once, and its threads would go on.
    with suppress(TimeoutError):
        Hands(None, window).wait(lambda: not window.files.is_saving)


@pytest.fixture
def hands(qtbot, window) -> Hands:
    return Hands(qtbot, window)
