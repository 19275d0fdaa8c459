"""What travels while a layer is dragged onto the canvas."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData

MIME = "application/x-nnstudio-layer"


def layer_mime(kind: str) -> QMimeData:
    """What a drag of a layer carries."""
    data = QMimeData()
    data.setData(MIME, QByteArray(kind.encode()))
    return data
