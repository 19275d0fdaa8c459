"""What is seen as a picture for a report, copied or saved as a file, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from nnstudio.explain.drawn import as_gif
from nnstudio.ui.widgets.file_dialogs import OpenProject, ask_save
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.theme import theme

# Pixels of a picture for each of the screen, so that its letters are sharp on paper.
SCALE = 2.0
TIP = "Copy or save this view as a picture, or its numbers where it has some"
GREW = "A GIF of what grows in this view, until now"


def pictured(view: QWidget, scale: float = 1.0) -> QPixmap:
    """What is seen of a view, without its buttons: nobody can press them in a picture."""
    picture = QPixmap(QSize(round(view.width() * scale), round(view.height() * scale)))
    picture.setDevicePixelRatio(scale)
    ground = QColor(theme.colours.window)
    picture.fill(ground)
    painter = QPainter(picture)
    view.render(painter, QPoint())
    for button in view.findChildren(QToolButton):
        if button.isVisibleTo(view):
            painter.fillRect(QRect(button.mapTo(view, QPoint()), button.size()), ground)
    painter.end()
    return picture


@dataclass(frozen=True)
class Savable:
    """What can be saved as a picture, and its numbers as a table.

    Attributes:
        table: gives a table, its first line the names of the columns; "" where there is none.
        write: has a file written, with this content.
        frames: it as it grew, pictures (h, w, 3) from 0, black, to 1, white; () where nothing grows.
    """

    widget: QWidget
    title: str
    table: Callable[[], str]
    write: Callable[[Path, bytes], None]
    frames: Callable[[], Sequence[np.ndarray]] = tuple


class PictureButton(QToolButton):
    """Opens a menu: copy the picture of a view, or save it, or the table of its numbers. Off where no view is
    there yet; there is no table where a view has none, and no GIF where nothing grows.
    """

    def __init__(self, view: Callable[[], Savable | None]) -> None:
        """``view`` tells which one it is about now."""
        super().__init__()
        self._view = view
        self.setToolTip(TIP)
        self.setAccessibleName(TIP)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.options = QMenu(self)
        self.copy = self.options.addAction("&Copy picture")
        self.save = self.options.addAction("&Save picture…")
        self.save_table = self.options.addAction("Save &numbers…")
        self.save_grown = self.options.addAction("Save as it &grew…")
        self.save_grown.setToolTip(GREW)
        self.save_grown.triggered.connect(self._save_grown)
        self.copy.triggered.connect(self._copy)
        self.save_table.triggered.connect(self._save_table)
        self.save.triggered.connect(self._save)
        self.options.aboutToShow.connect(self._offer)
        self.setMenu(self.options)
        theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self.setIcon(icon("camera", theme.colours.muted))

    def _offer(self) -> None:
        view = self._view()
        for action in (self.copy, self.save):
            action.setEnabled(view is not None)
        self.save_table.setVisible(view is not None and bool(view.table()))
        self.save_grown.setVisible(view is not None and len(view.frames()) > 1)

    def _copy(self) -> None:
        view = self._view()
        if view is not None:
            QGuiApplication.clipboard().setPixmap(pictured(view.widget, SCALE))

    def _save(self) -> None:
        view = self._view()
        if view is None:
            return
        # Before the dialog: what is saved is what was seen when the menu was opened.
        content = as_png(pictured(view.widget, SCALE))
        self._write(view, "Save the picture", ".png", "Pictures (*.png)", content)

    def _save_table(self) -> None:
        view = self._view()
        if view is not None:
            # As above.
            content = view.table().encode()
            self._write(view, "Save the numbers", ".csv", "Tables (*.csv)", content)

    def _save_grown(self) -> None:
        view = self._view()
        if view is not None:
            # As above.
            self._write(view, "Save what grew", ".gif", "Animations (*.gif)", as_gif(view.frames()))

    def _write(self, view: Savable, title: str, suffix: str, kinds: str, content: bytes) -> None:
        """Ask for a file of the view's name, and have it written."""
        name, _ = ask_save(self, title, f"{OpenProject.named(view.title.lower())}{suffix}", kinds)
        if name:
            path = Path(name) if Path(name).suffix.lower() == suffix else Path(f"{name}{suffix}")
            view.write(path, content)


def as_png(picture: QPixmap) -> bytes:
    """A picture as the content of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())
