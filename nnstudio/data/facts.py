"""What a network must fit to learn some data; tries nothing out, and loads nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.data.imitation import ORIGINS
from nnstudio.data.text_windows import other_guess
from nnstudio.model.inference import DataFacts


def facts_of_data(data: Dataset) -> DataFacts:
    """What a network must fit to learn this data."""
    fitting = DataFacts(
        data.input_shape, len(data.classes), data.target_width, data.fitting_losses, tokens=data.tokens,
        otherwise=other_guess(data), imitates=data.classes == ORIGINS,
    )  # fmt: skip
    if data.classes or not data.parts:
        return fitting
    parts = [data.part(split)[1] for split in data.parts]
    low, high = np.min([y.min(0) for y in parts], 0), np.max([y.max(0) for y in parts], 0)
    sums = [y.sum(1, dtype=np.float64) for y in parts]
    return replace(
        fitting,
        target_range=(float(low.min()), float(high.max())),
        column_ranges=tuple(zip(low.tolist(), high.tolist(), strict=True)),
        target_sums=(float(min(s.min() for s in sums)), float(max(s.max() for s in sums))),
    )
