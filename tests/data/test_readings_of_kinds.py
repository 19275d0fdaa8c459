"""Awkward files are read as they are meant: every kind that people have met, with its right reading."""

from __future__ import annotations

import re

import numpy as np
import pytest
from data.readings import Reading
from data.readings_of_marks import MARKS
from data.readings_of_shapes import SHAPES

from nnstudio.data.dataset import sources
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.tables.settings import ColumnRole

READINGS = {**MARKS, **SHAPES}


def test_there_is_one_of_each_kind():
    assert len(READINGS) == len(MARKS) + len(SHAPES) >= 40


@pytest.fixture
def opened(tmp_path):
    def opened(reading: Reading):
        path = tmp_path / "table.csv"
        path.write_bytes(reading.content)
        source = sources["csv"]
        options = source.complete({"path": str(path), "test_ratio": 0.0, "validation_ratio": 0.0})
        return source, options, path

    return opened


@pytest.mark.parametrize("name", READINGS)
def test_it_is_read_as_it_is_meant(opened, name):
    reading = READINGS[name]
    source, options, _path = opened(reading)
    look = source.look(options)
    assert not look.problem
    kinds = {c.name: str(c.role if c.role == ColumnRole.LEFT_OUT else c.type) for c in look.columns}
    assert kinds == reading.columns
    assert [c.name for c in look.columns if c.role == ColumnRole.TARGET] == [reading.target]
    assert len(look.frame) == reading.rows
    for column, values in reading.first.items():
        assert look.frame[column].tolist()[: len(values)] == values
    said = " ".join((look.text, *source.load(options).notes))
    for words in reading.says:
        assert re.search(words, said), said


@pytest.mark.parametrize("name", READINGS)
def test_its_own_rows_are_predicted_from_the_same_numbers(opened, name):
    source, options, path = opened(READINGS[name])
    data = source.load({**options, "split": "in order"})
    rows = read_new_rows(path, options, data)
    assert rows.answered.all() and len(rows.x) == len(data.x_train)
    assert np.allclose((rows.x - data.x_shift) / data.x_scale, data.x_train, atol=1e-4)
