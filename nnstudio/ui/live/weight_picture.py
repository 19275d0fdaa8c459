"""Weights as a picture: a matrix as it is, filters beside each other with lines between them."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from nnstudio.ui.widgets.theme import theme

MOST_FILTERS = 64
# Pixels of a weight of a filter to a side: the line between filters is one pixel, thinner than a weight.
FINE = 6


def picture_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture (rows, columns) and which of its pixels, bool of the same shape, are no weights but gaps.

    A matrix has inputs down and units across. Of filters (.., h, w, in, out) the first input is shown, each
    weight of them FINE pixels to a side.
    """
    if values.ndim < 4:
        matrix = values.reshape(-1, values.shape[-1])
        return matrix, np.zeros(matrix.shape, bool)
    filters = values[..., 0, :MOST_FILTERS].reshape(values.shape[-4], values.shape[-3], -1)
    filters = filters.repeat(FINE, 0).repeat(FINE, 1)
    h, w, count = filters.shape
    across = min(max(1, int(np.ceil(np.sqrt(count * 2)))), count)
    lines = -(-count // across)
    picture = np.zeros((lines * (h + 1) - 1, across * (w + 1) - 1), np.float32)
    gaps = np.ones(picture.shape, bool)
    for i in range(count):
        top, left = i // across * (h + 1), i % across * (w + 1)
        picture[top : top + h, left : left + w] = filters[..., i]
        gaps[top : top + h, left : left + w] = False
    return picture, gaps


def painted(picture: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Colours (rows, columns, 3) uint8: zero is the middle, the largest size either end.

    Gaps are grey and what is no finite number is red: no weight has these colours.
    """
    finite = np.isfinite(picture)
    largest = float(np.abs(picture[finite]).max(initial=0.0)) or 1.0
    shares = np.where(finite, picture, 0.0)[..., None] / largest
    c = theme.colours
    low, zero, high = (_rgb(colour) for colour in (c.second, c.node, c.first))
    result = zero + np.abs(shares) * (np.where(shares > 0, high, low) - zero)
    result[~finite], result[gaps] = _rgb(c.error), _rgb(c.link)
    colours: np.ndarray = np.round(result).astype(np.uint8)
    return colours


def _rgb(colour: str) -> np.ndarray:
    parts = QColor(colour)
    return np.array([parts.red(), parts.green(), parts.blue()], np.float32)


def left_out(shape: tuple[int, ...]) -> str:
    """What the picture of filters (.., in, out) does not show of them."""
    inputs, filters = shape[-2:]
    said = [f"input channel 1 of {inputs:,}"] if inputs > 1 else []
    if filters > MOST_FILTERS:
        said.append(f"the first {MOST_FILTERS} filters")
    return f" · shown: {', '.join(said)}" if said else ""
