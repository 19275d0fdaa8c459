"""The mark of a fault, a warning or a note: one shape and colour for each, and its word in the tip."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from nnstudio.model.severity import Severity
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.theme import theme

PIXELS = 16


def show_severity(mark: QLabel, severity: Severity) -> None:
    """Draw it in the colours of the theme, and say what it means."""
    c = theme.colours
    shape, colour = {
        Severity.FAULT: ("error", c.error), Severity.WARNING: ("warning", c.warning),
        Severity.NOTE: ("info", c.muted),
    }[severity]  # fmt: skip
    mark.setPixmap(icon(shape, colour).pixmap(PIXELS, PIXELS))
    mark.setAccessibleName(severity.capitalize())
    mark.setToolTip(severity.told)
