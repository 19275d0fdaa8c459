"""A surface of heights, lit from one side and seen from any direction: a picture as an array. No Qt.

Every column of the picture is one vertical cut through the surface. From the front to the back, what
rises above all that came before it is seen (the floating horizon of Wright 1973); the rest is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Where the light comes from: left, front, above; and how bright what it does not reach is.
LIGHT, AMBIENT = np.array([-0.5, -0.35, 0.8]), 0.35
# How steep the surface is: its height over its width.
HEIGHT = 0.55
# Share of the picture's width that the surface's diagonal takes.
FILL = 0.96
# Cuts in depth for each column of the picture, and how bright the sides of the block are.
DEPTHS, WALL = 0.6, 0.45


@dataclass(frozen=True)
class Camera:
    """``turn`` about the vertical and ``tilt`` above the ground, in degrees; 90 looks straight down."""

    turn: float = 30.0
    tilt: float = 35.0


@dataclass(frozen=True)
class RenderedSurface:
    """A picture (height, width, 4) uint8 RGBA with empty parts transparent, and how to project points.

    ``horizon`` (depths, width) is how high each column has risen, front to back, between the depths of its
    ``span``.
    """

    picture: np.ndarray
    camera: Camera
    scale: float
    horizon: np.ndarray
    span: tuple[np.ndarray, np.ndarray]

    def project(
        self, x: np.ndarray, y: np.ndarray, z: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns, rows and whether they are seen, for x, y in -1 .. 1 and heights in 0 .. 1."""
        height, width = self.picture.shape[:2]
        u, v = _turned(x, y, self.camera)
        up = _raised(v, z, self.camera)
        columns, rows = width / 2 + u * self.scale, height / 2 - up * self.scale
        inside = (columns >= 0) & (columns < width)
        at = np.clip(columns.astype(int), 0, width - 1)
        last, (near, far) = len(self.horizon) - 1, (end[at] for end in self.span)
        depth = np.clip(((v - near) / np.maximum(far - near, 1e-6) * last).astype(int), 0, last)
        # A hair in front of the ground on which a point lies, so that the ground does not hide it.
        before = self.horizon[np.maximum(depth - 2, 0), at]
        return columns, rows, inside & (up * self.scale >= before - 2.0)


def render(
    heights: np.ndarray, colours: np.ndarray, camera: Camera, width: int, height: int
) -> RenderedSurface:
    """A block of heights 0 .. 1 (rows, columns); row 0 is y = -1. ``colours`` (256, 3) by height."""
    return _strip(heights.astype(np.float32), colours, camera, (width, height), np.arange(width))


def render_in_strips(
    heights: np.ndarray, colours: np.ndarray, camera: Camera, width: int, height: int, most: int
) -> Iterator[RenderedSurface | None]:
    """The same picture, as the last that is yielded; before it None after every ``most`` of its columns, so
    that whoever waits for it can do something else between.
    """
    heights, strips = heights.astype(np.float32), []
    for start in range(0, width, most):
        columns = np.arange(start, min(start + most, width))
        strips.append(_strip(heights, colours, camera, (width, height), columns))
        yield None
    picture, horizon = (np.concatenate([getattr(s, n) for s in strips], 1) for n in ("picture", "horizon"))
    near, far = (np.concatenate(ends) for ends in zip(*(s.span for s in strips), strict=True))
    yield RenderedSurface(picture, camera, strips[0].scale, horizon, (near, far))


