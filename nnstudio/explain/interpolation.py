"""A grid of values as it is drawn: finer than it was computed, and losses as logarithms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

# Of a grid's points, the percent that may be left out of the range, when they are below this share of the
# others; and the least loss that has a logarithm.
FEW, FAR_BELOW, LEAST = 2.0, 0.05, 1e-12


def between_points(values: np.ndarray, times: int) -> np.ndarray:
    """A grid with ``times`` as many steps along both axes, as float64; through all points of ``values``.

    Cubic (Catmull and Rom 1974), and never beyond the lowest and the highest value: no valley appears that
    was not computed. ``values`` must be finite, with at least two points along each axis.
    """
    rows, columns = (_weights(size, times) for size in values.shape)
    finer = rows @ values.astype(np.float64) @ columns.T
    result: np.ndarray = np.clip(finer, values.min(), values.max())
    return result


def log_heights(losses: np.ndarray) -> np.ndarray:
    """Logarithms to base 10 of a grid of losses (n, n), in its shape, to be drawn; NaN stands as the highest.

    A point that happens to lie in a minimum of next to nothing would else take all of the range, and leave
    none for the valley around it: what is far below nearly all others is as low as the lowest of them.
    """
    known = _known(losses)
    result: np.ndarray = np.log10(np.maximum(known, _floor(known)))
    return result


def drawn_alike(losses: np.ndarray) -> float | None:
    """The loss that all lower ones are drawn as by `log_heights`; None where none is lower."""
    known = _known(losses)
    floor = _floor(known)
    return floor if known.min() < floor else None


def _known(losses: np.ndarray) -> np.ndarray:
    known: np.ndarray = np.nan_to_num(losses, nan=float(np.nanmax(losses)))
    return known


def _floor(known: np.ndarray) -> float:
    return max(FAR_BELOW * float(np.percentile(known, FEW)), LEAST)


@lru_cache(maxsize=16)
def _weights(size: int, times: int) -> np.ndarray:
    """How much each of ``size`` points counts at each of ((size - 1) times + 1) positions."""
    positions = np.arange((size - 1) * times + 1) / times
    first = np.minimum(positions.astype(int), size - 2)
    t = positions - first
    shares = (
        (-t + 2 * t**2 - t**3) / 2, (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2, (-(t**2) + t**3) / 2,
    )  # fmt: skip
    weights, rows = np.zeros((len(positions), size + 2)), np.arange(len(positions))
    for offset, share in enumerate(shares):
        weights[rows, first + offset] = share
    # Beyond the edges the values go on in a straight line.
    extended = np.zeros((size + 2, size))
    extended[1:-1] = np.eye(size)
    extended[0, :2], extended[-1, -2:] = (2, -1), (-1, 2)
    return weights @ extended
