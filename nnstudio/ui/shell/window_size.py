"""Where the window stands and how large it is, kept over restarts."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QWidget

# Of the first window.
SIZE = (1400, 900)
GEOMETRY = "geometry"


def restore_size(window: QWidget, settings: QSettings) -> None:
    """As it was when it closed last, or as a first window is."""
    geometry = settings.value(GEOMETRY)
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    else:
        window.resize(*SIZE)


def keep_size(window: QWidget, settings: QSettings) -> None:
    """Remember it."""
    settings.setValue(GEOMETRY, window.saveGeometry())
