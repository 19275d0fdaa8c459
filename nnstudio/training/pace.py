"""How long a run still takes, from looks at it while it goes, told in no more digits than are known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

# Seconds between two looks that count: more would only cost time.
TELL = 1.0
# The rate is that of the last so many seconds, and of a whole epoch at least, because judging comes once in
# each; but of no more looks than this, where an epoch is longer.
OVER, MOST_LOOKS = 30.0, 300
# Of the first seconds, in which caches are cold and views draw for the first time, nothing counts.
COLD = 2.0
# Nothing is told before so many seconds have counted, and the rate of their second half is about that of
# their first; after PATIENCE seconds it is told anyway: some runs never go evenly.
LEAST, STEADY, PATIENCE = 4.0, 1.4, 15.0
# By which factor what is told moves in a second towards what was measured, beside the second that went by.
TURN = 1.08
# No gap between two looks counts as longer than this: the machine slept, or stood still.
LONGEST = 10.0
# What was told is taken back where it was wrong by this factor; then it is measured anew.
WRONG = 3.0
# Below so many seconds nobody counts them.
FEW = 10.0


@dataclass
class Pace:
    """Seconds that are left of a run, told steadily: from one look to the next they move little."""

    # When it was looked at, and how many epochs were done then.
    _looks: list[tuple[float, float]] = field(default_factory=list)
    _began: tuple[float, float] | None = None
    _left: float | None = None

    def forget(self) -> None:
        """It goes on after a pause, or another one begins."""
        self._looks, self._began, self._left = [], None, None

    def is_due(self, now: float) -> bool:
        """Whether a look at this time, in seconds of any clock, would count."""
        return not self._looks or now >= self._looks[-1][0] + TELL

    def look(self, now: float, epochs: float, goal: float) -> float | None:
        """Seconds until so many epochs are done, where so many are done now; None while that is not known."""
        if self._began is None or epochs == self._began[1]:
            # Until the first step is done, it prepares.
            self._began = now, epochs
            self._looks = [self._began]
            return None
        if now < self._began[0] + COLD:
            self._looks = [(now, epochs)]
            return None
        waited = now - self._looks[-1][0]
        self._looks = [*self._looks, (now, epochs)][-MOST_LOOKS:]
        rate = self._rate()
        if rate is None or (self._left is None and not self._is_steady()):
            return self._left
        self._left = self._turned((goal - epochs) / rate, min(waited, LONGEST))
        if self._left is None:
            self._looks = self._looks[-1:]
        return self._left

    def _turned(self, measured: float, waited: float) -> float | None:
        """What is told now; None where what was told before was far off."""
        if self._left is None:
            return measured
        before, measured = max(self._left - waited, FEW), max(measured, FEW)
        most: float = TURN**waited
        if not 1 / WRONG < measured / before < WRONG:
            return None
        return before * min(max(measured / before, 1 / most), most)

    def _rate(self) -> float | None:
        """Epochs a second, over whole epochs where there are some; None where nothing went on."""
        now, done = self._looks[-1]
        recent = [look for look in self._looks if look[0] >= now - OVER]
        if done - recent[0][1] < 1:
            recent = [look for look in self._looks if look[1] >= done - 2]
        whole = math.floor(done - recent[0][1])
        if whole:
            recent = [*[look for look in recent if look[1] <= done - whole][-1:], self._looks[-1]]
        (first, a), (last, b) = recent[0], recent[-1]
        return (b - a) / (last - first) if b > a and last > first else None

    def _is_steady(self) -> bool:
        (first, a), (last, b) = self._looks[0], self._looks[-1]
        if last - first < LEAST:
            return False
        middle, half = self._looks[len(self._looks) // 2]
        if not first < middle < last:
            return last - first >= PATIENCE
        early, late = (half - a) / (middle - first), (b - half) / (last - middle)
        return last - first >= PATIENCE or early < STEADY * late < STEADY**2 * early


def show_left(seconds: float) -> str:
    """What is left, as coarse as it is known: ``about 2 min``, ``under a minute``."""
    if seconds <= FEW:
        return "a few seconds"
    minutes = seconds / 60
    if minutes < 0.75:
        return "under a minute"
    if minutes < 1.25:
        return "about a minute"
    if minutes < 1.75:
        return "about 1.5 min"
    if minutes < 10:
        return f"about {minutes:.0f} min"
    if minutes < 57.5:
        return f"about {5 * round(minutes / 5)} min"
    hours = minutes / 60
    return f"about {round(2 * hours) / 2:g} h" if hours < 10 else f"about {hours:.0f} h"


__all__ = ["Pace", "show_left"]
