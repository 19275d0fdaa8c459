"""Stands where a page will stand: the page is built when it is first seen, or asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

W = TypeVar("W", bound=QWidget)


class FirstShown(QWidget, Generic[W]):
    """A start does not wait for pages that nobody looks at, nor import what only they need.

    Attributes:
        existing: the page; None before it was built.
    """

    def __init__(self, build: Callable[[], W]) -> None:
        """``build`` makes the page and connects it; it is called once."""
        super().__init__()
        self._build = build
        self.existing: W | None = None
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)

    @property
    def page(self) -> W:
        """The page; builds it."""
        if self.existing is None:
            self.existing = self._build()
            self._rows.addWidget(self.existing)
        return self.existing

    def showEvent(self, event: QShowEvent) -> None:
        # What is added to a widget that is seen already stays hidden.
        self.page.show()
        super().showEvent(event)
