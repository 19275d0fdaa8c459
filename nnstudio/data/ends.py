"""What each input of a network can be: from black to white, or from its least to its most."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.seen import seen_in


def is_picture(data: Dataset) -> bool:
    """Whether samples are pictures of one or three channels."""
    return len(data.input_shape) == 3 and data.input_shape[2] in (1, 3) and not data.tokens


def least_and_most(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Of each input as the network gets it, in the shape of a sample, float64.

    From black to white for pictures; else from the least to the most of the training part. Raises DataError
    where nothing is known of it.
    """
    shape, seen = data.input_shape, seen_in(data)
    if seen is None:
        raise DataError("Nothing is known of the data that the network learned from. Give it with --data.")
    if not is_picture(data):
        return _over(shape, seen.low), _over(shape, seen.high)
    black, white = (np.full((1, 1, shape[2]), end, np.float32) for end in (0.0, 1.0))
    if data.pictures is not None:
        black, white = data.pictures.of_shares(black), data.pictures.of_shares(white)
    return _over(shape, black), _over(shape, white)


def _over(shape: tuple[int, ...], end: np.ndarray) -> np.ndarray:
    return np.broadcast_to(end, shape).astype(np.float64)
