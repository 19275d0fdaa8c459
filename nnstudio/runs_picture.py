"""The loss of kept runs as a chart, for the command line."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nnstudio.explain.charts import COLOURS, Line, line_chart
from nnstudio.runs.record import RunRecord
from nnstudio.training.curve import Curve, stands_at


def curves_picture(runs: Iterable[tuple[RunRecord, Curve]]) -> np.ndarray:
    """The loss of training by epoch, and with dots that of the watched part where there is one: (h, w, 3)."""
    lines = []
    for number, (record, curve) in enumerate(runs):
        colour, epochs = COLOURS[number % len(COLOURS)], curve.column("epoch")
        middles = stands_at(curve, "loss")
        lines.append(Line(f"{record.name}: training", middles, curve.column("loss"), colour))
        watched = curve.column("val_loss")
        if np.isfinite(watched).any():
            part = record.watched or "validation"
            lines.append(Line(f"{record.name}: {part}", epochs, watched, colour, has_dots=True))
    return line_chart(lines, "epoch", "loss")
