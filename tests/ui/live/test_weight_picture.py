"""Weights as a picture: each stands where it belongs, and what lies between filters looks like no weight."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.ui.live.weight_picture import FINE, painted, picture_of
from nnstudio.ui.widgets.theme import DARK, LIGHT, theme


def test_filters_are_a_mosaic_and_matrices_a_map():
    filters = np.arange(3 * 3 * 2 * 5, dtype=np.float32).reshape(3, 3, 2, 5)
    picture, gaps = picture_of(filters)
    size = 3 * FINE
    np.testing.assert_array_equal(picture[:size:FINE, :size:FINE], filters[:, :, 0, 0])
    np.testing.assert_array_equal(picture[:size:FINE, size + 1 : 2 * size + 1 : FINE], filters[:, :, 0, 1])
    assert gaps[:, size].all() and not gaps[:size, :size].any()
    # The last line is not full.
    assert gaps[size + 1 :, -size:].all()
    picture, gaps = picture_of(np.zeros((7, 9)))
    assert picture.shape == (7, 9) and not gaps.any()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_no_weight_looks_like_a_gap_or_like_what_is_no_number(colours, monkeypatch):
    monkeypatch.setattr(theme, "colours", colours)
    values = np.concatenate([np.linspace(-1, 1, 201), [np.nan, 0.0]])[None]
    gaps = np.zeros(values.shape, bool)
    gaps[0, -1] = True
    *weights, broken, gap = painted(values, gaps)[0].astype(int)
    apart = np.abs(np.array(weights)[:, None] - np.array([broken, gap])).sum(-1)
    assert apart.min() > 60
