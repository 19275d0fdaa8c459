"""The window in which a teacher writes a lesson, beside the studio in which they arrange and try it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.lessons.draft import Draft
from nnstudio.lessons.draft_fields import DETAILS
from nnstudio.lessons.lesson import Fault
from nnstudio.ui.lessons.part_form import Offer, PartForm
from nnstudio.ui.lessons.step_editor import StepEditor
from nnstudio.ui.lessons.step_list import StepList
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle

# A draft is written so long after the last change, in milliseconds.
KEEP_MS = 500
SIZE = (1120, 780)
STEPS_WIDTH = 250
# Faults that are seen at a time, and pixels around them.
MOST_FAULTS, EDGE = 6, 4
INTRODUCTION = (
    "A lesson begins with a project, and leads through it step by step. Arrange the project in the studio, "
    "write the steps here, and check that they can be done. Everything is kept as you write it."
)
START = (
    "The lesson begins with the project as it was when you began to write. Take the project that is open now "
    "instead, once you have changed it."
)
UNCHECKED = "Not checked since the last change."


class LessonEditor(QDialog):
    """Requests: keep_requested() when something changed; check_requested(), cancel_requested(),
    try_requested(), give_requested(), delete_requested(), start_requested() to begin with the open project;
    record_requested(ActionList, on); left() when it is closed.

    Attributes:
        changes: how often something was changed.
    """

    keep_requested = Signal()
    check_requested = Signal()
    cancel_requested = Signal()
    try_requested = Signal()
    give_requested = Signal()
    delete_requested = Signal()
    start_requested = Signal()
    record_requested = Signal(object, bool)
    left = Signal()

    def __init__(self, parent: QWidget, draft: Draft, offer: Offer) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # It stands beside the studio, and not always above it: what is recorded is done there.
        self.setWindowFlags(Qt.WindowType.Window)
        self.draft, self.changes = draft, 0
        self._faults: Sequence[Fault] = ()
        self._bring_back: Callable[[], None] = lambda: None
        self.steps, self.step = StepList(), StepEditor(offer)
        self.details = PartForm(DETAILS, offer)
        self.pages = QStackedWidget()
        self.faults = QListWidget()
        self.faults.setAccessibleName("What is wrong")
        self.faults.setWordWrap(True)
        self.said, self.gone = PlainLabel(), PlainLabel()
        self.said.setWordWrap(True)
        self.back = QPushButton("Bring it back")
        self.progress = QProgressBar()
        self.check, self.try_it = QPushButton("Check"), QPushButton("Try it")
        self.give, self.close_button = QPushButton("Give it away…"), QPushButton("Close")
        self.start = QPushButton("Begin with the project that is open")
        self.delete = QPushButton("Delete this draft…")
        self._timer = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._timer.timeout.connect(self.keep_requested)
        self._arrange()
        self._connect()
        self.details.show_part(draft.content, {})
        self.steps.show_steps(draft.content.setdefault("steps", []), 0)
        self._name()
        self.say(UNCHECKED)

    def _arrange(self) -> None:
        self.pages.addWidget(self._about())
        self.pages.addWidget(self.step)
        split = QSplitter()
        split.addWidget(self.steps)
        split.addWidget(self.pages)
        split.setStretchFactor(1, 1)
        split.setSizes([STEPS_WIDTH, SIZE[0] - STEPS_WIDTH])
        split.setChildrenCollapsible(False)
        self._gone_row = QWidget()
        row = QHBoxLayout(self._gone_row)
        row.setContentsMargins(0, 0, 0, 0)
        self.back.setObjectName("link")
        for widget in (self.gone, self.back):
            row.addWidget(widget)
        row.addStretch(1)
        # Its room stays: what is clicked next must not move away from under the mouse.
        policy = self._gone_row.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._gone_row.setSizePolicy(policy)
        self._gone_row.hide()
        below = QHBoxLayout()
        below.addWidget(self.said, 1)
        below.addWidget(self.progress)
        for button in (self.check, self.try_it, self.give, self.close_button):
            button.setAutoDefault(False)
            below.addWidget(button)
        self.back.setAutoDefault(False)
        self.start.setAutoDefault(False)
        self.delete.setAutoDefault(False)
        rows = QVBoxLayout(self)
        rows.addWidget(split, 1)
        for part in (self._gone_row, self.faults):
            rows.addWidget(part)
        rows.addLayout(below)
        self.progress.setFixedWidth(160)
        self.progress.hide()
        self.faults.hide()
        self.resize(*SIZE)

    def _about(self) -> QWidget:
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(8, 4, 8, 8)
        rows.setSpacing(12)
        for text in (INTRODUCTION, START):
            label = PlainLabel(text)
            label.setObjectName("muted")
            label.setWordWrap(True)
            rows.addWidget(label)
            if text == INTRODUCTION:
                rows.addWidget(self.details)
        rows.addWidget(self.start, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addStretch(1)
        rows.addWidget(self.delete, 0, Qt.AlignmentFlag.AlignLeft)
        return page

    def _connect(self) -> None:
        self.steps.chosen.connect(self._show)
        for part in (self.steps, self.step, self.details):
            part.changed.connect(self.note_change)
        for source in (self.steps, self.step):
            source.removed.connect(self._on_removed)
        self.step.record_requested.connect(self.record_requested)
        self.back.clicked.connect(lambda _on=False: self._on_back())
        self.faults.itemActivated.connect(lambda _item: self._go_to_fault())
        self.faults.itemClicked.connect(lambda _item: self._go_to_fault())
        self.close_button.clicked.connect(self.close)
        self.check.clicked.connect(lambda _on=False: self._on_check())
        self.try_it.clicked.connect(lambda _on=False: self._gone_row.hide())
        for button, request in (
            (self.try_it, self.try_requested), (self.give, self.give_requested),
            (self.start, self.start_requested), (self.delete, self.delete_requested),
        ):  # fmt: skip
            button.clicked.connect(lambda _on=False, r=request: r.emit())

    def showEvent(self, event: QShowEvent) -> None:
        handle = self.windowHandle()
        if handle is not None:
            # Else it would stay before the studio, where the teacher works. The bindings do not say that it
            # may be None.
            handle.setTransientParent(None)  # type: ignore[arg-type]
        super().showEvent(event)

    # What is written

    def _show(self, number: int) -> None:
        self._gone_row.hide()
        self.pages.setCurrentIndex(min(number, 1))
        if number:
            self.step.show_step(self.steps.steps[number - 1])

    def note_change(self) -> None:
        """Something is other than it was when the lesson was checked, and is kept soon."""
        self.changes += 1
        self._name()
        self.steps.name_steps()
        if self.progress.isHidden():
            self.say(UNCHECKED)
        self._timer.start()

    def _name(self) -> None:
        self.setWindowTitle(f"{self.draft.title} – make a lesson")

    def _on_removed(self, told: str, items: list[Any], at: int, item: Any) -> None:
        def bring_back() -> None:
            items.insert(at, item)
            self.steps.refresh(at + 1 if items is self.steps.steps else self.steps.number)
            self.note_change()

        self.offer_back(told, bring_back)

    def offer_back(self, told: str, bring_back: Callable[[], None]) -> None:
        """Say that something is gone, and offer to bring it back: until something else is gone, another step
        is chosen, or the lesson is checked or tried.
        """
        self.gone.setText(told)
        self._bring_back = bring_back
        self._gone_row.show()

    def _on_back(self) -> None:
        self._gone_row.hide()
        self._bring_back()

    # What is told

    def say(self, text: str, is_good: bool = False) -> None:
        """Say how the lesson stands."""
        self.said.setText(text)
        restyle(self.said, "done" if is_good else "muted")

    def show_progress(self, done: int, steps: int) -> None:
        """The check goes on."""
        self.progress.setRange(0, steps)
        self.progress.setValue(done)
        self.progress.show()
        self.check.setText("Cancel")
        self.say(f"Playing step {min(done + 1, steps)} of {steps}, wrongly and rightly…")

    def end_progress(self) -> None:
        """The check is over."""
        self.progress.hide()
        self.check.setText("Check")

    def _on_check(self) -> None:
        self._gone_row.hide()
        (self.check_requested if self.progress.isHidden() else self.cancel_requested).emit()

    def show_faults(self, faults: Sequence[Fault]) -> None:
        """Show what is wrong, at its steps."""
        self._faults = faults
        self.faults.clear()
        self.faults.addItems([fault.told for fault in faults])
        self.faults.setVisible(bool(faults))
        lines = min(len(faults), MOST_FAULTS)
        self.faults.setFixedHeight(lines * max(self.faults.sizeHintForRow(0), 20) + 2 * EDGE)
        self.steps.mark({fault.step for fault in faults})

    def _go_to_fault(self) -> None:
        row = self.faults.currentRow()
        if 0 <= row < len(self._faults):
            fault = self._faults[row]
            self.steps.choose(fault.step)
            if fault.step:
                self.step.show_part(fault.part)

    def done(self, result: int) -> None:
        self._timer.stop()
        self.left.emit()
        super().done(result)
