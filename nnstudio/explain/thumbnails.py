"""A small picture of what every layer gives, for the thumbnails of the nodes.

Data with two inputs: each unit over the plane, as TensorFlow Playground shows its neurons. Pictures: the
first feature maps for one sample. Everything else: the units' values for one sample, side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, auto

import numpy as np

from nnstudio.training.evaluation import Evaluation

# Tiles of a thumbnail, their edge for maps over the plane and the most values of a strip.
TILES, EDGE, STRIP = 8, 16, 64
# Nodes with a thumbnail; more would be too small to read, and not free.
MOST_NODES = 80
# How far over the data's range the plane reaches.
MARGIN = 0.15


class ThumbnailKind(StrEnum):
    """What a thumbnail shows: outputs over the plane of two inputs, feature maps, or a strip of values."""

    PLANE = auto()
    PICTURE = auto()
    VALUES = auto()


@dataclass(frozen=True)
class Thumbnail:
    """``tiles`` (count, height, width) uint8 from 1 to 255, dark to bright; 0 where a value is no number.

    Over the plane 128 is zero, so that the sign shows; otherwise each tile fills its own range.
    """

    kind: ThumbnailKind
    tiles: np.ndarray


@dataclass(frozen=True)
class Thumbnails:
    """Thumbnails by node, as the network is at a step.

    ``spans``: smallest, mean and largest of the values that each node gave, NaN if one is no number.
    """

    step: int
    thumbnails: dict[str, Thumbnail]
    spans: dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class ThumbnailsProbe:
    """Thumbnails of the given nodes; those that the network does not know are left out."""

    nodes: tuple[str, ...]

    def run(self, session: Evaluation) -> Iterator[Thumbnails]:
        data = session.data
        plane = data.input_shape == (2,)
        x = grid(data.x_train) if plane else session.samples()[0][:1]
        values = session.predict_all(x, [n for n in self.nodes[:MOST_NODES] if n in session.layout.nodes])
        yield Thumbnails(
            session.steps,
            {
                name: over_plane(v) if plane else of_sample(data.as_picture(v[0]))
                for name, v in values.items()
            },
            {name: (float(v.min()), float(v.mean()), float(v.max())) for name, v in values.items()},
        )


def grid(x: np.ndarray) -> np.ndarray:
    """EDGE x EDGE points over the range of samples (n, 2), top row first."""
    low, high = x.min(0), x.max(0)
    room = (high - low) * MARGIN
    across = np.linspace(low[0] - room[0], high[0] + room[0], EDGE)
    up = np.linspace(high[1] + room[1], low[1] - room[1], EDGE)
    points = np.stack(np.meshgrid(across, up), -1)
    return np.ascontiguousarray(points.reshape(-1, 2), np.float32)


def over_plane(values: np.ndarray) -> Thumbnail:
    """Units over the plane from (EDGE * EDGE, ...)."""
    units = values.reshape(EDGE * EDGE, -1)[:, :TILES].astype(np.float64)
    with np.errstate(invalid="ignore"):
        largest = np.abs(units).max(0)
        scaled = 128 + 127 * units / np.where(largest > 0, largest, 1)
    return Thumbnail(ThumbnailKind.PLANE, _bytes(scaled).T.reshape(-1, EDGE, EDGE))


def of_sample(values: np.ndarray) -> Thumbnail:
    """Feature maps of (height, width, channels), or a strip of anything else."""
    if values.ndim == 3 and min(values.shape[:2]) > 1:
        maps = np.moveaxis(values[..., :TILES], -1, 0).astype(np.float64)
        return Thumbnail(ThumbnailKind.PICTURE, _filled(maps))
    return Thumbnail(ThumbnailKind.VALUES, _filled(values.ravel()[None, None, :STRIP].astype(np.float64)))


def _filled(tiles: np.ndarray) -> np.ndarray:
    """Each tile over its own range of numbers."""
    with np.errstate(invalid="ignore"):
        low = tiles.min((1, 2), keepdims=True)
        span = tiles.max((1, 2), keepdims=True) - low
        return _bytes(1 + 254 * (tiles - low) / np.where(span > 0, span, 1))


def _bytes(scaled: np.ndarray) -> np.ndarray:
    good = np.isfinite(scaled)
    return np.where(good, np.clip(np.where(good, scaled, 0), 1, 255), 0).astype(np.uint8)
