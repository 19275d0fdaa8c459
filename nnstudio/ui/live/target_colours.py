"""Colours of dots by what is to be predicted of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from nnstudio.data.dataset import Dataset
from nnstudio.ui.widgets.prediction_colours import ramp
from nnstudio.ui.widgets.theme import theme

# Colours of dots where the target is a number.
SHADES = 64


def target_colours(data: Dataset, targets: np.ndarray, number: int = 0) -> list[QColor]:
    """A colour for each target (n,), which is the one of this number: that of its class, or from dark for the
    lowest to bright.
    """
    if data.classes:
        by_class = [QColor(theme.class_colour(i)) for i in range(len(data.classes))]
        return [by_class[int(value) % len(by_class)] for value in targets]
    # Of all that can be shown, so that no dot changes its colour with what is.
    every = [data.part(split)[1][:, number] for split in data.parts]
    low, high = min(float(y.min()) for y in every), max(float(y.max()) for y in every)
    shares = (targets - low) / (high - low) if high > low else np.full(len(targets), 0.5)
    return [QColor(*map(int, colour)) for colour in ramp(np.rint(shares * SHADES) / SHADES)]
