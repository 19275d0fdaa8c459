"""Numbers that were scaled and kept as float32 come back as they were written."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.new_rows import _outside
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.tables.encoders import NumberEncoder


@pytest.mark.parametrize("size, decimals", [(0.5, 3), (6.0, 1), (30.0, 2), (4e3, 0)])
def test_what_was_written_with_few_decimals_comes_back_as_it_was(decimals, size):
    rng = np.random.default_rng(4)
    written = np.round(rng.exponential(size, 2000) * (rng.random(2000) < 0.6), decimals)
    shift, scale = written.mean(), written.std() or 1.0
    scaled = ((written - shift) / scale).astype(np.float32)
    told = in_own_unit(scaled, shift, scale)
    np.testing.assert_array_equal(told, written)
    assert (scaled.astype(np.float64) * scale + shift != written).any(), "nothing was to be mended"


def test_nothing_is_lost_that_float32_could_hold():
    scaled = np.random.default_rng(5).normal(0, 1, 5000).astype(np.float32)
    plain = scaled.astype(np.float64) * 37.0 + 4.0
    assert np.abs(in_own_unit(scaled, 4.0, 37.0) - plain).max() <= 4.1 * 20 * 6e-8 * 37


def test_values_that_are_no_numbers_and_units_of_columns_stay():
    told = in_own_unit(np.float32([[np.nan, 2], [np.inf, 0]]), np.array([1.0, 5.0]), np.array([2.0, 0.1]))
    assert np.isnan(told[0, 0]) and told[1, 0] == np.inf
    assert told[0, 1] == 5.2 and told[1, 1] == 5.0


def test_a_range_begins_where_the_column_did(tmp_path):
    from doctor.corpus.building import table

    from nnstudio.project import Project

    rain = np.round(np.random.default_rng(3).exponential(6, 300), 1) * (np.arange(300) % 3 > 0)
    built = Project()
    built.document.data = table(tmp_path, "rain", {"rain": rain, "damage": rain * 2}, task="number")
    data = built.load_data()
    (encoder,) = data.inputs
    assert isinstance(encoder, NumberEncoder)
    most = float(in_own_unit(data.x_train.max(), data.x_shift[0], data.x_scale[0]))
    x = np.array([[0.0], [most], [most + 1]])
    (note,) = _outside(x, np.zeros(3, bool), (encoder,), data)
    assert f"(0 to {most:.6g}) in data row 3." in note
