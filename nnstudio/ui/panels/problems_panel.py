"""Faults and warnings of the network, each with what would mend it; below them, what the doctor sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from nnstudio.model.problems import Problem, Repair
from nnstudio.ui.panels.doctor_section import DoctorSection
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.severity_mark import show_severity
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.wrapping_button import WrappingButton

LOOK, NO_REPAIRS = "Look for repairs", "No repair was found"
NONE = "No problems: the network can run on this data."
NO_DATA = "No problems in the network. Training needs data: choose it under Data."
SHOWN = 12
# Nodes that are named as stopped by one problem.
NAMED = 4
# Repairs are tried out before they are offered, which takes time in large networks: when these seconds
# are over, the rest is looked for on demand.
BUDGET = 0.05
LARGE = 200
# Pixels that stay free above and below what is scrolled to.
AROUND = 6
# Milliseconds after which layouts stand still.
SETTLES = 60


class Row(QFrame):
    """One problem: where, why and how, and a button for each repair.

    ``name`` is its node's, ``follows`` are those of the nodes that take no part because of it.
    """

    def __init__(
        self, panel: ProblemsPanel, problem: Problem, name: str, follows: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self.panel, self.problem = panel, problem
        self.setObjectName("row")
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        head = QHBoxLayout()
        mark = QLabel()
        show_severity(mark, problem.severity)
        head.addWidget(mark)
        self.where = WrappingButton(name or problem.about)
        self.where.setFlat(True)
        self.where.setObjectName("link")
        self.where.setEnabled(bool(problem.node))
        self.where.setToolTip("Show it on the canvas")
        self.where.clicked.connect(lambda: panel.show_requested.emit(problem.node))
        head.addWidget(self.where)
        head.addStretch(1)
        column.addLayout(head)
        why = PlainLabel(problem.text)
        why.setWordWrap(True)
        why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(why)
        if follows:
            column.addWidget(_muted(told_of(follows)))
        self.buttons: list[QPushButton] = []

    def offer(self, repairs: Sequence[Repair]) -> None:
        """A button for each repair."""
        for repair in repairs:
            self._button(repair.title, partial(self.panel.repair_requested.emit, repair))

    def ask(self, find: Callable[[], Sequence[Repair]]) -> None:
        """A button that looks for repairs; they come below it, so that a second press meets none."""

        def look() -> None:
            repairs = find()
            button.setEnabled(False)
            button.setText(LOOK if repairs else NO_REPAIRS)
            self.offer(repairs)

        button = self._button(LOOK, look)
        # As wide for either text.
        metrics = button.fontMetrics()
        room = button.sizeHint().width() - metrics.horizontalAdvance(LOOK)
        button.setMinimumWidth(room + max(map(metrics.horizontalAdvance, (LOOK, NO_REPAIRS))))

    def _button(self, title: str, slot: Callable[[], object]) -> QPushButton:
        button = WrappingButton(title)
        button.setObjectName("repair")
        button.setAccessibleDescription(f"Fixes: {self.problem.text}")
        button.clicked.connect(lambda: slot())
        self.column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.buttons.append(button)
        return button


def told_of(names: Sequence[str]) -> str:
    """What else a problem stops."""
    left = len(names) - NAMED
    listed = [*names[:NAMED], f"{left} more"] if left > 0 else list(names)
    text = ", ".join(listed[:-1]) + " and " * (len(listed) > 1) + listed[-1]
    take = "takes" if len(names) == 1 else "take"
    return f"Until then, {text} {take} no part in the network."


def _key(problem: Problem) -> tuple[str, str]:
    """What tells problems apart for a person."""
    return problem.node, problem.text


def _muted(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    return label


class ProblemsPanel(QScrollArea):
    """Requests: show_requested(node), repair_requested(Repair).

    While the pointer is over it, nothing in it moves: what is mended is greyed and cannot be pressed, what is
    new comes last. With the last problem all of them go.

    Attributes:
        doctor: what the doctor sees, below the problems.
    """

    show_requested = Signal(str)
    repair_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.problems: list[Problem] = []
        self.rows: list[Row] = []
        self._names: dict[str, str] = {}
        self._nothing = NONE
        self._repairs: Callable[[Problem], Sequence[Repair]] = lambda _problem: ()
        self._is_pointed_at = self._is_behind = self._is_doubted = False
        self.note = _muted(NONE)
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(10, 8, 10, 10)
        self._column.setSpacing(8)
        self._column.addWidget(self.note)
        self.doctor = DoctorSection()
        self.doctor.told_of.connect(self._await)
        # What a person waits for, as long as it has not come to its position.
        self._awaited: tuple[QWidget, QWidget] | None = None
        self._settled = QTimer(self, singleShot=True, interval=SETTLES)
        self._settled.timeout.connect(self._reveal)
        self.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self._reveal())
        self._column.addWidget(self.doctor)
        self._column.addStretch(1)
        self.setWidget(body)
        theme.changed.connect(self._fill)

    def _await(self, first: QWidget, last: QWidget) -> None:
        """Layouts within layouts take several rounds until what was just added has its position."""
        self._awaited = first, last
        self._settled.start()

    def _reveal(self) -> None:
        """Scroll until all that is awaited is seen, or the first of it where that is too much."""
        body, bar = self.widget(), self.verticalScrollBar()
        # What is awaited may be gone meanwhile.
        if body is None or self._awaited is None or not all(map(isValid, self._awaited)):
            return
        first, last = self._awaited
        if not self._settled.isActive():
            self._awaited = None
        above, below = (w.mapTo(body, w.rect().topLeft()).y() for w in (first, last))
        below += last.height()
        bar.setValue(min(max(bar.value(), below + AROUND - self.viewport().height()), above - AROUND))

    def show_problems(
        self,
        problems: list[Problem],
        names: dict[str, str],
        repairs: Callable[[Problem], Sequence[Repair]],
        nothing: str = NONE,
    ) -> None:
        """Show problems; ``names`` of nodes; ``repairs`` is asked only for what is shown; ``nothing`` is said
        where there are none.
        """
        same = problems == self.problems and names == self._names and nothing == self._nothing
        self._nothing = nothing
        self.problems, self._names, self._repairs = problems, names, repairs
        # Where nothing is left to press, nothing can be pressed by mistake.
        is_clear = not problems and self.doctor.isHidden()
        if self._is_pointed_at and self.rows and not is_clear:
            self._follow()
        elif not same:
            self._fill()

    def set_doubted(self, is_doubted: bool) -> None:
        """Whether the doctor sees something: then it is not said that there are no problems."""
        self._is_doubted = is_doubted
        if not self.rows:
            self.note.setVisible(not is_doubted)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._is_pointed_at = True
        self.doctor.hold(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._leave()
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._leave()
        super().hideEvent(event)

    def _leave(self) -> None:
        """The pointer is elsewhere: what stood still comes in order."""
        self._is_pointed_at = False
        self.doctor.hold(False)
        if self._is_behind:
            self._fill()

    def _follow(self) -> None:
        """Show what is new below, and what is mended where it was."""
        self._is_behind = True
        # What follows from a problem may change while the problem is the same.
        now, shown = set(map(_key, self.problems)), {_key(row.problem) for row in self.rows}
        for row in self.rows:
            row.setEnabled(_key(row.problem) in now)
        self._add([p for p in self.problems if _key(p) not in shown])

    def _fill(self) -> None:
        # First, because a row that hides below the pointer makes Qt say at once that the pointer left: that
        # leads here again, and the list would be filled twice, once with rows that nobody knows of.
        rows, self.rows, self._is_behind = self.rows, [], False
        for row in rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._add(self.problems)

    def _add(self, problems: Sequence[Problem]) -> None:
        """Show problems below the others, as many as are shown at once."""
        until = time.monotonic() + BUDGET
        for problem in problems[: max(SHOWN - len(self.rows), 0)]:
            follows = [self._names[n] for n in problem.follows if n in self._names]
            row = Row(self, problem, self._names.get(problem.node, ""), follows)
            # Each repair is tried on a copy, which takes a tenth of a second with a thousand nodes.
            if time.monotonic() < until and len(self._names) <= LARGE:
                row.offer(self._repairs(problem))
            else:
                row.ask(partial(self._repairs, problem))
            self._column.insertWidget(len(self.rows), row)
            self.rows.append(row)
        shown = {_key(row.problem) for row in self.rows}
        left = sum(_key(p) not in shown for p in self.problems)
        self.note.setText(f"{left} more, which may follow from these." if left else self._nothing)
        self.note.setVisible(left > 0 or (not self.rows and not self._is_doubted))
