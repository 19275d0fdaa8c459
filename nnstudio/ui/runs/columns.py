"""The columns of the table of runs: what stands in each, and by what it is sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nnstudio.data.terms import NO_GOAL, REAL_RIGHT
from nnstudio.model.quantity import in_digits
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.runs.room import in_bytes
from nnstudio.training.ending import BY_YOU, EARLY, FINISHED
from nnstudio.training.estimate import show_seconds

# Of what a run does not have.
NONE = "-"
STATUSES = {
    RunStatus.RUNNING: "training",
    RunStatus.FINISHED: FINISHED.lower(),
    RunStatus.STOPPED: BY_YOU.lower(),
    RunStatus.REPLACED: "replaced",
    RunStatus.CUT_OFF: "cut off",
}
FAILED = "failed"
EARLY_TIP = "It ended before all its epochs, for the loss that it watches no longer fell."
STATUS_TIPS = {
    RunStatus.RUNNING: "It trains now, in this window or elsewhere.",
    RunStatus.FINISHED: "It trained to its end.",
    RunStatus.STOPPED: "You paused or stopped it before its end, or left its project.",
    RunStatus.REPLACED: "It was reset, or its network was changed, before its end.",
    RunStatus.CUT_OFF: "Its program ended without closing: it is as it was when it was kept last.",
}


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        id: what it is sorted by, see `RunRecord.value`, where it can be.
        title: may have two lines.
        text: what stands there of a run; "" where more is needed for that than its record.
        letters: about so wide, in mean letters.
        is_edited: whether a person may write there.
    """

    id: str
    title: str
    tip: str
    text: Callable[[RunRecord], str]
    letters: int
    is_number: bool = False
    is_edited: bool = False
    is_sorted: bool = True


def when(text: str, today: date | None = None) -> str:
    """A record's time as a person says it: the clock alone of today, and the year of another year."""
    try:
        at = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return NONE
    today = today or datetime.now().astimezone().date()
    if at.date() == today:
        return f"today {at:%H:%M}"
    day = f"{at.day} {at:%b}"
    return f"{day} {at:%H:%M}" if at.year == today.year else f"{day} {at.year}"


def _number(name: str) -> Callable[[RunRecord], str]:
    def text(record: RunRecord) -> str:
        value = record.value(name)
        return NONE if value is None else in_digits(value)

    return text


def status_of(record: RunRecord) -> str:
    """How a run stands, in a word or two."""
    if record.stopped_early and record.status == RunStatus.FINISHED:
        return EARLY.lower()
    has_failed = record.status == RunStatus.STOPPED and record.reason
    return FAILED if has_failed else STATUSES[record.status]


def status_tip(record: RunRecord) -> str:
    """What its status means."""
    if status_of(record) == FAILED:
        return record.reason
    return EARLY_TIP if status_of(record) == EARLY.lower() else STATUS_TIPS[record.status]


def metric_tip(record: RunRecord) -> str:
    """Of which epoch its losses and accuracies are, and what those count."""
    counted_real = f" Accuracy here: {REAL_RIGHT}. {NO_GOAL}" if record.only_real else ""
    return f"{_epoch_tip(record)}{counted_real}".strip()


def _epoch_tip(record: RunRecord) -> str:
    if record.ended_with_best:
        return f"Of epoch {record.returned_to:,}, the best: the run ended with its weights. Open gives them."
    if record.returned_to:
        return f"Of epoch {record.epochs:,}, the last; Open gives those of epoch {record.returned_to:,}."
    return f"Of epoch {record.epochs:,}, the last." if record.epochs else ""


def _share(name: str) -> Callable[[RunRecord], str]:
    def text(record: RunRecord) -> str:
        value = record.value(name)
        real = " real" if record.only_real else ""
        return NONE if value is None else f"{value:.1%}{real}"

    return text


def _nothing(_record: RunRecord) -> str:
    return ""


def tags_of(text: str) -> tuple[str, ...]:
    """Tags as a person writes them, with commas between; none twice."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def _of_run(value: Callable[[RunRecord], Any]) -> Callable[[RunRecord], str]:
    return lambda record: str(value(record))


COLUMNS = (
    Column("is_pinned", "", "Pinned: such a run is never deleted to make room", _nothing, 4),
    Column("network", "Network", "The network that was trained", _nothing, 15, is_sorted=False),
    Column("name", "Name", "What the run is called; F2 or a double-click renames it",
           _of_run(lambda r: r.name), 18, is_edited=True),
    Column("differs", "What differs", "From the run that it came from, else from the one before it in its "
           "project; in a sweep, from the run before the sweep", _nothing, 34, is_sorted=False),
    Column("project_name", "Project", "The project that it was trained in",
           _of_run(lambda r: r.project_title), 14),
    Column("changed", "Last trained", "When it was trained last", lambda r: when(r.changed), 16),
    Column("status", "Status", "How the run stands", status_of, 13),
    Column("epochs", "Epochs", "Epochs that it trained", lambda r: f"{r.epochs:,}", 8, True),
    Column("learning_rate", "Learning\nrate", "Learning rate that it was trained with last",
           _number("learning_rate"), 10, True),
    Column("loss", "Training\nloss", "Training loss of the weights that Open gives",
           _number("loss"), 10, True),
    Column("val_loss", "Validation\nloss", "Validation loss of the weights that Open gives",
           _number("val_loss"), 10, True),
    Column("accuracy", "Training\naccuracy", "Training accuracy of the weights that Open gives",
           _share("accuracy"), 10, True),
    Column("val_accuracy", "Validation\naccuracy", "Validation accuracy of the weights that Open gives",
           _share("val_accuracy"), 10, True),
    Column("seconds", "Time", "How long it trained, pauses left out", lambda r: show_seconds(r.seconds), 10,
           True),
    Column("bytes", "Size", "What it takes on disk, without its data", lambda r: in_bytes(r.bytes), 11, True),
    Column("tags", "Tags", "Your own words, with commas between; F2 or a double-click changes them",
           _of_run(lambda r: ", ".join(r.tags)), 12, is_edited=True),
)  # fmt: skip
# Of the weights that a run ended with.
METRICS = frozenset({"loss", "val_loss", "accuracy", "val_accuracy"})
AT = {column.id: i for i, column in enumerate(COLUMNS)}
