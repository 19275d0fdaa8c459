"""The search that opens at the cursor: type a name or a synonym, Enter places the layer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnkernels.spec import Role
from nnstudio.model.graph import Link
from nnstudio.ui.canvas.catalogue import CatalogueEntry, matches
from nnstudio.ui.widgets.layer_pictures import ICON, picture
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

KIND = int(Qt.ItemDataRole.UserRole)


class Search(QFrame):
    """A popup; ``chosen(kind, place, source, link)``.

    ``source`` is the node to connect from, or ""; ``link`` the one that the layer goes into, or None."""

    chosen = Signal(str, QPointF, str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.entries: dict[str, CatalogueEntry] = {}
        self.recent: list[str] = []
        self.position, self.source = QPointF(), ""
        self.link: Link | None = None
        self.field, self.list, self.help = QLineEdit(), QListWidget(), PlainLabel()
        self.list.setIconSize(ICON)
        self.field.setPlaceholderText("Type a layer's name")
        self.field.setAccessibleName("Type a layer's name")
        self.list.setAccessibleName("Layers found")
        self.help.setObjectName("muted")
        self.help.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (self.field, self.list, self.help):
            layout.addWidget(widget)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.resize(theme.grown(280), theme.grown(320))
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.field.returnPressed.connect(self._choose)
        self.list.itemClicked.connect(lambda _item: self._choose())
        self.list.currentItemChanged.connect(self._show_help)

    def open_at(self, screen: QPoint, position: QPointF, source: str, link: Link | None = None) -> None:
        """Show at a place of the screen; the layer will go to ``position`` of the scene."""
        self.position, self.source, self.link = position, source, link
        self.field.clear()
        self._fill("")
        self.move(screen)
        self.show()
        self.field.setFocus()

    def show_catalogue(self, entries: list[CatalogueEntry]) -> None:
        """What can be found."""
        self.entries = {entry.kind: entry for entry in entries}

    def _fits(self, offer: CatalogueEntry) -> bool:
        if self.link is not None:
            return offer.role == Role.LAYER
        return not self.source or offer.role != Role.INPUT

    def _fill(self, text: str) -> None:
        self.list.clear()
        ranked = []
        for index, offer in enumerate(self.entries.values()):
            score = matches(offer, text)
            if score and self._fits(offer):
                recent = self.recent.index(offer.kind) if offer.kind in self.recent else len(self.recent)
                ranked.append((-score, recent, index, offer))
        for *_, offer in sorted(ranked, key=lambda r: r[:3]):
            item = QListWidgetItem(picture(offer.kind, offer.category), offer.title)
            item.setData(KIND, offer.kind)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        if not ranked:
            self.help.setText("There is no layer with that name. Try another word, such as “convolution”.")

    def _show_help(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None:
            self.help.setText(self.entries[item.data(KIND)].help)

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        kind = item.data(KIND)
        self.recent = [kind, *[k for k in self.recent if k != kind]]
        self.hide()
        self.chosen.emit(kind, self.position, self.source, self.link)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keys go to the canvas again; not every window system gives them back by itself."""
        super().hideEvent(event)
        canvas = self.parentWidget()
        if canvas is not None:
            canvas.window().activateWindow()
            canvas.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                row = self.list.currentRow() + step
                self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
                return True
        return super().eventFilter(watched, event)
