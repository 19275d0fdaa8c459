"""Somebody who works in a real window for hours, at random: opens, edits, trains, looks, saves, exports."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.layer_mime import layer_mime
from nnstudio.ui.project.export_dialog import ExportDialog
from nnstudio.ui.project.import_dialog import ImportDialog
from nnstudio.ui.shell.keys_dialog import KeysDialog
from nnstudio.ui.shell.main_window import MainWindow

# How often it is looked whether what is waited for has come, and how long at the most.
LOOK_MS, PATIENCE = 30, 240.0
SMALL = ("spiral", "xor", "celsius", "iris")
LARGE = ("mnist-dense", "mnist-convnet")
LESSONS = ("celsius", "xor", "activations", "kernel-filter", "vending-1")
EXPORTS = ("safetensors", "npz", "onnx", "csv", "numpy", "pytorch")
TRAINED = (Phase.PAUSED, Phase.FINISHED, Phase.DIVERGED)
Button = QMessageBox.StandardButton


class Stuck(Exception):
    """What a person waited for did not come."""


def let_pass(milliseconds: int) -> None:
    """Let the window work for a while, as the program itself does."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Person:
    """``pace`` is a factor for how long they look at things; what is asked is answered by a click.

    Attributes:
        done: how often each thing was done.
    """

    def __init__(self, window: MainWindow, home: Path, seed: int, pace: float = 1.0) -> None:
        self.window, self.home, self.pace = window, home, pace
        self.dice = random.Random(seed)
        self.done: dict[str, int] = {}
        self._answering = QTimer(window, interval=LOOK_MS)
        self._answering.timeout.connect(self._answer)
        self._answering.start()

    # Waiting

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Until it holds. Raises Stuck."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                said = self.window.panels.message.text()
                raise Stuck(f"{what} did not come; the window says: '{said}'")
            let_pass(LOOK_MS)

    def look(self, seconds: float) -> None:
        let_pass(round(1000 * seconds * self.pace))

    def _answer(self) -> None:
        """Let go of what is asked about, and go on."""
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            for kind in (Button.Discard, Button.Yes, Button.Open, Button.Ok):
                if (button := box.button(kind)) is not None:
                    button.click()
                    return

    def _dialog(self, kind: type[Any]) -> Any:
        dialogs = [each for each in self.window.findChildren(kind) if each.isVisible()]
        return dialogs[0] if dialogs else None

    def choose(self, name: str) -> None:
        """An entry of the menus."""
        self.window.menus.actions[name].trigger()

    def _is_ready(self) -> bool:
        return self.window.runner.has_network and self.window.runner.data is not None

    # What they do

    def cycle(self) -> None:
        """Open something, and do all that can be done with it once, in any order."""
        self.do(self.open_example)
        acts = [
            self.edit, self.train, self.race, self.travel, self.look_at_views, self.export,
            self.save_and_open, self.import_network, self.learn, self.look_at_runs,
            self.change_theme, self.look_at_data,
        ]  # fmt: skip
        self.dice.shuffle(acts)
        for act in acts:
            self.do(act)

    def do(self, act: Callable[[], None]) -> None:
        act()
        self.done[act.__name__] = self.done.get(act.__name__, 0) + 1

    def open_example(self) -> None:
        names = SMALL * 2 + LARGE
        before = self.window.workspace.project
        self.choose(f"example {self.dice.choice(names)}")
        self.wait(lambda: self.window.workspace.project is not before, "the example")
        self.wait(self._is_ready, "the network of the example")

    def edit(self) -> None:
        """Drop a layer, rename and change one, undo and redo all of it."""
        window, editor = self.window, self.window.editor
        self.window.show_canvas()
        steps = editor.document.history.done
        self._drop(self.dice.choice(("dense", "relu", "dropout", "tanh")))
        dense = [node.id for node in editor.graph.nodes if node.kind == "dense"]
        window.canvas.canvas_select(dense[:1])
        editor.rename(dense[0], f"Layer {self.dice.randint(1, 99)}")
        editor.change_node(dense[0], "units", self.dice.randint(2, 12))
        self.choose("arrange")
        self.look(0.3)
        while editor.document.history.done > steps:
            self.choose("undo")
        self.choose("redo")
        self.look(0.2)
        self.choose("undo")
        self.wait(self._is_ready, "the network after an edit")

    def _drop(self, kind: str) -> None:
        """The events that a drag from the palette brings."""
        view = self.window.canvas.viewport()
        at, mime = QPointF(60, 60 + self.dice.randint(0, 100)), layer_mime(kind)
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(view, QDragEnterEvent(at.toPoint(), copy, mime, left, none))
        QApplication.sendEvent(view, QDropEvent(at, copy, mime, left, none))

    def train(self) -> None:
        """At the speed at which a person watches."""
        self._train(0, 2.0)

    def race(self) -> None:
        """As fast as it goes, then begin anew; undo brings back what was learned."""
        self._train(1, 2.0)
        self.choose("reset")
        self.wait(self._is_ready, "the start")
        if self.dice.random() < 0.5:
            self.choose("undo")
            self.wait(self._is_ready, "what was learned")

    def _train(self, speed: int, seconds: float) -> None:
        bar, runner = self.window.panels.run_bar, self.window.runner
        self.window.show_canvas()
        bar.speed.setCurrentIndex(speed)
        self.window.editor.change_setting("epochs", runner.snapshot.epoch + 100_000)
        self.wait(self._is_ready, "the network")
        self.choose("train")
        self.wait(lambda: runner.snapshot.phase in (Phase.RUNNING, *TRAINED), "the training")
        self.look(seconds)
        if runner.snapshot.phase == Phase.RUNNING:
            self.choose("train")
        self.wait(lambda: runner.snapshot.phase in TRAINED, "the pause")
        self.choose("step")
        self.look(0.1)

    def travel(self) -> None:
        """Back to earlier steps, and to now."""
        timeline = self.window.live.timeline
        for _ in range(4):
            if timeline.slider.maximum() > 0:
                timeline.slider.setValue(self.dice.randint(0, timeline.slider.maximum()))
                self.look(0.2)
        timeline.now.click()
        self.wait(lambda: self.window.runner.snapshot.shown is None, "the network as it is now")

    def look_at_views(self) -> None:
        """All views that fit, one after the other; one of them large."""
        self.window.show_canvas()
        docks = self.window.docks
        names = [n for n in self.window.live.views.factories if docks[n].toggleViewAction().isEnabled()]
        self.dice.shuffle(names)
        for name in names:
            docks.show(name)
            self.look(0.25)
        self.window.large.show(names[0])
        self.look(0.5)
        self.window.leave_stage()
        self.choose("reset layout")

    def export(self) -> None:
        """In the dialog, to one of the formats."""
        self.wait(self._is_ready, "the network")
        self.choose("export")
        self.wait(lambda: self._dialog(ExportDialog), "the dialog for exports")
        dialog: ExportDialog = self._dialog(ExportDialog)
        name = self.dice.choice(EXPORTS)
        rows = [dialog.list.item(row) for row in range(dialog.list.count())]
        chosen = [row for row in rows if row.data(Qt.ItemDataRole.UserRole) == name]
        dialog.list.setCurrentItem((chosen or rows)[0])
        dialog.path.setText(str(self.home / f"out-{name}{dialog.format.suffix}"))
        dialog.export.click()
        self.wait(lambda: dialog.export.isEnabled() and dialog.said.text(), "the export")
        dialog.close()

    def save_and_open(self) -> None:
        """Save, close and open it again."""
        window, path = self.window, self.home / f"project-{self.dice.randint(1, 4)}.nns"
        saved: list[bool] = []
        window.files.save_to(path, lambda: saved.append(True), is_replacing=True)
        self.wait(lambda: saved, "the save")
        before = window.workspace.project
        window.files.open(path)
        self.wait(lambda: window.workspace.project is not before, "the saved project")
        self.wait(self._is_ready, "the network of the saved project")

    def import_network(self) -> None:
        """A network that was exported, in the dialog; undo goes back."""
        path, window = self.home / "imported.onnx", self.window
        if not path.exists():
            window.exports.export_to(path)
            self.wait(path.exists, "the ONNX file")
            self.look(0.3)
        window.imports.look_at(path)
        self.wait(lambda: self._dialog(ImportDialog), "the dialog for imports")
        before = window.workspace.project
        self._dialog(ImportDialog).open_button.click()
        self.wait(lambda: window.workspace.project is not before, "the import")
        self.look(0.3)
        self.choose("undo")
        self.wait(self._is_ready, "the project before the import")

    def learn(self) -> None:
        """Begin a lesson, read a step or two, and leave it for what was open."""
        window, before = self.window, self.window.workspace.project
        window.learning.show()
        page, name = window.lessons_page, self.dice.choice(LESSONS)
        self.wait(lambda: name in page.cards, "the lessons")
        self.look(0.2)
        page.cards[name].click()
        self.wait(lambda: window.lessons.open is not None, "the lesson")
        self.wait(lambda: window.runner.data is not None, "the data of the lesson")
        self.look(0.5)
        self.choose("undo")
        self.wait(lambda: window.workspace.project is before, "the project before the lesson")
        self.wait(self._is_ready, "its network")

    def look_at_runs(self) -> None:
        """Select some, compare two, write a note, delete the oldest, open the newest."""
        window, page = self.window, self.window.runs.page
        window.runs.show()
        self.wait(lambda: page.listing is not None, "the runs")
        page.refresh()
        self.look(0.3)
        count = len(page.model.shown)
        if count > 2:
            page.table.selectRow(self.dice.randrange(count))
            self.look(0.2)
            page.details.notes.setPlainText(f"Note {self.dice.randint(1, 9)}")
            page.table.selectAll()
            self.look(0.2)
        if count > 6:
            oldest = min(page.model.shown, key=lambda run: run.changed)
            page.table.show_run(oldest.id)
            page.remove.click()
            self.wait(lambda: page.model.row_of(oldest.id) is None, "the end of a run")
            if self.dice.random() < 0.3:
                page.deleted.undo.click()
                self.wait(lambda: page.model.row_of(oldest.id) is not None, "the return of a run")
            elif self.dice.random() < 0.5:
                page.deleted.erase.click()
            self.look(0.1)
        if count:
            before = window.workspace.project
            page.table.selectRow(0)
            page.open.click()
            self.wait(lambda: window.workspace.project is not before, "the run")
            self.wait(self._is_ready, "the network of the run")
        window.show_canvas()

    def change_theme(self) -> None:
        for scheme in ("dark", "light"):
            self.choose(f"theme {scheme}")
            self.look(0.3)

    def look_at_data(self) -> None:
        self.window.show_data()
        self.look(0.4)
        self.choose("keys")
        self.look(0.2)
        if (dialog := self._dialog(KeysDialog)) is not None:
            dialog.close()
        self.window.show_canvas()
