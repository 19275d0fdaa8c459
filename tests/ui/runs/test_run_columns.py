"""What stands in the table of runs, as a person says it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nnstudio.ui.runs.columns import tags_of, when


def test_times_are_as_short_as_they_can_be():
    at = datetime(2026, 3, 5, 13, 7, tzinfo=UTC)
    local = at.astimezone()
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert when(text, local.date()) == f"today {local:%H:%M}"
    assert when(text, date(2026, 12, 30)) == f"{local.day} Mar {local:%H:%M}"
    assert when(text, date(2027, 1, 1)) == f"{local.day} Mar 2026"
    assert when("") == "-"


@pytest.mark.parametrize(("text", "tags"), [("", ()), ("a", ("a",)), (" a b ,, c,a b", ("a b", "c"))])
def test_tags_are_written_with_commas_between(text, tags):
    assert tags_of(text) == tags
