"""The colours of feature maps and bars, as on nodes: one language for signed values and one for others."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from nnstudio.ui.canvas.painting import bar_colour, colour_table
from nnstudio.ui.widgets.theme import theme


def scaled(values: np.ndarray) -> np.ndarray:
    """Values over their own range, 0 .. 1; what is no number stays so."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    good = np.where(np.isfinite(values), values, np.nan)
    return (good - low) / (high - low) if high > low else np.where(np.isnan(good), np.nan, 0.0)


def signed_scaled(values: np.ndarray) -> np.ndarray:
    """Values over their own range, 0 .. 1, so that zero is 0.5; what is no number stays so."""
    good = np.where(np.isfinite(values), values, np.nan)
    largest = float(np.nanmax(np.abs(good), initial=0.0)) if np.isfinite(good).any() else 0.0
    return 0.5 + good / (2 * largest) if largest else np.where(np.isnan(good), np.nan, 0.5)


def bar_colours(values: np.ndarray, is_signed: bool, are_shares: bool = False) -> list[QColor]:
    """Of a bar for each of these values (n,); shares are seen on the scale from 0 to 1."""
    shares = signed_scaled(np.append(values, 1.0) if are_shares else values)[: len(values)]
    # 0 stands for what is no number, see `colour_table`.
    rows = np.where(np.isnan(shares), 0, np.rint(1 + 254 * np.nan_to_num(shares))).astype(int)
    return [bar_colour(row, is_signed) for row in rows.tolist()]


def colours_of(is_signed: bool) -> pg.ColorMap:
    """From 0 to 1."""
    if not is_signed:
        return pg.colormap.get("viridis")
    rows = np.array(colour_table(True, theme.colours)[1:], np.uint32)
    return pg.ColorMap(None, np.stack([rows >> 16 & 255, rows >> 8 & 255, rows & 255], 1).astype(np.uint8))
