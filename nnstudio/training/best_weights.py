"""The weights after the best epoch of a run, remembered while it goes on."""

from __future__ import annotations

import numpy as np

from nnstudio.training.curve import Curve, Epoch


class BestWeights:
    """Remembers the parameters after the best epoch while a run goes on.

    Attributes:
        params: float32 (values,); None where the best epoch came before this began to look.
    """

    def __init__(self, curve: Curve, rows: int | None = None) -> None:
        """``curve`` is that of the run before this looks; with ``rows``, only so many of it."""
        watched = "val_loss" if curve.has("val_loss") else "loss"
        self._lowest = float(np.nanmin(curve.column(f"{watched}_lowest")[:rows], initial=np.inf))
        self.params: np.ndarray | None = None

    def look(self, row: Epoch, parameters: np.ndarray) -> None:
        """An epoch ended with these parameters; they are copied where it is the best one."""
        if row.watched < self._lowest:
            self._lowest, self.params = row.watched, parameters.copy()
