"""One view large, and the others beside it as small live pictures."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnstudio.ui.live.picture import PictureButton
from nnstudio.ui.live.view import ViewFactory
from nnstudio.ui.live.views import ViewFrame, Views
from nnstudio.ui.live.wings import Wings
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import theme

# Width of a small picture in mean letters and as a share of the window's, whichever is more; its height as a
# share of its width, and pixels around it.
LETTERS, OF_WINDOW, SHARE, EDGE = 27, 0.09, 0.68, 5
BACK = "Back to all panels"


class Thumbnail(QAbstractButton):
    """A small picture of a view; a click, Enter or Space puts the view on the stage."""

    def __init__(self, factory: ViewFactory) -> None:
        super().__init__()
        self.setText(factory.title)
        self._help = factory.help
        self.setAccessibleName(f"{factory.title}: show it large")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._picture, self._mark, self._is_late = QPixmap(), "", False
        self._write_tip()
        # Enter presses it too, as it does the entries of the start page.
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            keys = QShortcut(QKeySequence(key), self)
            keys.setContext(Qt.ShortcutContext.WidgetShortcut)
            keys.activated.connect(self.click)

    def show_picture(self, picture: QPixmap, mark: str, is_late: bool) -> None:
        """Another picture, of which step it is, and whether that is not the step shown elsewhere."""
        self._picture, self._mark, self._is_late = picture, mark, is_late
        self.setAccessibleDescription(f"{mark}, behind" if is_late else mark)
        self._write_tip()
        self.update()

    def _write_tip(self) -> None:
        """All of what has no room below the picture."""
        self.setToolTip(plain_tip("\n".join(filter(None, (self.text(), self._mark, self._help)))))

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = max(LETTERS * metrics.averageCharWidth(), round(self.window().width() * OF_WINDOW))
        return QSize(width, round(width * SHARE) + 2 * metrics.lineSpacing() + 3 * EDGE)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme.colours
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        is_chosen = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(QColor(c.accent if is_chosen else c.border), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(c.window))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        line = self.fontMetrics().lineSpacing()
        inner = self.rect().adjusted(EDGE + 2, EDGE, -EDGE - 2, -EDGE)
        self._paint_picture(painter, inner.adjusted(0, 0, 0, -2 * line - EDGE))
        words = QRect(inner.left(), inner.bottom() - 2 * line + 1, inner.width(), line)
        painter.setPen(QColor(c.text))
        title = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        painter.setPen(QColor(c.muted))
        mark = self.fontMetrics().elidedText(self._mark, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words.translated(0, line), Qt.AlignmentFlag.AlignLeft, mark)

    def _paint_picture(self, painter: QPainter, box: QRect) -> None:
        if self._picture.isNull():
            painter.setPen(QColor(theme.colours.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "…")
            return
        size = self._picture.deviceIndependentSize().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, round(size.width()), round(size.height()))
        target.moveCenter(box.center())
        # One that is behind is pale.
        painter.setOpacity(0.55 if self._is_late else 1.0)
        painter.drawPixmap(target, self._picture)
        painter.setOpacity(1.0)


class Stage(QWidget):
    """A page that shows one view large. The others that fit the data are beside it; each goes back to its
    panel.

    Signals: left() when a person is done here.

    Attributes:
        name: the view that is shown, or was last; "" before any.
    """

    left = Signal()

    def __init__(self, views: Views, wings: Wings) -> None:
        super().__init__()
        self.views, self.wings, self.name = views, wings, ""
        self.setAccessibleName("Large view")
        self._is_on = False
        self.thumbnails: dict[str, Thumbnail] = {}
        self.title, self.help, self.frame = QLabel(), ShortLabel(), ViewFrame()
        self.title.setObjectName("heading")
        self.help.setObjectName("muted")
        self.back = QPushButton(f"{BACK} (Esc)")
        self.back.setAutoDefault(False)
        self.back.clicked.connect(lambda _on=False: self.left.emit())
        head = QHBoxLayout()
        head.setContentsMargins(10, 6, 10, 2)
        head.addWidget(self.title)
        head.addWidget(self.help, 1)
        self.picture = PictureButton(lambda: self.views.existing.get(self.name))
        self.picture.setAutoRaise(True)
        head.addWidget(self.picture)
        head.addWidget(self.back)
        self.strip, held = QScrollArea(), QWidget()
        self.strip.setFrameShape(QScrollArea.Shape.NoFrame)
        self.strip.setWidgetResizable(True)
        self.strip.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.strip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.strip.setAccessibleName("Other views")
        self._column = QVBoxLayout(held)
        self._column.setContentsMargins(6, 2, 6, 6)
        self._column.setSpacing(6)
        self._column.addStretch(1)
        self.strip.setWidget(held)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.frame, 1)
        body.addWidget(self.strip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(body, 1)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        self._escape.activated.connect(self.left)
        wings.pictured.connect(self._show_picture)
        theme.changed.connect(self._give_width)

    def shows(self, name: str) -> bool:
        """Whether a view is seen here, large."""
        return self._is_on and name == self.name

    def show_view(self, name: str) -> bool:
        """Put a view on the stage in place of another; False where it cannot be made, or shows nothing."""
        if name not in self._offered() or self.views.get(name) is None:
            return False
        self._put_back()
        factory = self.views.factories[name]
        self.name, self._is_on = name, True
        self.title.setText(factory.title)
        self.help.show_text(factory.help)
        self._fill()
        view = self.views[name]
        self.views.frames[name].lend()
        self.frame.put(view)
        return True

    def release(self) -> None:
        """Give all views back to their panels."""
        if self._is_on:
            self._put_back()
            self._is_on = False
            self.wings.take(())

    def offer(self) -> None:
        """Other data or another network: show views that fit it, and leave where the large one does not."""
        if not self._is_on:
            return
        if self.name in self._offered():
            self._fill()
        else:
            self.left.emit()

    def _offered(self) -> list[str]:
        return [name for name in self.views if not self.views.lack(name)]

    def _put_back(self) -> None:
        if self._is_on:
            self.frame.lend()
            self.views.frames[self.name].put(self.views[self.name])

    def _fill(self) -> None:
        """A small picture of each view but the large one, in their order."""
        others = [name for name in self._offered() if name != self.name]
        self.wings.take(others)
        for name in [name for name in self.thumbnails if name not in others]:
            gone = self.thumbnails.pop(name)
            gone.hide()
            gone.deleteLater()
        for i, name in enumerate(others):
            if name not in self.thumbnails:
                thumbnail = self.thumbnails[name] = Thumbnail(self.views.factories[name])
                thumbnail.clicked.connect(partial(self._choose, name))
                self._column.insertWidget(i, thumbnail)
        self._give_width()

    def _choose(self, name: str, _on: bool = False) -> None:
        self.show_view(name)
        # The one that was pressed is gone.
        self.back.setFocus()

    def _show_picture(self, name: str) -> None:
        if name in self.thumbnails:
            self.thumbnails[name].show_picture(self.wings.pictures[name], *self.wings.mark(name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_width()

    def _give_width(self) -> None:
        for thumbnail in self.thumbnails.values():
            thumbnail.updateGeometry()
        width = max((thumbnail.sizeHint().width() for thumbnail in self.thumbnails.values()), default=0)
        self.strip.setFixedWidth(width + 12 + self.strip.verticalScrollBar().sizeHint().width())
