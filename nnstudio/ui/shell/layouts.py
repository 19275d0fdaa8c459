"""Layouts by name: those that are shipped and a person's own, kept over restarts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QByteArray, QEvent, QObject, QSettings, QTimer, Signal

from nnstudio.ui.shell.arrangement import FIRST, SHIPPED, Arrangement, Room, give_outer_sizes
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.layout_by_text import LayoutByText
from nnstudio.ui.shell.layout_steps import LayoutSteps, Moment
from nnstudio.ui.shell.window_size import keep_size
from nnstudio.ui.widgets.theme import theme

WITHHELD, IN_FORCE, OWN = "withheld views", "layout in force", "own layouts"
LEADING = "views in front for the data"
# A window must fit onto a screen of so many pixels.
SMALL_SCREEN = 1024
# A shipped layout follows the window's size this many milliseconds after its last change.
FOLLOW_MS = 150


class Layouts(QObject):
    """Chooses and keeps layouts. One that is shipped gives views more or fewer columns as the window and its
    letters become larger or smaller, until a person changes something in it.

    Signals: changed() when there are other layouts; chosen(Arrangement) when a person chose one, None for one
    of the person's own.

    Attributes:
        own: those that a person named.
        steps: changes that can be put back.
    """

    changed = Signal()
    chosen = Signal(object)

    def __init__(self, docks: Docks, settings: QSettings) -> None:
        super().__init__(docks)
        self.docks, self.settings, self.steps = docks, settings, LayoutSteps(docks)
        self.own = self._read_own()
        self._columns: list[list[str]] = []
        self._room = Room.of(docks.window)
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._follow_room)
        self._by_text = LayoutByText(docks, self.steps)
        theme.changed.connect(self._on_theme)
        # Whether other views are shown since panels were put in order.
        self._has_others = False
        docks.offered.connect(self._on_offered)
        docks.window.installEventFilter(self)

    def _on_theme(self) -> None:
        self._by_text.note(not self._follow.isActive())
        self._follow.start()

    def _on_offered(self) -> None:
        self._has_others = True
        self._follow.start()

    def choose(self, arrangement: Arrangement) -> None:
        """Put a shipped layout in force; a step that can be undone."""
        self.steps.before_change()
        self._arrange(arrangement)
        self.chosen.emit(arrangement)

    def reset(self) -> None:
        """All panels as they stand in a first window, but as large as this one is."""
        self.choose(FIRST)

    def choose_own(self, name: str) -> None:
        """Put one of a person's own in force, which can be undone. Raises KeyError for an unknown name."""
        moment = self.own[name]
        self.steps.before_change()
        self.steps.show(moment)
        self.chosen.emit(None)

    def keep(self, name: str) -> None:
        """Keep the layout as it is under a name, in place of the one that has it."""
        self.docks.make_room()
        moment = self.steps.moment()
        self.set_own({**self.own, name: Moment(moment.state, moment.withheld, None)})

    def set_own(self, own: Mapping[str, Moment]) -> None:
        """Keep just these, such as after some were renamed or deleted."""
        self.own = dict(own)
        self.settings.remove(OWN)
        self.settings.beginWriteArray(OWN, len(self.own))
        for i, (name, moment) in enumerate(self.own.items()):
            self.settings.setArrayIndex(i)
            self.settings.setValue("name", name)
            self.settings.setValue("state", moment.state)
            self.settings.setValue("withheld", " ".join(moment.withheld))
        self.settings.endArray()
        self.changed.emit()

    def _read_own(self) -> dict[str, Moment]:
        own = {}
        for i in range(self.settings.beginReadArray(OWN)):
            self.settings.setArrayIndex(i)
            name, state = self.settings.value("name"), self.settings.value("state")
            if isinstance(name, str) and isinstance(state, QByteArray):
                own[name] = Moment(state, tuple(str(self.settings.value("withheld", "")).split()), None)
        self.settings.endArray()
        return own

    def save(self) -> None:
        """Remember where everything stands."""
        docks, arrangement = self.docks, self.steps.arrangement
        keep_size(docks.window, self.settings)
        if docks.aside.waits:
            # They were never asked for, and stand as they did.
            return
        self.settings.setValue(_key(docks), docks.state())
        self.settings.setValue(WITHHELD, " ".join(sorted(docks.withheld)))
        self.settings.setValue(LEADING, " ".join(sorted(docks.leading)))
        self.settings.setValue(IN_FORCE, arrangement.title if arrangement else "")

    def restore(self, is_needed: bool = True) -> None:
        """As it was when the window closed last, or as a first window looks; not ``is_needed``: as soon as
        panels are.
        """
        if is_needed:
            self._restore()
        else:
            self.docks.aside.begin_without(self._restore)

    def _restore(self) -> None:
        window, settings = self.docks.window, self.settings
        state = settings.value(_key(self.docks))
        if not isinstance(state, QByteArray):
            self._arrange(FIRST)
            return
        self.docks.leading = set(str(settings.value(LEADING, "")).split())
        in_force = {a.title: a for a in SHIPPED}.get(str(settings.value(IN_FORCE, "")))
        if in_force is not None:
            # As many columns as there were, until the room is another.
            self._columns, self._room = self.docks.columns(in_force), Room.of(window)
        self.steps.show(Moment(state, tuple(str(settings.value(WITHHELD, "")).split()), in_force))

    def _arrange(self, arrangement: Arrangement) -> None:
        self.docks.arrange(arrangement)
        self._columns, self._room = self.docks.columns(arrangement), Room.of(self.docks.window)
        self.steps.arrangement, self._has_others = arrangement, False
        self.steps.settle()

    def _follow_room(self) -> None:
        """More or fewer columns, or other sizes, where a shipped layout is in force."""
        arrangement = self.steps.arrangement
        if self.docks.is_covered:
            return
        if self._by_text.bring_back():
            self._room = Room.of(self.docks.window)
            self._columns = self._columns if arrangement is None else self.docks.columns(arrangement)
        if arrangement is None:
            return
        if len(self.docks.columns(arrangement)) != len(self._columns) and self._must_move():
            self._arrange(arrangement)
        elif Room.of(self.docks.window) != self._room:
            # Widths of views keep their proportions by themselves.
            self._room = Room.of(self.docks.window)
            give_outer_sizes(self.docks.window, self.docks, self._columns, arrangement)
            self.steps.settle()

    def _must_move(self) -> bool:
        """Whether views get other columns: not for other letters alone, while there is room for them."""
        window, before = self.docks.window, self._room
        if (window.width(), window.height()) != (before.width, before.height) or self._has_others:
            return True
        return window.minimumSizeHint().width() > min(window.width(), SMALL_SCREEN)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._follow.start()
        return False


def _key(names: Iterable[str]) -> str:
    """Setting of the layout of just these panels: one saved with others would hide the new ones."""
    joined = " ".join(sorted(names))
    return f"layout {hashlib.sha256(joined.encode()).hexdigest()[:8]}"
