"""What was learned where the network was edited, so that undo and redo bring it back."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.model.document import Document
from nnstudio.model.history import Command, History, Together
from nnstudio.training.learned import Aside
from nnstudio.ui.run.frozen_project import FrozenProject
from nnstudio.ui.run.plan_key import Key

# Bytes of weights that are held for all of them together; the oldest are let go first.
MOST_BYTES = 512 * 2**20


@dataclass(frozen=True)
class TurningPoint:
    """Where an edit left a network: the step that led there, what it was, and what it had learned."""

    step: Command | None
    key: Key
    project: FrozenProject
    aside: Aside


class TurningPoints:
    """Of one document at a time: the places of its history where a network was left for another.

    A step of the history tells the place, for that is where undo and redo lead; typing changes a step after
    it was planned, so that the network is compared, too.
    """

    def __init__(self, document: Document) -> None:
        self.history: History = document.history
        self._points: list[TurningPoint] = []
        # Where the network stood that the worker has.
        self._at: Command | None = None
        self._is_edited = False

    def note_edit(self) -> None:
        """An edit begins or ends: the history does not tell of it yet."""
        if not self._is_edited:
            self._at, self._is_edited = self.history.last, True

    def forget_edit(self) -> None:
        """It left the network as it was, such as another name."""
        self._is_edited = False

    @property
    def latest(self) -> TurningPoint | None:
        """The place that the newest edit left."""
        return self._points[-1] if self._points else None

    def turn(self, left: Key | None, project: FrozenProject, now: Key) -> tuple[Aside | None, Aside | None]:
        """The network is to be planned anew, as ``now``, where ``left`` ran until now, which a ``project``
        has: what is to hold what that has learned, and what was held of ``now`` here, to be brought back.

        Both are None where the plan follows from no edit, or where network and data are the same.
        """
        at, is_edited, self._is_edited = self._at, self._is_edited, False
        if not is_edited or left is None or (left.network, left.data) == (now.network, now.data):
            return None, None
        back = next((p for p in self._points if p.step is self.history.last and p.key == now), None)
        self._points = [p for p in self._points if p is not back and self._is_reachable(p)]
        leaves = Aside()
        self._points.append(TurningPoint(self._as_undone(at), left, project, leaves))
        self._keep_room()
        return leaves, back.aside if back is not None else None

    def _as_undone(self, step: Command | None) -> Command | None:
        """The step that leads to where a step led, where that became the beginning of a longer one since."""
        before: Command | None = None
        for command in self.history.commands:
            if isinstance(command, Together) and step in command.commands:
                return before
            before = command
        return step

    def _is_reachable(self, point: TurningPoint) -> bool:
        return point.step is None or point.step in self.history.commands

    def _keep_room(self) -> None:
        room = MOST_BYTES
        for number in range(len(self._points) - 1, -1, -1):
            room -= self._points[number].aside.bytes
            if room < 0:
                del self._points[: number + 1]
                return
