"""Weights as a picture: a matrix as it is, filters and units that read a picture beside each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QColor

from nnkernels.spec import Shape
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.tiles import columns_for

MOST_FILTERS = 64
# Pixels of a weight of a small filter to a side: the line between them is one pixel, thinner than a weight.
FINE = 6
# Filters from this edge on have one pixel for each weight.
LARGE = 12


class Mosaic(NamedTuple):
    """A picture (rows, columns), and which of its pixels, bool of the same shape, are no weights but gaps.

    ``corners``: column and row at which the picture of each filter or unit begins; none of a matrix.
    """

    values: np.ndarray
    gaps: np.ndarray
    corners: tuple[tuple[int, int], ...] = ()

    @property
    def blank(self) -> np.ndarray:
        """Which of the gaps are right of the last picture, in a line that is not full."""
        blank = np.zeros(self.gaps.shape, bool)
        if self.corners:
            last = int(np.flatnonzero(~self.gaps[-1])[-1])
            # Behind the line that parts it.
            blank[self.corners[-1][1] :, last + 2 :] = True
        return blank


def picture_of(
    values: np.ndarray, read: Shape = (), beside: np.ndarray | None = None, room: float = 2.0
) -> Mosaic:
    """A matrix has inputs down and units across; of filters (.., h, w, in, out) the first input is shown.

    So it is of a matrix whose inputs are the values of a picture ``read`` (h, w, c). ``beside``: a picture
    (h, w, c) for each unit that stands on the right of its weights, on a scale of its own. ``room``: width
    over height of what the picture is drawn in.
    """
    if read:
        values = values.reshape(*read, -1)
    if values.ndim < 4:
        matrix = values.reshape(-1, values.shape[-1])
        return Mosaic(matrix, np.zeros(matrix.shape, bool))
    filters = values[..., 0, :MOST_FILTERS].reshape(values.shape[-4], values.shape[-3], -1)
    tiles = filters.transpose(2, 0, 1)
    if beside is None:
        return _side_by_side(tiles, 1, room)
    others = _of_largest(beside[: len(tiles), ..., 0])
    pairs = np.stack([_of_largest(tiles), others], 1).reshape(-1, *tiles.shape[1:])
    return _side_by_side(pairs, 2, room)


def _of_largest(tiles: np.ndarray) -> np.ndarray:
    """Values as shares of the largest size."""
    return tiles / (np.abs(tiles[np.isfinite(tiles)]).max(initial=0.0) or 1.0)


def _side_by_side(tiles: np.ndarray, together: int, room: float) -> Mosaic:
    """Tiles (n, h, w) in lines, so many ``together`` in the same one; the corners are of each first one."""
    fine = FINE if max(tiles.shape[1:]) < LARGE else 1
    tiles = tiles.repeat(fine, 1).repeat(fine, 2)
    count, h, w = tiles.shape
    across = together * columns_for(count // together, together * (w + 1), h + 1, room)
    lines = -(-count // across)
    picture = np.zeros((lines * (h + 1) - 1, across * (w + 1) - 1), np.float32)
    gaps = np.ones(picture.shape, bool)
    corners = []
    for i, tile in enumerate(tiles):
        top, left = i // across * (h + 1), i % across * (w + 1)
        picture[top : top + h, left : left + w] = tile
        gaps[top : top + h, left : left + w] = False
        corners.append((left, top))
    return Mosaic(picture, gaps, tuple(corners[::together]))


def painted(picture: np.ndarray, gaps: np.ndarray, blank: np.ndarray | None = None) -> np.ndarray:
    """Colours (rows, columns, 3) uint8: zero is the middle, the largest size either end.

    Gaps are grey and what is no finite number is red: no weight has these colours. What is ``blank`` is
    as the panel around it.
    """
    finite = np.isfinite(picture)
    largest = float(np.abs(picture[finite]).max(initial=0.0)) or 1.0
    shares = np.where(finite, picture, 0.0)[..., None] / largest
    c = theme.colours
    low, zero, high = (_rgb(colour) for colour in (c.second, c.node, c.first))
    result = zero + np.abs(shares) * (np.where(shares > 0, high, low) - zero)
    result[~finite], result[gaps] = _rgb(c.error), _rgb(c.link)
    if blank is not None:
        result[blank] = _rgb(c.window)
    colours: np.ndarray = np.round(result).astype(np.uint8)
    return colours


def _rgb(colour: str) -> np.ndarray:
    parts = QColor(colour)
    return np.array([parts.red(), parts.green(), parts.blue()], np.float32)


def left_out(inputs: int, count: int, what: str) -> str:
    """What the picture does not show of so many filters or units, each with so many input channels."""
    said = [f"input channel 1 of {inputs:,}"] if inputs > 1 else []
    if count > MOST_FILTERS:
        said.append(f"the first {MOST_FILTERS} {what}")
    return f" · shown: {', '.join(said)}" if said else ""
