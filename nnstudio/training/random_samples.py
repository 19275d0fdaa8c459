"""Random inputs such as the network learned from, for whoever must try it while its data is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.data.seen import seen_in
from nnstudio.data.tables.encoders import CategoryEncoder, DateEncoder, OrderedEncoder, TokenEncoder
from nnstudio.model.tokens import columns_of

if TYPE_CHECKING:
    from nnstudio.data.tables.encoders import Encoder

# Between which inputs lie where nothing is known of those of training: about where scaled ones do.
UNKNOWN = (-1.0, 1.0)


def random_samples(data: Dataset, count: int, seed: int = 1) -> np.ndarray:
    """Inputs ``(count, *shape)``, float32, as the network gets them: numbers anywhere between the least and
    the most of the training part, and categories, orders and tokens that it can have.
    """
    rng, seen = np.random.default_rng(seed), seen_in(data)
    low, high = (seen.low, seen.high) if seen is not None else map(np.float64, UNKNOWN)
    x = rng.uniform(low, high, (count, *data.input_shape))
    if data.tokens:
        flat, at = x.reshape(count, -1), columns_of(data.tokens)
        flat[:, at] = np.rint(flat[:, at])
    if data.inputs:
        x = _of_columns(data, x * data.x_scale + data.x_shift, rng)
    return x.astype(np.float32)


def _of_columns(data: Dataset, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same with what no number is: in the units of the data before, scaled after."""
    at = 0
    for encoder in data.inputs:
        end = at + len(encoder.features)
        values[:, at:end] = _of_column(encoder, values[:, at:end], rng)
        at = end
    scaled: np.ndarray = (values - data.x_shift) / data.x_scale
    return scaled


def _of_column(encoder: Encoder, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count, width = values.shape
    match encoder:
        case CategoryEncoder():
            chosen: np.ndarray = np.eye(width)[rng.integers(0, width, count)]
            return chosen
        case TokenEncoder():
            return rng.integers(min(1, len(encoder.values)), len(encoder.values) + 1, (count, 1)) * 1.0
        case OrderedEncoder():
            values[:, 0] = rng.integers(0, len(encoder.values), count)
        case DateEncoder():
            values = np.rint(values)
    if encoder.filled_with:
        # Nothing is missing, for only one value would stand for it.
        values[:, -1] = 0.0
    return values
