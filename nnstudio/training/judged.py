"""Since which step the losses of a run say something of its network, its data and its settings."""

from __future__ import annotations

from collections.abc import Mapping


class JudgedFrom:
    """A step that moves on when something is changed, and back when that is undone before the next step.

    Attributes:
        step: losses of it and of those before are of other settings, other data or another network.
    """

    def __init__(self, step: int = 0) -> None:
        self.step = step
        # Where settings were changed last: the step, what they were, and what was judged from then.
        self._before: tuple[int, Mapping[str, float], int] | None = None

    @property
    def comparable(self) -> int:
        """The step from which on losses may be compared with those of now: an earlier one where the newest
        change was of the learning rate and its like alone.
        """
        if self._before is not None and self._before[0] == self.step:
            return self._before[2]
        return self.step

    def copy(self) -> JudgedFrom:
        """The same, also in what it takes back."""
        judged = JudgedFrom(self.step)
        judged._before = self._before
        return judged

    def change(self, at: int, old: Mapping[str, float], new: Mapping[str, float]) -> bool:
        """Settings become others after a step; whether they do."""
        if old == new:
            return False
        if self._before is None or self._before[0] != at:
            self._before = at, old, self.step
        _at, values, step = self._before
        self.step = step if new == values else at
        return True
