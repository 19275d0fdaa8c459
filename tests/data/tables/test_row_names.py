"""Whole numbers that are all different name the rows where the column is called so, and nowhere else."""

from __future__ import annotations

import pytest

from nnstudio.data.tables.description import _may_name_rows


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "PassengerId", "customerID", "row_id", "Order No.", "Index", "row_index", "Unnamed: 0", "#"],
)
def test_names_of_rows(name):
    assert _may_name_rows(100, name, 100) and not _may_name_rows(100, name, 99)


@pytest.mark.parametrize(
    "name", ["paid", "Humid", "PAID", "valid", "grid", "casino", "monkey", "Body mass index"]
)
def test_words_that_end_alike_are_none(name):
    assert not _may_name_rows(100, name, 100)
