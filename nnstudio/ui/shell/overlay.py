"""What is said above the pages, laid over their top edge: it comes and goes while a person draws."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
CAME_OR_WENT = (QEvent.Type.HideToParent, QEvent.Type.ShowToParent)


class Overlay(QFrame):
    """As high as what is in it. On the page that is ``drawn_on`` nothing moves that is under the pointer when
    its height changes; other pages begin below it, as it must not cover what stands at their top.

    Signal: covers(pixels) at the top of the page that is drawn on.
    """

    covers = Signal(int)

    def __init__(self, pages: QStackedWidget, drawn_on: QWidget, *widgets: QWidget) -> None:
        """``pages`` have a parent, which becomes that of the overlay, too."""
        super().__init__(pages.parentWidget())
        self.setObjectName("overlay")
        self._pages, self._drawn_on, self._covered = pages, drawn_on, 0
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for widget in widgets:
            rows.addWidget(widget)
            for part in (widget, *widget.findChildren(QWidget, options=DIRECT)):
                part.installEventFilter(self)
        pages.installEventFilter(self)
        pages.currentChanged.connect(lambda _at: self._lay_over())
        # It is in no layout, and may be made when its parent is seen already: it would stay hidden.
        self.show()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._lay_over()
        return handled

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._pages and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._lay_over()
        elif watched is not self._pages and event.type() in CAME_OR_WENT:
            # The request of a part in a holder does not always arrive here by itself: room was left over.
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))
        return super().eventFilter(watched, event)

    def _lay_over(self) -> None:
        pages, width = self._pages, self._pages.width()
        # Without a line of text in it, it has no height that goes with its width.
        height = self.heightForWidth(width) if self.hasHeightForWidth() else 0
        self.setGeometry(pages.x(), pages.y(), width, height)
        # What is added to a window that is on the screen already is hidden until then.
        self.show()
        self.raise_()
        is_over = pages.currentWidget() is self._drawn_on
        pages.setContentsMargins(0, 0 if is_over else height, 0, 0)
        if is_over and height != self._covered:
            self._covered = height
            self.covers.emit(height)
