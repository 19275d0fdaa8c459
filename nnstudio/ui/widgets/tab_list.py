"""A button that lists all tabs of a bar that has no room for them, in place of arrows that scroll."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QMenu, QTabBar, QToolButton, QWidget

from nnstudio.ui.widgets.plain_text import on_button, plain_tip

TITLE, HIDDEN = "All tabs here", "Not in sight"
# What the button is called, behind how many it hides, and what is free beside that.
MORE, BESIDE = "more ▾", 14
# Qt's names of the two arrows.
ARROWS = ("ScrollLeftButton", "ScrollRightButton")
FOLLOWED = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize)


class Entry(NamedTuple):
    """What can be brought to a bar: its title, why it cannot be now or "", and what brings it."""

    title: str
    why_not: str
    bring: Callable[[], None]


def nothing_else(_bar: QTabBar) -> Sequence[Entry]:
    """For bars that have all there is."""
    return ()


class TabLists(QObject):
    """Lays a button over the arrows of bars whenever they show them; it opens the list.

    The bars may be Qt's own. Such ones keep no Python object alive, so the buttons are plain ones, and
    whoever owns this, a widget that Python made, hears the events.
    """

    def __init__(
        self, owner: QWidget, others: Callable[[QTabBar], Sequence[Entry]] = nothing_else,
        about: Callable[[str], str] = lambda _title: "",
    ) -> None:  # fmt: skip
        """``others`` are listed below the tabs of a bar; ``about`` says what a tab of this title shows."""
        super().__init__(owner)
        self._others, self._about = others, about
        self.buttons: dict[QTabBar, QToolButton] = {}
        # What hides the rest of a tab at the left end.
        self._blanks: dict[QTabBar, QWidget] = {}

    def follow(self, bar: QTabBar) -> None:
        """Do so for another bar."""
        button, blank = QToolButton(bar), QWidget(bar)
        self.buttons[bar], self._blanks[bar] = button, blank
        blank.setAutoFillBackground(True)
        blank.hide()
        button.setAccessibleName(TITLE)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(partial(self._fill, bar, menu))
        button.setMenu(menu)
        for watched in (bar, *_arrows(bar)):
            watched.installEventFilter(self)
        bar.destroyed.connect(lambda: self._forget(bar))
        self._lay_over(bar)

    def _forget(self, bar: QTabBar) -> None:
        self.buttons.pop(bar, None)
        self._blanks.pop(bar, None)

    def _fill(self, bar: QTabBar, menu: QMenu) -> None:
        menu.clear()
        for at in filter(bar.isTabVisible, range(bar.count())):
            action = menu.addAction(on_button(_title(bar, at)))
            action.setCheckable(True)
            action.setChecked(at == bar.currentIndex())
            action.setEnabled(bar.isTabEnabled(at))
            if about := self._about(_title(bar, at)):
                action.setToolTip(plain_tip(about))
            action.triggered.connect(partial(_choose, bar, at))
        if others := self._others(bar):
            menu.addSeparator()
        for entry in others:
            action = menu.addAction(on_button(entry.title))
            action.setEnabled(not entry.why_not)
            action.setToolTip(plain_tip(entry.why_not or entry.title))
            action.triggered.connect(lambda _on=False, bring=entry.bring: bring())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Tabs come and go without a signal, but not without being painted.
        is_bar = isinstance(watched, QTabBar) and event.type() == QEvent.Type.Paint
        bar = watched if is_bar else watched.parent()
        if isinstance(bar, QTabBar) and (is_bar or event.type() in FOLLOWED):
            self._lay_over(bar)
        return False

    def _lay_over(self, bar: QTabBar) -> None:
        shown = [arrow for arrow in _arrows(bar) if not arrow.isHidden()]
        button = self.buttons.get(bar)
        if button is None:
            return
        button.setVisible(bool(shown))
        cut = [bar.tabRect(at) for at in range(bar.count()) if shown and bar.isTabVisible(at)]
        first = next((tab for tab in cut if tab.left() < 0 <= tab.right()), QRect())
        self._blanks[bar].setVisible(not first.isEmpty())
        self._blanks[bar].setGeometry(0, 0, first.right() + 1, bar.height())
        if shown:
            self._cover(bar, button, shown)

    def _cover(self, bar: QTabBar, button: QToolButton, arrows: Sequence[QToolButton]) -> None:
        """Lie over the arrows, and over the tab that they cut: a part of a title says nothing."""
        box = QRect()
        for arrow in arrows:
            box = box.united(arrow.geometry())
        tabs = [at for at in range(bar.count()) if bar.isTabVisible(at)]
        # As broad as the largest number needs: else it would change with what it hides.
        width = button.fontMetrics().horizontalAdvance(f"{len(tabs)} {MORE}") + BESIDE
        left = min(box.left(), box.right() + 1 - width)
        for at in tabs:
            tab = bar.tabRect(at)
            # The one that is in front stays in sight, however little of it there is room for.
            if tab.left() < left <= tab.right() and at != bar.currentIndex():
                left = max(tab.left(), bar.tabRect(bar.currentIndex()).right() + 1)
        box.setLeft(max(left, 0))
        if box != button.geometry():
            button.setGeometry(box)
            button.raise_()
        self._name(bar, button, tabs)

    def _name(self, bar: QTabBar, button: QToolButton, tabs: Sequence[int]) -> None:
        """Say how many tabs cannot be seen, and in the tip which ones."""
        edges, front = (0, button.geometry().left()), bar.currentIndex()
        rects = {at: bar.tabRect(at) for at in tabs}
        is_seen = {at: edges[0] <= r.left() and r.right() < edges[1] for at, r in rects.items()}
        hidden = [_title(bar, at) for at in tabs if at != front and not is_seen[at]]
        text, tip = f"{len(hidden)} {MORE}", f"{HIDDEN}: {', '.join(hidden)}"
        if (text, tip) != (button.text(), button.toolTip()):
            button.setText(text)
            button.setToolTip(tip)


def _arrows(bar: QTabBar) -> list[QToolButton]:
    return [button for button in bar.findChildren(QToolButton) if button.objectName() in ARROWS]


def _title(bar: QTabBar, at: int) -> str:
    return bar.tabText(at).replace("&&", "&")


def _choose(bar: QTabBar, at: int, _on: bool = False) -> None:
    bar.setCurrentIndex(at)
