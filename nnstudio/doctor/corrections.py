"""Corrections of what a person said of the data: right whatever a trial would say, and one undo step each."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.data.dataset import Dataset
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
        return _choose(document, title, columns=write_settings(said))

    title = f"Leave the column '{column}' out"
    return (Repair(title, make),)


def taken_as_classes(data: Dataset, loss: str) -> tuple[Repair, ...]:
    """Take the target of a table as classes, with a loss that suits them; nothing where it is no table."""
    if not data.inputs:
        return ()

    def make(document: Document, _graph: Graph) -> Together:
        choice = _choose(document, title, task="classes")
        return Together(title, [choice, ChangeSettings(document, "loss", loss)])

    title = "Take the target as classes" if len(data.targets) == 1 else "Take the targets as yes or no"
    return (Repair(title, make),)


def _choose(document: Document, title: str, **options: str) -> ChooseData:
    data = document.data
    step = ChooseData(document, DataReference(data.kind, {**data.options, **options}))
    step.title = title
    return step
