"""Many small pictures in one: feature maps side by side, rows of units below each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from nnstudio.ui.live.map_colours import scaled

# As many feature maps are shown at the most.
MAX_MAPS = 64
# Channels of a picture that is in colour.
COLOURS = 3
# Units beside each other in a row of draws; more of them fold into several rows.
MOST_ACROSS = 32


def side_by_side(pictures: Sequence[np.ndarray], columns: int = 0) -> np.ndarray:
    """Pictures of one shape, (h, w) or (h, w, channels), in rows with a gap between them; gaps are NaN.

    Without a number of columns, all together are twice as wide as high.
    """
    (h, w, *channels), count = pictures[0].shape, len(pictures)
    columns = columns or min(max(1, int(np.ceil(np.sqrt(count * 2 * h / max(w, 1))))), count)
    lines = -(-count // columns)
    result = np.full((lines * (h + 1) - 1, columns * (w + 1) - 1, *channels), np.nan, np.float32)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (h + 1), i % columns * (w + 1)
        result[top : top + h, left : left + w] = picture
    return result


def mosaic(values: np.ndarray, scale: Callable[[np.ndarray], np.ndarray] = scaled) -> np.ndarray:
    """Feature maps (h, w, channels) side by side, each scaled to 0 .. 1."""
    return side_by_side([scale(values[..., i]) for i in range(min(values.shape[2], MAX_MAPS))])


def folded(rows: np.ndarray) -> np.ndarray:
    """Rows `(n, units)` below each other; long ones fold into blocks of lines, which would be hairlines else.

    Between the blocks and behind the last unit of each there is NaN.
    """
    count, units = rows.shape
    if units <= MOST_ACROSS:
        return rows
    # Twice as wide as high, all blocks with their gaps taken together.
    across = max(MOST_ACROSS, math.ceil(math.sqrt(2 * count * units)))
    lines = -(-units // across)
    result = np.full((count * (lines + 1) - 1, across), np.nan, np.float32)
    for i, row in enumerate(rows):
        block = result[i * (lines + 1) : i * (lines + 1) + lines].reshape(-1)
        block[:units] = row
    return result


def drawn(draws: np.ndarray) -> np.ndarray:
    """Draws `(draws, *shape)` on one scale of 0 .. 1: units in a row each, of many in several rows, all else
    side by side.

    Pictures of three channels are in colour; of other feature maps the first is taken.
    """
    draws = scaled(draws)
    if draws.ndim == 2:
        return folded(draws)
    if draws.ndim == 3:
        # Sequences have their steps across.
        return side_by_side(list(draws.transpose(0, 2, 1)))
    return side_by_side(list(draws if draws.shape[3] == COLOURS else draws[..., 0]))
