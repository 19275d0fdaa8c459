"""Corrections of what was said of the data: right whatever a trial would say, and one undo step each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.spec import losses
from nnstudio.data.dataset import Dataset, sources
from nnstudio.data.repeats import Repeats
from nnstudio.data.splits import SplitKind
from nnstudio.data.tables.encoders import DateEncoder
from nnstudio.data.tables.marks import listed_marks
from nnstudio.data.tables.settings import ColumnRole, ColumnSetting, read_settings, write_settings
from nnstudio.model.commands import ChangeSettings, ChooseData
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph
from nnstudio.model.history import Together
from nnstudio.model.problems import Repair


def left_out(data: Dataset, at: int) -> tuple[Repair, ...]:
    """Leave out the column that an input comes from; nothing where no column of a table is that alone."""
    columns = [encoder.column for encoder in data.inputs for _ in encoder.features]
    if len(columns) != len(data.features) or columns.count(columns[at]) > 1 or len(columns) < 2:
        return ()
    column = columns[at]

    def make(document: Document, _graph: Graph) -> ChooseData:
        said = read_settings(str(document.data.options.get("columns", "")))
        said[column] = replace(said.get(column, ColumnSetting()), role=ColumnRole.LEFT_OUT)
        return choose(document, title, columns=write_settings(said))

    title = f"Leave the column '{column}' out"
    return (Repair(title, make),)


def counted_as_missing(data: Dataset, numbers: Sequence[float]) -> tuple[Repair, ...]:
    """Count numbers as missing values, of a table that can say so; nothing for none of them."""
    source = str(data.split_settings.get("source", ""))
    if not numbers or source not in sources or not sources[source].has_option("missing_marks"):
        return ()
    marks = [f"{number:g}" for number in numbers]
    title = f"Count {', '.join(marks)} as missing"

    def make(document: Document, _graph: Graph) -> ChooseData:
        said = listed_marks(str(document.data.options.get("missing_marks", "")))
        return choose(document, title, missing_marks=", ".join(dict.fromkeys([*said, *marks])))

    return (Repair(title, make),)


def without_repeats(data: Dataset) -> tuple[Repair, ...]:
    """Keep equal samples in one part, or each of them once, as far as data of this kind can be."""
    said = data.split_settings
    if "repeats" not in said or said["repeats"] != Repeats.AS_THEY_ARE:
        return ()
    roles = {setting.role for setting in read_settings(str(said.get("columns", ""))).values()}
    is_grouped = said.get("split") == SplitKind.BY_GROUP or (
        said.get("split") == SplitKind.GUESS and ColumnRole.GROUP in roles
    )
    chosen = [("Leave repeated samples out", Repeats.ONCE)]
    if not is_grouped and not data.own_parts:
        chosen.insert(0, ("Keep equal samples in one part", Repeats.IN_ONE_PART))

    def repair(title: str, repeats: Repeats) -> Repair:
        return Repair(title, lambda document, _graph: choose(document, title, repeats=repeats.value))

    return tuple(repair(title, repeats) for title, repeats in chosen)


def is_in_time(data: Dataset) -> bool:
    """Whether the parts follow each other in time, as far as the data tells: windows of a series, rows that
    are divided by a column of times, or in their order where that is the order of a date.
    """
    if data.series is not None:
        return True
    said = data.split_settings
    if any(c.role == ColumnRole.TIME for c in read_settings(str(said.get("columns", ""))).values()):
        return said.get("split") in (SplitKind.IN_ORDER, SplitKind.GUESS)
    return said.get("split") == SplitKind.IN_ORDER and _has_dates_in_order(data)


def _has_dates_in_order(data: Dataset) -> bool:
    """Whether the largest part of a date, such as its year, only rises or only falls from row to row."""
    at = 0
    for encoder in data.inputs:
        if isinstance(encoder, DateEncoder):
            steps = np.diff(np.concatenate([data.part(part)[0][:, at] for part in data.parts]))
            if (steps >= 0).all() or (steps <= 0).all():
                return True
        at += len(encoder.features)
    return False


def divided_by_lot(data: Dataset) -> tuple[Repair, ...]:
    """Parts as they are drawn where nobody says how, of rows that are divided in their order; nothing where
    they are in the order of time, or the data came in parts.
    """
    if data.split_settings.get("split") != SplitKind.IN_ORDER or is_in_time(data) or data.own_parts:
        return ()

    title = "Draw the parts by lot (Test rows: Automatic)"
    return (Repair(title, lambda document, _graph: choose(document, title, split=SplitKind.GUESS.value)),)


def taken_as_classes(data: Dataset, loss: str) -> tuple[Repair, ...]:
    """Take the target as classes, with a loss that suits them; nothing where data of this kind has no say."""
    source = str(data.split_settings.get("source", ""))
    can_say = source in sources and sources[source].has_option("task")
    if not can_say or (data.target_width > 1 and not data.inputs):
        return ()

    def make(document: Document, _graph: Graph) -> Together:
        choice = choose(document, title, task="classes")
        return Together(title, [choice, ChangeSettings(document, "loss", loss)])

    what = "target as classes" if data.target_width == 1 else "targets as yes or no"
    title = f"Take the {what}, with {losses[loss].title.lower()}"
    return (Repair(title, make),)


def choose(document: Document, title: str, **options: Any) -> ChooseData:
    """Other options of the data, as a step of this title."""
    data = document.data
    step = ChooseData(document, DataReference(data.kind, {**data.options, **options}))
    step.title = title
    return step
