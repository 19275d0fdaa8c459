"""Columns of numbers on one scale."""

from __future__ import annotations

import numpy as np


def standardise(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale that give each column mean 0 and variance 1; constant columns keep scale 1."""
    scale = train.std(0)
    return train.mean(0), np.where(scale > 0, scale, 1.0)
