"""The panel that leads through a lesson: one step at a time, what is still missing, hints, and praise."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nnstudio.lessons.condition import Verdict
from nnstudio.lessons.lesson import Lesson, Step
from nnstudio.ui.lessons.handout_menu import PUPILS
from nnstudio.ui.lessons.lesson_end import LessonEnd
from nnstudio.ui.lessons.missing_list import MissingList
from nnstudio.ui.lessons.question_box import QuestionBox
from nnstudio.ui.lessons.step_dots import StepDots
from nnstudio.ui.lessons.step_text import StepText
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.plain_text import PlainLabel

WAITS = "The network cannot be looked at yet: it is being made ready, or Problems says what it lacks."
SKIPPED = "You skipped a step. It does not count as done; the hollow dots above lead back."
LOST = (
    "The steps with a green dot are done, but the network that you did them with was not kept: it is as "
    "at the start of the lesson. “Reset the lesson…” below begins at its first step."
)
EARLIER = (
    "You did this step with the network as it was then, and may have changed or trained it since: what "
    "stands here is about that one."
)
NEEDS = "This lesson goes on from {}, which you have not done yet. It explains what is taken for known here."
SIDE = 16


def _label(name: str) -> PlainLabel:
    label = PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _link(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    # "Next" is what is to be pressed.
    button.setObjectName("quiet")
    button.setToolTip(tip)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


class LessonPanel(QWidget):
    """Requests: step_requested(at), counted from zero and perhaps the one after the last; answered(text),
    hint_told(how many by now), reset_requested(), leave_requested(), print_requested(), work_requested().
    """

    step_requested = Signal(int)
    answered = Signal(str)
    hint_told = Signal(int)
    reset_requested = Signal()
    leave_requested = Signal()
    print_requested = Signal()
    work_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Lesson")
        self.at, self._told = 0, 0
        self._hints: tuple[str, ...] = ()
        self._shown: tuple[object, ...] = ()
        # The checks that did not hold at some moment since the step was opened.
        self._asked: set[int] = set()
        self.chapter, self.title, self.count = _label("small"), _label("heading"), _label("small")
        self.dots = StepDots()
        self.heading, self.text, self.question = _label("cardtitle"), StepText(), QuestionBox()
        self.missing, self.hint_text, self.praise = MissingList(), _label("hint"), _label("praise")
        self.end = LessonEnd()
        self.note = _label("note")
        self.back, self.hint, self.next = QPushButton("Back"), QPushButton("Hint"), QPushButton("Next")
        self.next.setObjectName("primary")
        self.skip = _link("Skip this step", "Go on without it; it does not count as done")
        self.reset = _link("Reset the lesson…", "Begin it anew; your work so far is kept under another name")
        self.leave = _link("Leave", "Close this panel; you can go on later where you are")
        self.more = self._more()
        self.dots.step_requested.connect(self.step_requested)
        self.question.answered.connect(self.answered)
        self.back.clicked.connect(lambda _on=False: self.step_requested.emit(self.at - 1))
        self.next.clicked.connect(lambda _on=False: self.step_requested.emit(self.at + 1))
        self.skip.clicked.connect(lambda _on=False: self.step_requested.emit(self.at + 1))
        self.hint.clicked.connect(lambda _on=False: self._tell_hint())
        self.reset.clicked.connect(lambda _on=False: self.reset_requested.emit())
        self.leave.clicked.connect(lambda _on=False: self.leave_requested.emit())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._head())
        rows.addWidget(self._body(), 1)
        rows.addWidget(self._foot())

    def _more(self) -> QPushButton:
        """What is seldom wanted of a lesson."""
        more = _link("More…", "Print the lesson, or save your work in it as one file")
        menu = QMenu(more)
        # That for the teacher holds the solutions: it is on the page of all lessons.
        menu.addAction(PUPILS).triggered.connect(lambda _on=False: self.print_requested.emit())
        menu.addSeparator()
        menu.addAction("Save your work as…").triggered.connect(lambda _on=False: self.work_requested.emit())
        more.setMenu(menu)
        return more

    def sizeHint(self) -> QSize:
        return QSize(340, 500)

    def _head(self) -> QWidget:
        head = QFrame()
        head.setObjectName("lessonhead")
        rows = QVBoxLayout(head)
        rows.setContentsMargins(SIDE, 8, SIDE, 10)
        rows.setSpacing(3)
        across = QHBoxLayout()
        across.addWidget(self.dots, 1)
        # It says all of what it says in one line.
        self.count.setWordWrap(False)
        across.addWidget(self.count)
        top = QHBoxLayout()
        top.addWidget(self.chapter, 1)
        top.addWidget(self.more)
        rows.addLayout(top)
        rows.addWidget(self.title)
        rows.addLayout(across)
        return head

    def _body(self) -> QScrollArea:
        self._inner = inner = QWidget()
        inner.setObjectName("lessonbody")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(SIDE, 14, SIDE, 14)
        rows.setSpacing(12)
        parts = (
            self.note, self.end, self.heading, self.text, self.question, self.missing, self.hint_text,
            self.praise,
        )  # fmt: skip
        for part in parts:
            rows.addWidget(part)
        rows.addStretch(1)
        self.scroller = QScrollArea()
        self.scroller.setObjectName("lesson")
        self.scroller.setAccessibleName("Step of the lesson")
        self.scroller.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self.scroller, "base")
        self.scroller.setWidget(inner)
        return self.scroller

    def _foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("lessonfoot")
        rows = QVBoxLayout(foot)
        rows.setContentsMargins(SIDE, 10, SIDE, 10)
        rows.setSpacing(8)
        buttons, links = QHBoxLayout(), QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addWidget(self.hint)
        buttons.addStretch(1)
        buttons.addWidget(self.next)
        links.addWidget(self.skip)
        links.addStretch(1)
        links.addWidget(self.reset)
        links.addSpacing(12)
        links.addWidget(self.leave)
        rows.addLayout(buttons)
        rows.addLayout(links)
        return foot

    def show_step(self, lesson: Lesson, at: int, done: Collection[int], answer: str, note: str = "") -> None:
        """Show a step as it is at its start, or once it was done; ``note`` stands above it."""
        step, has_focus = lesson.steps[at], self._has_focus()
        self.at, self._told = at, 0
        # Its button begins anew with the first hint.
        self._hints = step.hints
        self.chapter.setText(lesson.chapter)
        self.title.setText(lesson.title)
        self.heading.setText(step.title)
        self.text.show_markdown(step.text)
        self.question.show_question(step.question, answer)
        self.hint_text.hide()
        self._shown, self._asked = (), set()
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.end.hide()
        if has_focus:
            self._focus_task()
        self.show_verdicts((), lesson, done)
        self.scroller.verticalScrollBar().setValue(0)

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _focus_task(self) -> None:
        """Lead the keys to what is to be done. Qt would take the focus of a button that is switched off to
        the next one: to those that skip a step or reset the lesson.
        """
        (self.question.first if not self.question.isHidden() else self.scroller).setFocus()

    def show_verdicts(
        self, verdicts: Sequence[Verdict | None], lesson: Lesson, done: Collection[int]
    ) -> None:
        """Say what is missing, None for what cannot be known yet; or praise, once the step is done."""
        shown = (tuple(verdicts), tuple(done), self.at)
        if shown == self._shown:
            return
        self._shown = shown
        step, is_done = lesson.steps[self.at], self.at in done
        sentences = [WAITS if verdict is None else verdict.missing for verdict in verdicts]
        # What several checks lack alike is said once.
        missing = [] if is_done else list(dict.fromkeys(filter(None, sentences)))
        wrong = {verdict.missing for verdict in verdicts if verdict is not None and verdict.is_wrong}
        # What held from the start, such as that there is no hidden layer, nobody has done.
        self._asked |= {at for at, v in enumerate(verdicts) if v is not None and not v.holds}
        asked = [verdict for at, verdict in enumerate(verdicts) if at in self._asked]
        held = sum(verdict is not None and verdict.holds for verdict in asked)
        self.missing.show_sentences(missing, wrong, held, len(asked))
        self.praise.setText(f"✓  {step.praise or 'Done.'}")
        was_praised, is_praised = not self.praise.isHidden(), is_done and bool(step.checks)
        self.praise.setVisible(is_praised)
        if is_praised and not was_praised:
            self._bring_into_view(self.praise)
        self.dots.show_steps([one.title for one in lesson.steps], self.at, done)
        self.count.setText(f"Step {self.at + 1} of {len(lesson.steps)}")
        self._show_buttons(lesson, step, is_done)

    def _show_buttons(self, lesson: Lesson, step: Step, is_done: bool) -> None:
        is_last = self.at == len(lesson.steps) - 1
        self.back.setEnabled(self.at > 0)
        # What is looked at goes on at the end, too.
        self.next.setEnabled((is_done or not step.checks) and self.end.isHidden())
        self.next.setText("Finish" if is_last else "Next")
        self.skip.setVisible(bool(step.checks) and not is_done)
        self._name_hint()

    def _tell_hint(self) -> None:
        self._told = min(self._told + 1, len(self._hints))
        self.hint_text.setText("\n\n".join(self._hints[: self._told]))
        self.hint_text.show()
        self._bring_into_view(self.hint_text)
        if self._told == len(self._hints):
            self._focus_task()
        self._name_hint()
        self.hint_told.emit(self._told)

    def _bring_into_view(self, part: QWidget) -> None:
        """Scroll to what has appeared, once it can be seen."""
        QTimer.singleShot(0, part, lambda: self._scroll_to_end_of(part))

    def _scroll_to_end_of(self, part: QWidget) -> None:
        inner, view = self._inner, self.scroller.viewport()
        # Lines that are wrapped would find their height rounds later, and a scroll bar makes more of them.
        for _round in range(2):
            height = max(inner.heightForWidth(view.width()), inner.minimumSizeHint().height())
            inner.resize(view.width(), max(height, view.height()))
        end = part.geometry().bottom()
        self.scroller.ensureVisible(0, end, 0, SIDE)
        self.scroller.ensureVisible(0, max(part.y(), end - view.height()), 0, 0)

    def _name_hint(self) -> None:
        left = len(self._hints) - self._told
        self.hint.setVisible(bool(self._hints))
        self.hint.setEnabled(left > 0)
        self.hint.setText("Hint" if not self._told else "Another hint" if left else "No more hints")
        # Words longer than those that a button is made for would touch its edges.
        self.hint.setMinimumWidth(self.hint.fontMetrics().horizontalAdvance(self.hint.text()) + 2 * SIDE)

    def show_end(self, sentence: str) -> None:
        """Show how the lesson ended; `offer_next` follows."""
        has_focus = self._has_focus()
        self.note.setText(sentence)
        self.note.show()
        self.end.show_next("")
        if has_focus:
            self.end.lessons.setFocus()
        self.next.setEnabled(False)
        self.scroller.verticalScrollBar().setValue(0)

    def offer_next(self, title: str) -> None:
        """Lead to the lesson that comes next, where there is one."""
        self.end.show_next(title)
        if title and self.end.lessons.hasFocus():
            self.end.next.setFocus()
