"""Foreign text (names of nodes, files, classes, columns) shown letter by letter, never read as markup."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

# Where a name without blanks may be broken: behind these.
BREAKS = re.compile(r"(?<=[_./\\-])(?=\w)")
# So many letters of a legend's entry stay in one line.
UNBROKEN = 32


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


def breakable(text: str) -> str:
    """``text`` whose long names may go on in the next line, so that a narrow panel stays narrow."""
    return BREAKS.sub("\u200b", text)


def unbroken(text: str) -> str:
    """``text`` of a legend that goes to the next line as a whole, unless it is long."""
    return text.replace(" ", "\N{NO-BREAK SPACE}") if len(text) <= UNBROKEN else text


def on_button(text: str) -> str:
    """``text`` for a button, a menu or a label with a buddy, where a single & would underline a letter."""
    return text.replace("&", "&&")
