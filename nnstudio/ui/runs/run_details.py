"""What there is to read of the selected runs: the facts of one with a person's notes, or how two differ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.runs.record import RunRecord
from nnstudio.runs.room import in_bytes
from nnstudio.ui.runs.facts import facts
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

# What is written is kept after this time without a key.
NOTES_MS = 700
COMPARING = "Comparing the two …"
SAME = "They were trained on the same data with the same network and the same settings."
SEVERAL = "Select two runs to read what differs between them."


class RunDetails(QWidget):
    """Signal: noted(id, notes) when a person wrote some."""

    noted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = PlainLabel(), QLabel()
        self.title.setObjectName("heading")
        self.title.setWordWrap(True)
        # A long name without blanks takes no room from the curves.
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.notes = QPlainTextEdit()
        self.notes.setObjectName("lines")
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Notes on this run")
        self.notes.setTabChangesFocus(True)
        self.notes.setMaximumHeight(4 * self.fontMetrics().lineSpacing() + 14)
        self._runs: tuple[RunRecord, ...] = ()
        self._came_from = ""
        self._differences: Sequence[str] | None = None
        self._later = QTimer(self, singleShot=True, interval=NOTES_MS)
        self._later.timeout.connect(self.finish)
        self.notes.textChanged.connect(self._later.start)
        area, inside = QScrollArea(), QWidget()
        area.setObjectName("short")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(area)
        area.setAccessibleName("About the selected runs")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.addWidget(self.text)
        column.addStretch(1)
        area.setWidget(inside)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 10, 8)
        rows.addWidget(self.title)
        rows.addWidget(area, 1)
        rows.addWidget(self.notes)
        theme.changed.connect(self._write)
        self._write()

    def show_runs(self, runs: Sequence[RunRecord], came_from: str = "") -> None:
        """Show one run and its notes, or what is to be said of several; see `facts` for ``came_from``."""
        runs, before = tuple(runs), self._runs
        if [run.id for run in runs] != [run.id for run in before]:
            self.finish()
            self._differences = None
        self._runs, self._came_from = runs, came_from
        if len(runs) == 1 and not self._later.isActive() and self.notes.toPlainText() != runs[0].notes:
            with QSignalBlocker(self.notes):
                self.notes.setPlainText(runs[0].notes)
        self._write()

    def show_differences(self, sentences: Sequence[str]) -> None:
        """What differs between the two that are selected."""
        self._differences = sentences
        self._write()

    def finish(self) -> None:
        """Hand on what was written, if anything was."""
        self._later.stop()
        if len(self._runs) == 1 and self.notes.toPlainText() != self._runs[0].notes:
            self.noted.emit(self._runs[0].id, self.notes.toPlainText())

    def _write(self) -> None:
        count = len(self._runs)
        self.notes.setVisible(count == 1)
        self.title.setVisible(bool(count))
        if count == 1:
            self.title.setText(self._runs[0].name)
            self.text.setText(self._as_table(facts(self._runs[0], self._came_from)))
        elif count == 2:
            self.title.setText("What differs")
            self.text.setText(self._as_list())
        else:
            self.title.setText(f"{count:,} runs")
            size = in_bytes(sum(run.bytes for run in self._runs))
            self.text.setText(f"{SEVERAL} These take {size}." if count else "")

    def _as_table(self, rows: Sequence[tuple[str, str]]) -> str:
        muted = theme.colours.muted
        return "<table cellspacing='0' cellpadding='2'>{}</table>".format(
            "".join(
                f"<tr><td style='color:{muted}'>{escape(label)}&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
                for label, text in rows
            )
        )

    def _as_list(self) -> str:
        first, second = self._runs
        names = f"<p>“{escape(first.name)}”, compared with “{escape(second.name)}”:</p>"
        if self._differences is None:
            return names + escape(COMPARING)
        lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in self._differences or (SAME,))
        return names + lines
