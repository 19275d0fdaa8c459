"""Windows that are worked in until somebody kills them, and windows that are opened afterwards.

One process loads the program once and becomes a window whenever a line on its input asks for one.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from nnstudio.project import Project

LOOK_MS = 60
SECONDS = 60


def digest(project: Project) -> str:
    """What tells a document from another one, wherever its data lies."""
    content = project.document.to_dict()
    content["data"]["options"].pop("path", None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Log:
    """What was done and when, on the disk before anything else is done."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def write(self, **told: Any) -> None:
        self._file.write(json.dumps({"time": time.time(), **told}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def window_in(home: Path) -> Any:
    """A window on settings of its own, in an application."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from nnstudio.ui.shell.main_window import MainWindow

    application = QApplication(["nnstudio"])
    application.setStyle("Fusion")
    window = MainWindow(QSettings(str(home / "settings.ini"), QSettings.Format.IniFormat))
    window.show()
    return application, window


class Worker:
    """Somebody who edits, trains, saves and exports at random."""

    def __init__(self, window: Any, home: Path, seed: int, log: Log) -> None:
        from PySide6.QtCore import QTimer

        self.window, self.home, self.log = window, home, log
        self.random = random.Random(seed)
        self.done = 0
        window.panels.run_bar.speed.setCurrentIndex(1)
        window.editor.change_setting("epochs", 1_000_000)
        self.acts = QTimer(window, singleShot=True)
        self.acts.timeout.connect(self.act)
        self.looks = QTimer(window, interval=LOOK_MS)
        self.looks.timeout.connect(self.look)
        self.look()
        self.looks.start()
        self.acts.start(50)

    def look(self) -> None:
        """Note down what stands."""
        snapshot = self.window.runner.snapshot
        self.log.write(
            document=digest(self.window.workspace.project), steps=snapshot.steps, start=snapshot.start,
            is_modified=self.window.workspace.is_modified, done=self.done,
        )  # fmt: skip

    def act(self) -> None:
        """One thing that a person does."""
        choices = (
            (self.edit, 6), (self.train, 3), (self.pause, 1),
            (self.save, 1), (self.export, 1), (self.undo, 1),
        )  # fmt: skip
        act = self.random.choices([choice for choice, _ in choices], [weight for _, weight in choices])[0]
        (act if self.done else self.train)()
        self.done += 1
        self.look()
        self.acts.start(self.random.randint(20, 900))

    def edit(self) -> None:
        editor, dice = self.window.editor, self.random
        hidden = [node.id for node in editor.graph.nodes if node.kind == "dense"][:-1]
        dice.choice((
            lambda: editor.change_setting("seed", dice.randint(1, 10_000)),
            lambda: editor.change_setting("learning_rate", dice.uniform(0.001, 0.1)),
            lambda: editor.change_node(dice.choice(hidden), "units", dice.randint(2, 9)),
            lambda: editor.rename(dice.choice(hidden), f"Layer {dice.randint(1, 99)}"),
        ))()  # fmt: skip

    def train(self) -> None:
        self.window.runner.orders.train()

    def pause(self) -> None:
        self.window.runner.orders.pause()

    def save(self) -> None:
        self.window.files.save_to(self.home / "p.nns")

    def export(self) -> None:
        self.window.exports.export_to(self.home / "out.npz")

    def undo(self) -> None:
        self.window.editor.undo()


def work(home: Path, seed: int) -> None:
    """Work until somebody kills this."""
    from PySide6.QtCore import QTimer

    application, window = window_in(home)
    log, workers = Log(home / "log.jsonl"), []

    def begin() -> None:
        if window.workspace.project.path is not None and window.runner.is_planned:
            timer.stop()
            workers.append(Worker(window, home, seed, log))

    window.files.open(home / "p.nns")
    timer = QTimer(window, interval=20)
    timer.timeout.connect(begin)
    timer.start()
    application.exec()


def reopen(home: Path) -> None:
    """Open the window as a person does, open what is offered, and write down what is there."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QMessageBox

    from nnstudio.app import open_first
    from nnstudio.ui.project import recovery

    application, window = window_in(home)
    asked: list[str] = []
    answer = QMessageBox.StandardButton.Open
    QMessageBox.exec = lambda box: asked.append(box.text()) or answer
    copies = recovery.left_behind()
    state: list[Any] = []
    # Where the training was, also where the newest edits are shown without it.
    trained = [project.state for copy in copies for project in recovery.recovered(copy)]
    open_first(window, [] if copies else [str(home / "p.nns")])

    def look() -> None:
        if not window.workspace.has_project or not window.runner.is_planned:
            return
        if recovery.left_behind():
            return
        looks.stop()
        window.runner.ask_state(end)

    def end(now: Any) -> None:
        steps = [state.step for state in (now, *trained) if state is not None]
        told = {
            "asked": asked, "document": digest(window.workspace.project), "steps": max(steps, default=0),
            "copies": len(copies), "message": window.panels.message.text(),
        }  # fmt: skip
        state.append(told)
        window.closing.leave()
        application.quit()

    looks = QTimer(window, interval=20)
    looks.timeout.connect(look)
    looks.start()
    application.exec()
    state[0]["left"] = [str(path) for path in recovery.left_behind()]
    (home / "result.part").write_text(json.dumps(state[0]), "utf-8")
    (home / "result.part").rename(home / "result.json")


def main() -> None:
    """Each line: what to do, the folder, a seed. Answers with the process that does it."""
    # Before any fork, so that each takes no time; threads are begun in the child alone.
    for module in ("nnstudio.training.worker", "nnstudio.ui.shell.studio", "nnstudio.app"):
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        home = Path(order["home"])
        child = os.fork()
        if child == 0:
            os.environ["NNSTUDIO_DATA"] = str(home / "own")
            os.environ["NNSTUDIO_CONFIG"] = str(home / "config")
            signal.alarm(SECONDS)
            with (home / "errors.txt").open("a") as errors:
                os.dup2(errors.fileno(), 2)
            try:
                reopen(home) if order["what"] == "reopen" else work(home, order["seed"])
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
