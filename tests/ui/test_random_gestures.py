"""Random gestures and keys on the real widgets: undo leads to the start, redo to the end, files keep it."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit
from ui.pointing import double_click

from nnkernels.spec import SUBNETWORK
from nnstudio.project import Project
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.rename import NameField, NoteField

Key = Qt.Key
Alt, Control = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
KINDS = ("dense", "relu", "add", "dropout", "concatenate", "identity", "flatten", "input")
COMMANDS = (
    "undo", "redo", "cut", "copy", "paste", "duplicate", "delete", "bridge", "select all", "note", "frame",
    "group", "dissolve", "open sub-network", "leave sub-network", "arrange", "arrange rest", "align left",
    "align top", "distribute x", "fit", "zoom in", "zoom out",
)  # fmt: skip
KEYS = (
    Key.Key_Tab, Key.Key_Backtab, Key.Key_Left, Key.Key_Up, Key.Key_Right, Key.Key_Down, Key.Key_Return,
    Key.Key_Escape, Key.Key_Delete, Key.Key_Backspace, Key.Key_F2, Key.Key_F, Key.Key_Home, Key.Key_Space,
)  # fmt: skip


@pytest.fixture
def shows_views() -> bool:
    return False


class Monkey:
    """Does what a hasty person might do; every choice comes from one seed."""

    def __init__(self, hands, window, seed: int) -> None:
        self.hands, self.window, self.random = hands, window, random.Random(seed)

    @property
    def view(self):
        return self.window.canvas.viewport()

    def somewhere(self) -> QPointF:
        """Somewhere in sight: on a node, a port, a link, a note, or anywhere."""
        canvas = self.window.canvas.canvas
        nodes, links, notes = (
            list(canvas.nodes.values()),
            list(canvas.links.values()),
            list(canvas.notes.values()),
        )
        spots = [lambda: self.anywhere()]
        if nodes:
            spots += [
                lambda: self.random.choice(nodes).pos() + QPointF(60, 45),
                lambda: self.random.choice(nodes).pos() + QPointF(60, 12),
                lambda: self.random.choice(nodes).output_position(),
                lambda: self.random.choice(nodes).input_position(),
            ]
        if links:
            spots.append(lambda: self.random.choice(links).path().pointAtPercent(0.4))
        if notes:
            spots += [
                lambda: self.random.choice(notes).pos() + QPointF(30, 12),
                lambda: self.random.choice(notes).mapToScene(self.random.choice(notes).grip().center()),
            ]
        position = self.random.choice(spots)()
        return position if self.view.rect().contains(self.hands.screen(position)) else self.anywhere()

    def anywhere(self) -> QPointF:
        box = self.view.rect()
        x, y = self.random.randint(5, box.width() - 5), self.random.randint(5, box.height() - 5)
        return self.window.canvas.mapToScene(x, y)

    def act(self) -> None:
        getattr(
            self, self.random.choice(("drag", "drag", "click", "twice", "drop", "command", "key", "option"))
        )()
        self.settle()

    def drag(self) -> None:
        button, modifier = self.random.choice(
            [(Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)] * 4
            + [(Qt.MouseButton.LeftButton, Alt), (Qt.MouseButton.RightButton, Control),
               (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier)]
        )  # fmt: skip
        start, end = self.somewhere(), self.somewhere()
        QTest.mousePress(self.view, button, modifier, self.hands.screen(start))
        for share in (0.2, 0.6, 1.0):
            QTest.mouseMove(self.view, self.hands.screen(start + (end - start) * share))
        if self.random.random() < 0.1:
            QTest.keyClick(self.window.canvas, Key.Key_Escape)
        QTest.mouseRelease(self.view, button, modifier, self.hands.screen(end))

    def click(self) -> None:
        modifier = self.random.choice((Qt.KeyboardModifier.NoModifier, Control))
        QTest.mouseClick(self.view, Qt.MouseButton.LeftButton, modifier, self.hands.screen(self.somewhere()))

    def twice(self) -> None:
        double_click(self.view, self.hands.screen(self.somewhere()))

    def drop(self) -> None:
        self.hands.drop_layer(self.random.choice(KINDS), self.anywhere())

    def command(self) -> None:
        self.hands.trigger(self.random.choice(COMMANDS))

    def key(self) -> None:
        QTest.keyClick(self.window.canvas, self.random.choice(KEYS))

    def option(self) -> None:
        """Turn a number in the inspector, if it shows one."""
        form = self.window.panels.inspector.form
        units = form.editors.get("units") if form is not None else None
        if units is not None:
            QTest.keyClick(units, self.random.choice((Key.Key_Up, Key.Key_Down)))

    def settle(self) -> None:
        """Prediction what asks for words, so that nothing hangs over the canvas."""
        search = self.window.canvas.search
        if search.isVisible():
            QTest.keyClicks(search.field, self.random.choice(("dense", "relu", "add", "nothing like it")))
            QTest.keyClick(search.field, self.random.choice((Key.Key_Return, Key.Key_Escape)))
            search.hide()
        for kind in (NameField, NoteField):
            for field in self.view.findChildren(kind):
                if field.isVisible():
                    self.write(field)

    def write(self, field: QLineEdit | QPlainTextEdit) -> None:
        QTest.keyClicks(field, self.random.choice("abcdefg"))
        done = Control if isinstance(field, QPlainTextEdit) else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(field, *self.random.choice(((Key.Key_Return, done), (Key.Key_Escape, done))))


@pytest.mark.parametrize("seed", range(6))
def test_undo_all_redo_all_save_and_reopen(hands, window, tmp_path, seed):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    document = window.workspace.project.document
    start = document.to_dict()
    monkey = Monkey(hands, window, seed)
    for _ in range(60):
        monkey.act()
    QTest.keyClick(window.canvas, Key.Key_Escape)
    QApplication.processEvents()
    end = document.to_dict()
    steps = document.history.done
    assert steps > 5, "the monkey did nothing"
    while document.history.last is not None:
        hands.trigger("undo")
    assert document.to_dict() == start
    # What the monkey itself took back last is not a part of the end.
    while document.history.done < steps:
        hands.trigger("redo")
    assert document.to_dict() == end
    assert sorted(window.canvas.canvas.nodes) == sorted(n.id for n in window.editor.graph.nodes)
    window.workspace.project.save(tmp_path / "p.nns")
    assert Project.open(tmp_path / "p.nns").document.to_dict() == end
    assert all(n.options.get("network", "") in {"", *document.subnetworks}
               for n in document.graph.nodes if n.kind == SUBNETWORK)  # fmt: skip
    QGuiApplication.clipboard().clear()
