"""Records: what goes on keeps what a person set, names are free, filters and orders are as people expect."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from runs.recorded import record

from nnstudio.runs.record import (
    RunFilter,
    free_name,
    in_order,
    local_time,
    now,
    taken_up,
    utc,
)


def test_a_run_that_goes_on_keeps_what_a_person_set_and_when_it_began():
    before = record(1, name="mine", notes="n", tags=("a",), is_pinned=True, parent="p", epochs=3, split="all")
    after = record(5, epochs=9)
    merged = taken_up(before, replace(after, id=before.id, name="spiral 4"))
    assert (merged.name, merged.notes, merged.tags, merged.is_pinned) == ("mine", "n", ("a",), True)
    assert (merged.began, merged.parent, merged.split) == (before.began, "p", "all")
    assert (merged.epochs, merged.changed) == (9, after.changed)


def test_what_is_known_anew_takes_the_place_of_what_was_known():
    before, after = record(1, parent="p", estimate_seconds=3.0), record(1, parent="q", estimate_seconds=4.0)
    merged = taken_up(before, after)
    assert (merged.parent, merged.estimate_seconds) == ("q", 4.0)


@pytest.mark.parametrize(
    "taken, free",
    [
        ([], "a.b 1"),
        (["a.b 1", "a.b 7", "other 9", "axb 12", "a.b 8 old"], "a.b 8"),
        (["a.b 99999999999999999999"], "a.b 1"),
    ],
)
def test_a_free_name_counts_on_from_the_highest(taken, free):
    assert free_name("a.b", taken) == free


def test_times_are_utc_and_sort_as_texts():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())
    there = timezone(timedelta(hours=2))
    assert utc(datetime(2026, 11, 30, 1, 0, tzinfo=there)) == "2026-11-29T23:00:00Z"
    shown = datetime(2026, 11, 29, 23, 0, tzinfo=UTC).astimezone()
    assert local_time("2026-11-29T23:00:00Z") == f"{shown:%Y-%m-%d %H:%M}"
    assert local_time("") == ""


RUN = record(
    30, name="Äpfel 3", project_name="fruit", project_path="/home/me/fruit.nns",
    notes="first try\nwith noise", tags=("Good", "to show"), data_name="fruit.csv", sweep="s1",
    settings={"optimizer": "adam"}, values={"dense_1.units": 8},
)  # fmt: skip


@pytest.mark.parametrize(
    "chosen",
    [
        RunFilter(),
        RunFilter(text="äpfel"),
        RunFilter(text="NOISE first"),
        RunFilter(text="adam fruit.csv"),
        RunFilter(text="00001e"),
        RunFilter(text="s1 dense_1.units=8"),
        RunFilter(tag="good"),
        RunFilter(status="finished"),
        RunFilter(project="FRUIT"),
        RunFilter(project="/home/me/fruit.nns"),
        RunFilter(since="2026-11-02"),
        RunFilter(since=RUN.began),
        RunFilter(sweep="s1"),
    ],
)
def test_a_filter_lets_through(chosen):
    assert chosen.lets_through(RUN)


@pytest.mark.parametrize(
    "chosen",
    [
        RunFilter(text="pear"),
        RunFilter(text="noise pear"),
        RunFilter(tag="show"),
        RunFilter(status="running"),
        RunFilter(project="frui"),
        RunFilter(since="2026-11-03"),
        RunFilter(sweep="s"),
    ],
)
def test_a_filter_holds_back(chosen):
    assert not chosen.lets_through(RUN)


def test_order_by_any_column_with_unknown_values_last():
    runs = [
        record(1, name="b", metrics={"val_loss": 2.0}, best={"epoch": 4}),
        record(2, name="C", metrics={"val_loss": None}),
        record(3, name="a", metrics={"val_loss": 0.5}, best={"epoch": 9}),
    ]

    def names(order: str, is_descending: bool) -> str:
        return "".join(run.name for run in in_order(runs, order, is_descending))

    assert names("began", True) == "aCb" and names("name", False) == "abC"
    assert names("val_loss", False) == "abC" and names("val_loss", True) == "baC"
    assert names("best.epoch", True) == "abC"
    assert names("settings", False) == names("no such column", False) == "bCa"