def _strip(
    heights: np.ndarray, colours: np.ndarray, camera: Camera, size: tuple[int, int], shown: np.ndarray
) -> RenderedSurface:
    """Those columns of a picture of so many columns and rows."""
    width, height = size
    scale = min(FILL * width / (2 * np.sqrt(2)), FILL * height / _extent(camera))
    depth = max(int(DEPTHS * 2 * np.sqrt(2) * scale), 2)
    # Ground positions of every column from the block's front to its back, as far as the column meets it.
    u = ((shown + 0.5 - width / 2) / scale).astype(np.float32)
    c, s = float(np.cos(np.radians(camera.turn))), float(np.sin(np.radians(camera.turn)))
    near, far = _span(u, c, s)
    met = near < far
    v = near + (far - near) * np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    x, y = u * c - v * s, u * s + v * c
    z = _between(heights, x, y)
    up = np.where(met, _raised(v, z, camera) * scale, -np.inf)
    horizon = np.maximum.accumulate(up, axis=0)
    # The first depth at which a column reaches a row's height is what is seen there.
    levels = height / 2 - np.arange(height) - 0.5
    seen = np.stack([np.searchsorted(horizon[:, column], levels) for column in range(len(shown))], 1)
    columns = np.arange(len(shown))
    base = np.where(met, _raised(near, np.zeros(len(shown)), camera) * scale, np.inf)
    wall = np.clip(up[0] + 0.5 - levels[:, None], 0, 1)
    # A row that is only partly below the skyline shows what stands there.
    top = horizon[-1]
    crest = np.argmax(horizon == top, axis=0)
    picked = np.where(seen < depth, seen, crest), np.broadcast_to(columns, (height, len(shown)))
    shade = _between(_light(heights, c, s), x[picked], y[picked])
    tone = colours[np.clip(z[picked] * 255, 0, 255).astype(np.uint8)]
    picture = np.zeros((height, len(shown), 4), np.uint8)
    picture[..., :3] = np.minimum(tone * (shade + wall * (WALL - shade))[..., None], 255)
    # How much of a pixel lies between the base and the skyline: the outline is not jagged.
    covered = np.minimum(levels[:, None] + 0.5, top) - np.maximum(levels[:, None] - 0.5, base)
    picture[..., 3] = np.round(255 * np.clip(covered, 0, 1))
    return RenderedSurface(picture, camera, float(scale), horizon, (near, far))


def _span(u: np.ndarray, c: float, s: float) -> tuple[np.ndarray, np.ndarray]:
    """Depths at which each column enters and leaves the square -1 .. 1; the first larger if it misses it."""
    near, far = np.full_like(u, -np.sqrt(2)), np.full_like(u, np.sqrt(2))
    for start, rise in ((u * c, -s), (u * s, c)):
        # |start + rise v| <= 1; along an edge, v makes no difference.
        steep = rise if abs(rise) > 1e-6 else 1e-6
        ends = np.sort([(-1 - start) / steep, (1 - start) / steep], axis=0)
        near, far = np.maximum(near, ends[0]), np.minimum(far, ends[1])
    return near, far


def _turned(x: np.ndarray, y: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Right and away from the eye, for points on the ground."""
    c, s = np.cos(np.radians(camera.turn)), np.sin(np.radians(camera.turn))
    return x * c + y * s, -x * s + y * c


def _raised(away: np.ndarray, z: np.ndarray, camera: Camera) -> np.ndarray:
    """How far up in the picture something stands, by its depth and height."""
    tilt = np.radians(camera.tilt)
    result: np.ndarray = away * np.sin(tilt) + (z - 0.5) * 2 * HEIGHT * np.cos(tilt)
    return result


def _extent(camera: Camera) -> float:
    """Height of the whole surface in the picture, before scaling."""
    tilt = np.radians(camera.tilt)
    return float(2 * np.sqrt(2) * np.sin(tilt) + 2 * HEIGHT * np.cos(tilt))


def _light(heights: np.ndarray, c: float, s: float) -> np.ndarray:
    """Brightness of the ground (Lambert); the light turns with the eye, so that it stays on the left."""
    rows, columns = heights.shape
    slope_y, slope_x = np.gradient(heights * 2 * HEIGHT, 2 / (rows - 1), 2 / (columns - 1))
    light = LIGHT / np.linalg.norm(LIGHT)
    x, y = light[0] * c - light[1] * s, light[0] * s + light[1] * c
    steep = np.sqrt(slope_x**2 + slope_y**2 + 1)
    lit = np.maximum((-slope_x * x - slope_y * y + light[2]) / steep, 0)
    result: np.ndarray = (AMBIENT + (1.15 - AMBIENT) * lit).astype(np.float32)
    return result


def _between(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values (rows, columns) over -1 .. 1 at points between them, bilinear."""
    rows, columns = values.shape
    across = np.clip((x + 1) / 2 * (columns - 1), 0, columns - 1)
    up = np.clip((y + 1) / 2 * (rows - 1), 0, rows - 1)
    i, j = np.minimum(across.astype(np.int64), columns - 2), np.minimum(up.astype(np.int64), rows - 2)
    a, b, flat, at = across - i, up - j, values.ravel(), j * columns + i
    low = flat[at] * (1 - a) + flat[at + 1] * a
    high = flat[at + columns] * (1 - a) + flat[at + columns + 1] * a
    result: np.ndarray = low * (1 - b) + high * b
    return result
