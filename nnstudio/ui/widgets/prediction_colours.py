"""What is predicted, as colours: wherever a prediction is painted, on the plane and on nodes, it looks alike.

A class has its colour, which fades to the ground the less sure it is; numbers run from dark to bright.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from nnstudio.ui.widgets.colours import Colours
from nnstudio.ui.widgets.theme import theme

# How strong the colour of a class is at the most, of two and of more classes: dots on it must be seen.
STRONGEST_OF_TWO, STRONGEST = 0.65, 0.6


def prediction_colours(values: np.ndarray, classes: int, flat: bool = False) -> np.ndarray:
    """Colours (..., 3) uint8 of values as a `Boundary` has them, for so many classes, 0 for numbers;
    ``flat``: without shades. What is no number has the colour of an error.
    """
    good = np.isfinite(values)
    if classes:
        colours = _of_classes(np.where(good, values, 0.0), classes, flat)
    else:
        colours = _of_numbers(np.where(good, values, 0.0), good, flat)
    colours[~good] = _rgb(theme.colours.error)
    return colours.astype(np.uint8)


def _of_classes(values: np.ndarray, classes: int, flat: bool) -> np.ndarray:
    middle = _rgb(theme.colours.base)
    if classes == 2:
        chosen = (values > 0.5).astype(int)
        sure, strongest = np.clip(np.abs(values - 0.5) * 2, 0, 1), STRONGEST_OF_TWO
    else:
        chosen = np.clip(values.astype(int), 0, classes - 1)
        sure, strongest = np.clip((values - chosen) * 2, 0, 1), STRONGEST
    table = np.array([_rgb(theme.class_colour(i)) for i in range(classes)])
    strength = (np.ones(values.shape) if flat else sure)[..., None] * strongest
    shades: np.ndarray = middle + (table[chosen] - middle) * strength
    return shades


def _of_numbers(values: np.ndarray, good: np.ndarray, flat: bool) -> np.ndarray:
    low, high = (values[good].min(), values[good].max()) if good.any() else (0.0, 1.0)
    share = (values - low) / max(high - low, 1e-12)
    return ramp(np.where(share > 0.5, 1.0, 0.0) if flat else share).astype(float)


def ramp(share: np.ndarray) -> np.ndarray:
    """Colours of the viridis map for shares of 0 .. 1, (.., 3) in 0 .. 255."""
    table = pg.colormap.get("viridis").getLookupTable(nPts=256)
    result: np.ndarray = table[np.clip(np.nan_to_num(share) * 255, 0, 255).astype(int)]
    return result


def class_table(number: int, is_one_of_two: bool) -> list[int]:
    """256 colours for the bytes of a unit that tells how likely a class is: 0 where there is no number, 128
    where it is not, 255 where it is sure. ``is_one_of_two``: where it is not, the first class is.
    """
    return _class_table(number, is_one_of_two, theme.colours)


@cache
def _class_table(number: int, is_one_of_two: bool, colours: Colours) -> list[int]:
    likely = np.clip((np.arange(256) - 128) / 127, 0, 1)
    if is_one_of_two:
        rows = _of_classes(likely, 2, False)
    else:
        middle = _rgb(colours.base)
        rows = middle + (_rgb(theme.class_colour(number)) - middle) * likely[:, None] * STRONGEST
    return [QColor(colours.error).rgb(), *(QColor(*map(int, row)).rgb() for row in rows[1:])]


def _rgb(colour: str) -> np.ndarray:
    c = QColor(colour)
    return np.array([c.red(), c.green(), c.blue()], float)
