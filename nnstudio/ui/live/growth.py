"""A picture as it grew, for a GIF of it."""

from __future__ import annotations

import numpy as np


class Growth:
    """Keeps what was seen of one picture since it began to grow; another one takes its place.

    Attributes:
        frames: pictures (h, w, 3), from 0, black, to 1, white, in their order.
    """

    def __init__(self) -> None:
        self.frames: list[np.ndarray] = []
        self._share = 0.0

    def add(self, picture: np.ndarray, share: float) -> None:
        """It looks so with this share of it done, which falls where another picture begins."""
        if share < self._share:
            self.frames = []
        elif share == self._share and self.frames:
            # The same, drawn once more.
            self.frames.pop()
        self._share = share
        shown = np.clip(picture, 0, 1)
        self.frames.append(np.broadcast_to(shown, (*shown.shape[:2], 3)).copy())

    def forget(self) -> None:
        """There is none any more."""
        self.frames, self._share = [], 0.0
