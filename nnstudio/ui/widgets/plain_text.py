"""Foreign text (names of nodes, files, classes, columns) shown letter by letter, never read as markup."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


class PlainLabel(QLabel):
    """A label that shows its text as it is; a plain QLabel guesses whether it is HTML."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def plain_tip(text: str) -> str:
    """A tool tip that shows ``text`` as it is: tool tips have no text format, Qt guesses."""
    if "<" not in text and "&" not in text:
        return text
    return "<qt>" + escape(text).replace("\n", "<br>") + "</qt>"


def tips_together(*tips: str) -> str:
    """Several tips as `plain_tip` gives them, below each other; empty ones are left out."""
    told = [tip for tip in tips if tip]
    if not any(tip.startswith("<qt>") for tip in told):
        return "\n".join(told)
    inner = (tip[4:-5] if tip.startswith("<qt>") else escape(tip).replace("\n", "<br>") for tip in told)
    return f"<qt>{'<br>'.join(inner)}</qt>"


def coloured(text: str, colour: str) -> str:
    """``text`` as HTML in a colour."""
    return f"<span style='color:{colour}'>{escape(text)}</span>"


def on_button(text: str) -> str:
    """``text`` for a button, a menu or a label with a buddy, where a single & would underline a letter."""
    return text.replace("&", "&&")
