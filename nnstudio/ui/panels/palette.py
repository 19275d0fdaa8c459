"""What a person can drag onto the canvas, by category, with search."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from nnstudio.ui.canvas.catalogue import CatalogueEntry, matches
from nnstudio.ui.canvas.layer_mime import layer_mime
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.layer_pictures import ICON, picture
from nnstudio.ui.widgets.theme import theme

KIND = int(Qt.ItemDataRole.UserRole)


class LayerTree(QTreeWidget):
    """The list; a drag carries the layer's identifier."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setIndentation(12)
        self.setUniformRowHeights(True)
        self.setIconSize(ICON)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setAccessibleName("Layers")
        FadingEdges(self, "base")

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        kind = item.data(0, KIND) if item else None
        if item is None or not kind:
            return
        drag = QDrag(self)
        drag.setMimeData(layer_mime(kind))
        drag.setPixmap(item.icon(0).pixmap(ICON))
        drag.exec(Qt.DropAction.CopyAction)


class Palette(QWidget):
    """Search field and list; ``add_requested(kind)`` on double-click or Enter."""

    add_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, CatalogueEntry] = {}
        self._has_pictures = False
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search layers")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search layers")
        self.tree = LayerTree()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.tree)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._add_best)
        self.tree.itemActivated.connect(self._on_activated)
        theme.changed.connect(self._fill)

    def show_catalogue(self, entries: list[CatalogueEntry]) -> None:
        """List these."""
        self.entries = {entry.kind: entry for entry in entries}
        self._fill()

    def _fill(self) -> None:
        self.tree.clear()
        heads: dict[str, QTreeWidgetItem] = {}
        for offer in self.entries.values():
            if offer.category not in heads:
                head = QTreeWidgetItem(self.tree, [offer.category])
                head.setFlags(Qt.ItemFlag.ItemIsEnabled)
                font = head.font(0)
                font.setBold(True)
                head.setFont(0, font)
                head.setExpanded(True)
                heads[offer.category] = head
            item = QTreeWidgetItem(heads[offer.category], [offer.title])
            item.setData(0, KIND, offer.kind)
            item.setToolTip(0, f"<b>{escape(offer.title)}</b><br>{escape(offer.help)}")
            item.setData(0, int(Qt.ItemDataRole.AccessibleDescriptionRole), offer.help)
        self._filter(self.search.text())
        self._has_pictures = False
        if self.isVisible():
            self._add_pictures()

    def _add_pictures(self) -> None:
        """Painting those of all layers takes as long as all else of the panel, and a start page hides it."""
        if not self._has_pictures:
            self._has_pictures = True
            for item in self._items():
                kind = item.data(0, KIND)
                item.setIcon(0, picture(kind, self.entries[kind].category))

    def showEvent(self, event: QShowEvent) -> None:
        self._add_pictures()
        super().showEvent(event)

    def item(self, kind: str) -> QTreeWidgetItem:
        """The row of an offer. Raises KeyError for an unknown one."""
        for item in self._items():
            if item.data(0, KIND) == kind:
                return item
        raise KeyError(kind)

    def _items(self) -> list[QTreeWidgetItem]:
        heads = [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]
        rows = [head.child(i) for head in heads if head for i in range(head.childCount())]
        return [row for row in rows if row is not None]

    def _filter(self, text: str) -> None:
        for item in self._items():
            item.setHidden(not matches(self.entries[item.data(0, KIND)], text))
        for i in range(self.tree.topLevelItemCount()):
            head = self.tree.topLevelItem(i)
            if head is not None:
                rows = [head.child(j) for j in range(head.childCount())]
                head.setHidden(all(row is None or row.isHidden() for row in rows))
        best = self._best() if text.strip() else None
        if best is None:
            self.tree.setCurrentIndex(QModelIndex())
        else:
            self.tree.setCurrentItem(best)
            self.tree.scrollToItem(best)

    def _best(self) -> QTreeWidgetItem | None:
        """What fits the search best, which Enter adds."""
        shown = [i for i in self._items() if not i.isHidden()]
        of = self.search.text()
        return max(shown, key=lambda i: matches(self.entries[i.data(0, KIND)], of), default=None)

    def _add_best(self) -> None:
        best = self._best()
        if best is not None:
            self.add_requested.emit(best.data(0, KIND))

    def _on_activated(self, item: QTreeWidgetItem, _column: int) -> None:
        kind = item.data(0, KIND)
        if kind:
            self.add_requested.emit(kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return
        super().keyPressEvent(event)
