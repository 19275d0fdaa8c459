"""Encoders that a project keeps come back as they were; what a file made of them is checked."""

from __future__ import annotations

import json

import pytest
from moved_data import by_reference, saved_table

from nnstudio.data.dataset import DataError
from nnstudio.data.tables.kept_encoders import encoder_of, plain_encoder
from nnstudio.data.without_samples import plain, without_samples


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    by_reference(monkeypatch)
    return saved_table(tmp_path).load_data()


def test_all_come_back_as_they_were(table):
    assert len({type(encoder) for encoder in table.inputs}) == 5
    for encoder in table.inputs:
        assert encoder_of(json.loads(json.dumps(plain_encoder(encoder)))) == encoder
    again = without_samples(plain(table))
    assert again.inputs == table.inputs and again.tokens == table.tokens
    assert again.written == table.written or again.written.units == table.written.units


@pytest.mark.parametrize(("column", "change"), [
    ("size", {"fill": float("inf")}),
    ("size", {"clip": [0.0]}),
    ("grade", {"fill": 7.0}),
    ("day", {"fill": [1.0]}),
    ("day", {"parts": ["century"], "fill": [1.0]}),
    ("colour", {"values": [1, 2]}),
    ("colour", {"values": ["red"]}),
    ("town", {"encoder": "unknown"}),
    ("town", {"column": None}),
])  # fmt: skip
def test_damaged_ones_are_a_sentence(table, column, change):
    facts = plain(table)
    facts["inputs"] = [{**told, **change} if told["column"] == column else told for told in facts["inputs"]]
    with pytest.raises(DataError, match="of its data is damaged"):
        without_samples(facts)


@pytest.mark.parametrize("change", [
    {"low": 0.0}, {"counts": [1]}, {"means": [0.0]}, {"means": [0.0, float("nan")]}, {"counts": [1, 2, -3]},
])  # fmt: skip
def test_damaged_ranges_are_a_sentence(table, change):
    facts = plain(table)
    facts["seen"] = {**facts["seen"], **change}
    with pytest.raises(DataError, match="of its data is damaged"):
        without_samples(facts)
