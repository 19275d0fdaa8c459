"""A large button that says what it leads to."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel


class Card(QPushButton):
    """A button with a title and lines that wrap, as QCommandLinkButton, which cuts the second line off."""

    def __init__(self, title: str, text: str, note: str = "", picture: QWidget | None = None) -> None:
        """``picture`` stands to the right of the words."""
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{text} {note}".strip())
        across = QHBoxLayout(self)
        across.setContentsMargins(14, 9, 14, 9)
        across.setSpacing(12)
        self._column = column = QVBoxLayout()
        column.setSpacing(2)
        across.addLayout(column, 1)
        if picture is not None:
            picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            across.addWidget(picture)
        for words, name in ((title, "cardtitle"), (text, "muted"), (note, "small")):
            if not words:
                continue
            label = PlainLabel(words)
            label.setObjectName(name)
            label.setWordWrap(True)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            if name == "cardtitle":
                label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            column.addWidget(label)
        self._last = label
        # In a row with a higher card, the lines stay together: the last one takes what is left.
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def put_beside_last(self, links: QLayout) -> None:
        """Further buttons, to the right of the last line."""
        column = self._column
        column.removeWidget(self._last)
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addWidget(self._last, 1)
        foot.addLayout(links)
        column.addLayout(foot)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        # A page of cards would be as high as narrow ones need, and end in a void.
        layout = self.layout()
        return layout.minimumSize() if layout is not None else super().minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.heightForWidth(width) if layout is not None else -1
