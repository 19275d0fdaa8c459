"""Blocks of a page below each other, in one column or in several of about the same height."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget


class BlockColumns(QWidget):
    """Blocks in their order: down the first column, then the next. Blocks that are hidden take no room."""

    def __init__(self, gap: int) -> None:
        super().__init__()
        self._across = QHBoxLayout(self)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(gap)
        self._columns: list[QVBoxLayout] = []
        self._blocks: list[tuple[QWidget, int]] = []
        # Those of a search, in their order; None for all.
        self._hits: list[tuple[QWidget, int]] | None = None
        # Stand for columns of a search that have no block: the others stay as wide as they were.
        self._empty: list[QWidget] = []
        self.count = 1

    def take(self, blocks: Sequence[tuple[QWidget, int]]) -> None:
        """Show these, each with about how many entries it has, instead of those before, which are gone."""
        for block, _size in self._blocks:
            block.hide()
            block.deleteLater()
        self._blocks, self._hits = list(blocks), None
        self._fill()

    def show_hits(self, hits: Sequence[tuple[QWidget, int]] | None) -> None:
        """Let only these blocks stand in the columns, in this order, from the left; None: all of them."""
        hits = None if hits is None else list(hits)
        if hits != self._hits:
            self._hits = hits
            self._fill()

    def set_count(self, count: int) -> None:
        """Stand in so many columns."""
        if count != self.count:
            self.count = count
            self._fill()

    def _fill(self) -> None:
        for column in self._columns:
            while column.takeAt(0) is not None:
                pass
            self._across.removeItem(column)
        self._columns = []
        for empty in self._empty:
            self._across.removeWidget(empty)
            empty.deleteLater()
        self._empty = []
        blocks = self._blocks if self._hits is None else self._hits
        for part in parts_of([size for _block, size in blocks], self.count):
            column = QVBoxLayout()
            column.setSpacing(0)
            for block, _size in blocks[part.start : part.stop]:
                column.addWidget(block)
            column.addStretch(1)
            self._across.addLayout(column, 1)
            self._columns.append(column)
        if self._hits is not None:
            self._empty = [QWidget() for _ in range(self.count - len(self._columns))]
        for empty in self._empty:
            self._across.addWidget(empty, 1)


def parts_of(sizes: Sequence[int], count: int) -> list[range]:
    """Successive parts of a row of blocks, at most so many, of which the largest is as small as it can be."""
    if not sizes:
        return []
    low, high = max(sizes), sum(sizes)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(_cut(sizes, middle)) <= count else (middle + 1, high)
    return _cut(sizes, low)


def _cut(sizes: Sequence[int], most: int) -> list[range]:
    """Parts that are as long as they can be with no more than so much in each."""
    parts, start, total = [], 0, 0
    for at, size in enumerate(sizes):
        if at > start and total + size > most:
            parts.append(range(start, at))
            start, total = at, 0
        total += size
    return [*parts, range(start, len(sizes))]
