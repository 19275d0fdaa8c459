"""A picture that is not of the network shown elsewhere is greyed, and says of what it is."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nnstudio.training.messages import Snapshot
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

# A picture may be behind for so long before that is said, in seconds: while the network trains, every
# picture is a little behind, and an edit is planned in a moment.
GRACE = 2.0
BEFORE = "From before the change: the network as it is now is not ready yet."
# How much of the picture the grey lets through, of 255.
GREY = 150


class Staleness:
    """Whether a view's picture is still of the network that is shown elsewhere.

    It is not once the network is another one that is not planned yet, or once the run has stood at another
    step than the picture's for more than GRACE seconds. Where the picture is made anew of the same old
    step, as when it is refined, that time goes on.
    """

    def __init__(self) -> None:
        self.clock = time.monotonic
        self._has_picture = False
        self._step: int | None = None
        self._behind_since: float | None = None

    def picture_drawn(self, step: int | None) -> None:
        """A picture of the network at a step is shown; None for one that is of no single step."""
        if not self._has_picture or step != self._step:
            self._behind_since = None
        self._has_picture, self._step = True, step

    def forget(self) -> None:
        """There is no picture any more."""
        self._has_picture, self._step, self._behind_since = False, None, None

    def sentence(self, snapshot: Snapshot, current: bool) -> str:
        """What to say of the picture now, or nothing.

        ``current``: the run that the snapshot tells of is of the network as it is now.
        """
        now_shown = snapshot.steps if snapshot.shown is None else snapshot.shown
        if not self._has_picture or (current and self._step in (None, now_shown)):
            self._behind_since = None
            return ""
        if self._behind_since is None:
            self._behind_since = self.clock()
        if self.clock() < self._behind_since + GRACE:
            return ""
        if not current:
            return BEFORE
        elsewhere = "training is at" if snapshot.shown is None else "the timeline shows"
        return f"Of step {self._step:,}; {elsewhere} step {now_shown:,}."


class Veil(PlainLabel):
    """Grey over a view, with a sentence at its foot; clicks go through it."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self.setParent(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self.setWordWrap(True)
        self.setMargin(8)
        self.hide()

    def say(self, sentence: str) -> None:
        """Cover the view and say why; uncover it where there is nothing to say."""
        if sentence != self.text():
            self.setText(sentence)
        if bool(sentence) == self.isHidden():
            self.setVisible(bool(sentence))
            self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        grey = QColor(theme.colours.window)
        grey.setAlpha(GREY)
        painter = QPainter(self)
        painter.fillRect(self.rect(), grey)
        # The sentence must be legible whatever lies below it.
        height = self.heightForWidth(self.width())
        painter.fillRect(0, self.height() - height, self.width(), height, QColor(theme.colours.window))
        painter.end()
        super().paintEvent(event)
