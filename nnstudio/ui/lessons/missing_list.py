"""What a step still lacks: a sentence for each check that does not hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle

# Before what is to be done, and before an answer that is not right.
OPEN, WRONG = "○", "✕"


class MissingList(QWidget):
    """Hidden where nothing is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What is still missing")
        self._rows: list[tuple[PlainLabel, PlainLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self.head = PlainLabel()
        self.head.setObjectName("small")
        self._grid.addWidget(self.head, 0, 0, 1, 2)
        self.hide()

    @property
    def sentences(self) -> list[str]:
        """Those that are shown."""
        return [text.text() for _sign, text in self._rows if not text.isHidden()]

    def show_sentences(
        self, sentences: Sequence[str], wrong: Collection[str] = (), done: int = 0, total: int = 0
    ) -> None:
        """Show these instead; what is ``wrong`` was tried, and is marked in another way. Of several checks in
        ``total``, it is said how many are ``done``, once any is.
        """
        self.head.setText(f"To do  ·  {done} of {total} done" if done else "To do")
        self.head.setVisible(total > 1)
        while len(self._rows) < len(sentences):
            self._add_row()
        for (sign, text), sentence in zip(self._rows, [*sentences, *[""] * len(self._rows)], strict=False):
            text.setText(sentence)
            sign.setText(WRONG if sentence in wrong else OPEN)
            restyle(sign, "wrong" if sentence in wrong else "muted")
            sign.setVisible(bool(sentence))
            text.setVisible(bool(sentence))
        self.setVisible(bool(sentences))

    def _add_row(self) -> None:
        sign, text = PlainLabel(OPEN), PlainLabel()
        text.setWordWrap(True)
        sign.setObjectName("muted")
        for column, label in enumerate((sign, text)):
            self._grid.addWidget(label, len(self._rows) + 1, column, Qt.AlignmentFlag.AlignTop)
        self._rows.append((sign, text))
