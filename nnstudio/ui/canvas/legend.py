"""The legend of the thumbnails: a strip below the canvas that explains the colour languages.

Not above the canvas: Qt would no longer scroll it by copying.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nnstudio.explain.thumbnails import OWN, Thumbnails
from nnstudio.ui.canvas import units
from nnstudio.ui.canvas.legend_ends import PREDICTED, Ends, ends_of, paint_classes, width_of_classes
from nnstudio.ui.canvas.lettering import wanted
from nnstudio.ui.canvas.node_item import PICTURED
from nnstudio.ui.canvas.painting import colour_table
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import canvas_font, theme

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

# Of the strip and its letters, at the usual text size.
HEIGHT, LETTERS = 22, 11
# A bar of colours, its width where there is little room, and the gaps beside it.
BAR, LEAST_BAR, GAP, APART = QSize(72, 9), 24.0, 6.0, 22.0
# How many of the colours a bar is blended from.
STOPS = 16
SIGNED = ("below 0", "above 0 (values and weights)")
UNSIGNED = ("0", "most (values that are never below 0)")
# Where there is no room for all of it.
SHORT_SIGNED, SHORT_UNSIGNED = ("below 0", "above 0"), ("0", "most")
# The words at both ends of a bar.
Words = tuple[str, str]
SAID = (
    "Signed values: orange below zero, blue above, neutral at zero. Others: from dark at zero to bright. "
    "Each unit over its own range."
)
FAR = "Zoom in to see what each node gives"
CLOSED, OPENED = "Zoom in to see units and weights", "Drag a weight up or down to change it"
# Of layers such as Flatten.
NO_WEIGHTS = "No weights in sight"


class Legend(QWidget):
    """Two bars of colours with their ends in words, the classes in theirs, and what a look inside is for."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.view = view
        self.setAccessibleName("Legend of the thumbnails")
        self.setAccessibleDescription(SAID)
        self.setToolTip(
            "Each unit is shown over its own range; zero has the same colour everywhere. At the end of the "
            "network classes have the colours that they have in all views; an Output shows what it predicts "
            "over the plane as Decision boundary does. Of a picture, nodes show what their layer gives for "
            "the sample that is chosen in Activations: convolutions their feature maps, and their filters "
            "where you zoom in. Zoom in to see units and weights; drag a weight up or down to change it."
        )
        view.installEventFilter(self)
        view.seen_changed.connect(self._on_seen)
        theme.changed.connect(self._on_theme_changed)
        self._hint, self._ends, self._covered = CLOSED, Ends(), 0
        self._sample, self._step = "", ""
        # Where every view has it: of which step the pictures are.
        self.mark = PlainLabel()
        self.mark.setParent(view)
        self.mark.setObjectName("mark")
        self.mark.setAccessibleName("Sample and step of the pictures on the nodes")
        self.mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.mark.hide()
        self.set_shown(True)

    def set_shown(self, shown: bool) -> None:
        """Take up a strip below the canvas, or none."""
        self.setVisible(shown)
        self._stand()

    def keep_clear(self, covered: int) -> None:
        """Something lies over so many pixels at the top of the canvas: the mark stands below it."""
        self._covered = covered
        self._stand()

    def _on_theme_changed(self) -> None:
        self._stand()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._stand()
        return super().eventFilter(watched, event)

    def show_step(self, text: str, is_late: bool) -> None:
        """Of which step the pictures on the nodes are, greyed where they are late; "" without any."""
        self.mark.setEnabled(not is_late)
        self._step = text
        self._tell()
        # Weights come with the pictures.
        self._on_seen()

    def show_sample(self, number: int | None) -> None:
        """Of which sample the pictures on the nodes are, OWN for one's own; None where they are of none."""
        self._sample = "" if number is None else "your own sample" if number == OWN else f"sample {number:,}"
        self._tell()

    def show_ends(self, thumbnails: Thumbnails | None) -> None:
        """In which colours the end of the network is shown; None without any pictures."""
        ends = ends_of(thumbnails)
        if ends != self._ends:
            self._ends = ends
            classes = f" Classes in colours of their own: {', '.join(ends.classes)}." if ends.classes else ""
            self.setAccessibleDescription(SAID + classes)
            self.update()

    def _tell(self) -> None:
        text = f"{self._sample} · {self._step}" if self._step and self._sample else self._step
        if text != self.mark.text():
            self.mark.setText(text)
            self._stand()

    def _stand(self) -> None:
        height = wanted(HEIGHT)
        # Qt lays out anew, and scrolls, whenever it is told, also of the same margins.
        if self.view.viewportMargins().bottom() != (height if not self.isHidden() else 0):
            self.view.setViewportMargins(0, 0, 0, height if not self.isHidden() else 0)
        self.setGeometry(0, self.view.height() - height, self.view.width(), height)
        self.mark.adjustSize()
        self.mark.move(self.view.width() - self.mark.width() - 8, self._covered + 4)

    def _on_seen(self) -> None:
        self.mark.setVisible(bool(self._step) and not self.isHidden() and self.view.zoom >= PICTURED)
        hint = self._find_hint()
        if hint != self._hint:
            self._hint = hint
            self.update()

    def _find_hint(self) -> str:
        if self.view.zoom < PICTURED:
            return FAR
        if self.view.zoom < units.OPEN:
            return CLOSED
        seen = self.view.mapToScene(self.view.viewport().rect()).boundingRect()
        nodes = [n for n in self.view.canvas.nodes.values() if n.sceneBoundingRect().intersects(seen)]
        return OPENED if any(n.inside is not None for n in nodes) else NO_WEIGHTS if nodes else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme.colours
        painter.fillRect(self.rect(), QColor(c.window))
        painter.setPen(QColor(c.border))
        painter.drawLine(0, 0, self.width(), 0)
        painter.setFont(canvas_font(wanted(LETTERS)))
        left = 10.0
        if self._hint != FAR:
            signed, unsigned, bar = self._fitting(painter)
            left = self._language(painter, left, True, signed, bar)
            left = self._language(painter, left + APART, False, unsigned, bar) + APART
            left = self._paint_ends(painter, left, bar)
        hint = self._hint
        if left + painter.fontMetrics().horizontalAdvance(hint) < self.width() - 10:
            painter.setPen(QColor(c.muted))
            box = QRectF(left, 0, self.width() - left - 10, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)

    def _paint_ends(self, painter: QPainter, left: float, bar: QSizeF) -> float:
        """The colours of the end of the network; returns where the next thing may begin."""
        if self._ends.is_number:
            return self._language(painter, left, False, PREDICTED, bar) + APART
        room = self.width() - 10 - left
        width = width_of_classes(self._ends.classes, painter.fontMetrics(), room)
        if not width:
            return left
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_classes(painter, QRectF(left, 0, width, self.height()), self._ends.classes)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        return left + width + APART

    def _fitting(self, painter: QPainter) -> tuple[Words, Words, QSizeF]:
        """The words at the ends of both bars, and the size of a bar: shorter where there is no room."""
        metrics, usual = painter.fontMetrics(), QSizeF(BAR) * theme.text_scale
        room, bars = self.width() - 20 - 4 * GAP - APART, 2
        if self._ends.is_number:
            room, bars = room - 2 * GAP - APART - sum(map(metrics.horizontalAdvance, PREDICTED)), 3
        elif self._ends.classes:
            room -= width_of_classes(self._ends.classes, metrics, room / 2) + APART
        # Beside them there is what to do next.
        hint = metrics.horizontalAdvance(self._hint) + APART if self._ends != Ends() else 0
        signed, unsigned = SIGNED, UNSIGNED
        if sum(map(metrics.horizontalAdvance, (*signed, *unsigned))) + bars * usual.width() + hint > room:
            signed, unsigned = SHORT_SIGNED, SHORT_UNSIGNED
        left = room - sum(map(metrics.horizontalAdvance, (*signed, *unsigned)))
        across = min(usual.width(), max((left - hint) / bars, left / bars / 2, LEAST_BAR))
        return signed, unsigned, QSizeF(across, usual.height())

    def _language(self, painter: QPainter, left: float, signed: bool, ends: Words, size: QSizeF) -> float:
        """A bar between its ends; returns where it is over."""
        first, last = ends
        painter.setPen(QColor(theme.colours.muted))
        left = self._word(painter, left, first) + GAP
        bar = QRectF(QPointF(left, (self.height() - size.height()) / 2), size)
        gradient, table = QLinearGradient(bar.topLeft(), bar.topRight()), colour_table(signed, theme.colours)
        low = 1 if signed else 128
        for i in range(STOPS + 1):
            gradient.setColorAt(i / STOPS, QColor.fromRgb(table[low + round(i / STOPS * (255 - low))]))
        painter.fillRect(bar, gradient)
        painter.setPen(QPen(QColor(theme.colours.border), 1))
        painter.drawRect(bar)
        painter.setPen(QColor(theme.colours.muted))
        return self._word(painter, bar.right() + GAP, last)

    def _word(self, painter: QPainter, left: float, word: str) -> float:
        width = painter.fontMetrics().horizontalAdvance(word)
        box = QRectF(left, 0, width + 2, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
        return left + width
