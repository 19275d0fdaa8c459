"""Shows in the checks of a step what each says by itself, as the worker tells of the lesson's project."""

from __future__ import annotations

from copy import deepcopy

from PySide6.QtCore import QObject, QTimer

from nnstudio.lessons.usual import usual_sentences
from nnstudio.training.messages import Phase
from nnstudio.ui.lessons import lesson_editor
from nnstudio.ui.run.runner import Runner

# After the last change, in milliseconds.
LOOK_MS = 400


class UsualWords(QObject):
    """Follows the editor that is open."""

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.runner = runner
        self._editor: lesson_editor.LessonEditor | None = None
        self._look = 0
        self._timer = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._timer.timeout.connect(self._ask)

    def follow(self, editor: lesson_editor.LessonEditor | None) -> None:
        """Another editor is open, or none."""
        self._editor, self._look = editor, self._look + 1
        if editor is None:
            self._timer.stop()
            return
        editor.steps.chosen.connect(self._wait)
        editor.step.changed.connect(self._wait)

    def _wait(self, *_what: object) -> None:
        self._timer.start()

    def _ask(self) -> None:
        editor = self._editor
        if editor is None or not editor.steps.number:
            return
        if self.runner.snapshot.phase == Phase.RUNNING:
            # It would wait for this.
            self._timer.start()
            return
        self._look += 1
        look, rows = self._look, editor.step.checks.rows
        path, checks = editor.draft.start, deepcopy([row.item for row in rows])

        def show(sentences: list[str]) -> None:
            if look == self._look and rows == editor.step.checks.rows:
                for row, sentence in zip(rows, sentences, strict=True):
                    row.show_usual(sentence)

        asked = self.runner.worker.ask(lambda: usual_sentences(path, checks))
        self.runner.inquiries.follow(asked, show, lambda _error: None)
