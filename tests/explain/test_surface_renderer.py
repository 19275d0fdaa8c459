"""The picture of a surface agrees with looking along rays at the same heights."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.surface_renderer import HEIGHT, Camera, render, render_in_strips

COLOURS = np.stack([np.arange(256)] * 3, 1).astype(np.float32)


def hills(size: int = 41) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    heights = np.cos(3 * x) * np.sin(2 * y) + 0.5 * x * x
    return (heights - heights.min()) / np.ptp(heights)


def test_from_above_each_point_shows_its_own_height():
    flat = np.tile(np.linspace(0, 1, 41), (41, 1))
    rendered = render(flat, COLOURS, Camera(0, 89.9), 200, 200)
    columns, rows, seen = rendered.project(np.array([-0.8, 0.0, 0.8]), np.zeros(3), np.array([0.1, 0.5, 0.9]))
    assert seen.all()
    tones = rendered.picture[rows.astype(int), columns.astype(int), 0].astype(float)
    # A plane is lit evenly, so brightness goes with the height.
    np.testing.assert_allclose(tones / tones[1], [0.2, 1.0, 1.8], atol=0.03)


@pytest.mark.parametrize("turn", [0, 30, 145, 290])
def test_what_stands_behind_a_hill_is_hidden_as_a_ray_would_say(turn):
    heights, camera = hills(), Camera(turn, 25)
    rendered = render(heights, COLOURS, camera, 240, 200)
    ticks = np.linspace(-1, 1, 41)
    inner = np.arange(4, 37, 4)
    j, i = (a.ravel() for a in np.meshgrid(inner, inner, indexing="ij"))
    _, _, seen = rendered.project(ticks[i], ticks[j], heights[j, i])
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    tilt = np.radians(camera.tilt)
    expected, margins = [], []
    for x, y, z in zip(ticks[i], ticks[j], heights[j, i], strict=True):
        # Towards the eye: over the ground it goes forward, and climbs with the tilt.
        along = np.linspace(0.15, 3, 200)
        px, py = x + s * along, y - c * along
        climbed = z * 2 * HEIGHT + along * np.tan(tilt)
        inside = (np.abs(px) <= 1) & (np.abs(py) <= 1)
        a, b = ((px + 1) * 20).clip(0, 39.99), ((py + 1) * 20).clip(0, 39.99)
        k, m = a.astype(int), b.astype(int)
        ground = (
            heights[m, k] * (1 - (a - k)) * (1 - (b - m)) + heights[m, k + 1] * (a - k) * (1 - (b - m))
            + heights[m + 1, k] * (1 - (a - k)) * (b - m) + heights[m + 1, k + 1] * (a - k) * (b - m)
        ) * 2 * HEIGHT  # fmt: skip
        room = (climbed - ground)[inside].min() if inside.any() else 1.0
        expected.append(room > 0)
        margins.append(abs(room))
    # Near the skyline a pixel decides; elsewhere both must agree.
    clear = np.array(margins) > 0.05
    assert clear.sum() > 25 and (seen == np.array(expected))[clear].all()


def test_outside_the_block_the_picture_is_empty_and_inside_it_is_not():
    rendered = render(hills(), COLOURS, Camera(), 200, 160)
    alpha = rendered.picture[..., 3]
    assert alpha[0].max() == 0 and alpha[80, 100] == 255
    # Only the pixels on the outline, above and below, are partly filled.
    assert ((alpha > 0) & (alpha < 255)).sum(0).max() <= 2


@pytest.mark.parametrize("turn", [0, 30, 145, 290])
def test_the_outline_is_as_smooth_as_the_block_is(turn):
    tilt = np.radians(35)
    rendered = render(np.full((5, 5), 0.7), COLOURS, Camera(turn, 35), 240, 200)
    cover = rendered.picture[..., 3].astype(float).sum(0) / 255
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    v = np.linspace(-1.5, 1.5, 30001)
    for column in range(45, 196, 6):
        u = (column + 0.5 - 120) / rendered.scale
        met = v[(np.abs(u * c - v * s) <= 1) & (np.abs(u * s + v * c) <= 1)]
        # From the foot of the wall in front to the far edge of the top.
        tall = np.ptp(met) * np.sin(tilt) + 0.7 * 2 * HEIGHT * np.cos(tilt)
        assert cover[column] == pytest.approx(tall * rendered.scale, abs=0.05)


@pytest.mark.parametrize("most", [7, 64, 300])
def test_in_strips_it_is_the_same_picture(most):
    camera, size = Camera(40, 30), (160, 120)
    whole = render(hills(), COLOURS, camera, *size)
    *waits, strips = render_in_strips(hills(), COLOURS, camera, *size, most)
    assert waits == [None] * -(-size[0] // most) and strips is not None
    np.testing.assert_array_equal(strips.picture, whole.picture)
    points = np.random.default_rng(1).uniform(-1, 1, (3, 20))
    for ours, theirs in zip(strips.project(*points), whole.project(*points), strict=True):
        np.testing.assert_array_equal(ours, theirs)
