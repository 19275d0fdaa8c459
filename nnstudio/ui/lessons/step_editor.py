"""Everything about one step of a lesson: what it says, asks and checks, and the ways through it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from nnstudio.lessons.draft_fields import QUESTION, WORDS
from nnstudio.lessons.fields import conditions
from nnstudio.lessons.lesson import StepPart
from nnstudio.ui.lessons.part_form import Offer, PartForm
from nnstudio.ui.lessons.step_text import StepText
from nnstudio.ui.lessons.verb_list import VerbList
from nnstudio.ui.lessons.ways import ActionList, WrongWays
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.plain_text import PlainLabel

WORD_FIELDS = {field.name: field for field in WORDS}
# Height of the text, in lines; and of a heading with what is said below it, in pixels.
LINES, ABOVE = 12, 64
TEXT_HELP = "Markdown: **bold**, *italic*, lists with “-”, and “>” for a line that stands out."
POINT_HELP = "What gets a frame around it while the step is shown, and what is shown besides."
QUESTION_HELP = (
    "Leave it empty where the step asks nothing. Without choices, a number or a word is typed. A question "
    "needs the check “Answered”."
)
CHECK_HELP = "All of them must hold before the step counts as done. A step without checks is only read."
HINT_HELP = "They come one at a time: begin vaguely, end exactly."
SOLUTION_HELP = "A way to do it. Each check is proved with it, so a step with checks needs one."
WRONG_HELP = (
    "What a learner might do instead. The checks must refuse it; each check must have refused something once."
)


class StepEditor(QScrollArea):
    """Signals: changed(); removed(title, list, index, item); record_requested(ActionList, on)."""

    changed = Signal()
    removed = Signal(str, object, int, object)
    record_requested = Signal(object, bool)

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.step: dict[str, Any] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Step")
        FadingEdges(self)
        self.head = PartForm([WORD_FIELDS["title"]], offer)
        self.text, self.preview = QPlainTextEdit(), StepText()
        self.point_at = PartForm([WORD_FIELDS["point_at"], WORD_FIELDS["panels"]], offer)
        self.question = PartForm(QUESTION, offer, {"text": "Question"})
        self.checks = VerbList("check", conditions(), offer)
        self.hints = PartForm([WORD_FIELDS["hints"], WORD_FIELDS["praise"]], offer)
        self.solution, self.wrong = ActionList(offer, "the solution"), WrongWays(offer)
        for form in (self.head, self.point_at, self.question, self.hints):
            form.changed.connect(self.changed)
        self.text.textChanged.connect(self._on_text)
        self.solution.record_requested.connect(lambda on: self.record_requested.emit(self.solution, on))
        self.wrong.record_requested.connect(self.record_requested)
        for part in (self.checks, self.solution, self.wrong):
            part.changed.connect(self.changed)
            part.removed.connect(self.removed)
        self._arrange()

    def _arrange(self) -> None:
        body = QWidget()
        self.rows = QVBoxLayout(body)
        self.rows.setContentsMargins(4, 4, 14, 16)
        self.rows.setSpacing(4)
        self.rows.addWidget(self.head)
        self._section("Text", TEXT_HELP, self._texts())
        self._section("", POINT_HELP, self.point_at)
        self._section("Question", QUESTION_HELP, self.question)
        self._section("Checks", CHECK_HELP, self.checks)
        self._parts = {
            StepPart.TEXT: self.text, StepPart.POINT_AT: self.point_at, StepPart.QUESTION: self.question,
            StepPart.CHECKS: self.checks, StepPart.HINTS: self.hints, StepPart.SOLUTION: self.solution,
            StepPart.WRONG: self.wrong,
        }  # fmt: skip
        self._section("Hints and praise", HINT_HELP, self.hints)
        self._section("Solution", SOLUTION_HELP, self.solution)
        self._section("Wrong ways", WRONG_HELP, self.wrong)
        self.rows.addStretch(1)
        self.setWidget(body)

    def _texts(self) -> QWidget:
        """The text beside how it will look."""
        self.text.setAccessibleName("Text")
        self.text.setObjectName("lines")
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(LINES * self.text.fontMetrics().lineSpacing())
        seen = QScrollArea()
        seen.setObjectName("lesson")
        seen.setAccessibleName("How the text will look")
        seen.setWidgetResizable(True)
        seen.setFixedHeight(self.text.height())
        inner = QWidget()
        inner.setObjectName("lessonbody")
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 8, 10, 8)
        column.addWidget(self.preview)
        column.addStretch(1)
        seen.setWidget(inner)
        both = QWidget()
        across = QHBoxLayout(both)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.text, 1)
        across.addWidget(seen, 1)
        return both

    def _section(self, title: str, told: str, widget: QWidget) -> None:
        if title:
            heading = PlainLabel(title)
            heading.setObjectName("heading")
            heading.setContentsMargins(0, 12, 0, 0)
            self.rows.addWidget(heading)
        label = PlainLabel(told)
        label.setObjectName("muted")
        label.setWordWrap(True)
        self.rows.addWidget(label)
        self.rows.addWidget(widget)

    def show_step(self, step: dict[str, Any]) -> None:
        """Edit this step from now on; nothing is recorded any more."""
        self.solution.stop_recording()
        if step is not self.step:
            # What was scrolled to is of another step.
            self.verticalScrollBar().setValue(0)
        self.step = step
        for name in ("checks", "solution", "wrong"):
            # Lists that stay empty are not written.
            step.setdefault(name, [])
        for form in (self.head, self.point_at, self.hints):
            form.show_part(step, step)
        self.question.show_part(step.setdefault("question", {}), step)
        with QSignalBlocker(self.text):
            self.text.setPlainText(step.get("text", ""))
        self.preview.show_markdown(self.text.toPlainText())
        self.checks.show_items(step["checks"], step)
        self.solution.show_items(step["solution"], step)
        self.wrong.show_ways(step["wrong"], step)

    def show_part(self, part: StepPart) -> None:
        """Scroll to a part of the step, its heading first."""
        widget = self._parts.get(part)
        if widget is None:
            return

        def go() -> None:
            body = self.widget()
            if body is not None:
                self.verticalScrollBar().setValue(widget.mapTo(body, QPoint()).y() - ABOVE)

        # What was just filled is laid out first; fields of several lines then find their height.
        QTimer.singleShot(0, self, lambda: QTimer.singleShot(0, self, go))

    def refresh(self) -> None:
        """Show the checks and actions as they are now."""
        for part in (self.checks, self.solution, self.wrong):
            part.refresh()

    def _on_text(self) -> None:
        text = self.text.toPlainText()
        self.preview.show_markdown(text)
        if text.strip():
            self.step["text"] = text
        else:
            self.step.pop("text", None)
        self.changed.emit()
