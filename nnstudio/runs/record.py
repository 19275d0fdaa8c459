"""What a run was, as plain data; must not know where it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from nnstudio.model.atomic_file import FileError

UNTITLED = "untitled"


class RunError(FileError):
    """A run, or the store of runs, that cannot be had; the text says which, why and what to do."""


class RunStatus(StrEnum):
    """How a run stands. Cut off: it was running, and its program is gone."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    REPLACED = "replaced"
    CUT_OFF = "cut off"


@dataclass(frozen=True)
class RunRecord:
    """A run without its curve and weights.

    Attributes:
        id: 32 hex digits, `TrainingState.run`.
        name: "" lets the store choose one, such as "spiral 3".
        began, changed: UTC, as `now` gives them.
        reason: why it ended before it was through, as a sentence; "" where nothing is to be said.
        network_hash: of all that the network computes with; not of names and positions.
        data_name, data_hash: of the file or folder, as the project has them; else of the kind of data.
        split: how many samples each part has, in words.
        watched: the part that val_loss and val_accuracy are of; "" where there is none.
        only_real: whether accuracies count real samples alone, see `holds_only_real`.
        settings: `TrainingSettings.to_dict`.
        epochs, steps, seconds: done so far; the time is that of training alone.
        estimate_seconds: what was expected for the whole run; None where nobody asked.
        metrics: numbers of the last epoch, by their names in the curve; None for what is no number.
        best: the epoch with the lowest watched loss, and its numbers; "span" where it is one of several.
        returned_to: the epoch whose weights early stopping brought back at the end; 0 for those of the last.
        stopped_early: whether its loss no longer fell, and it ended before all its epochs.
        changed_at: the step at which its network, data or settings were changed last in its course; else 0.
        bytes: what it takes in the store, without its data.
        has_weights, has_best_weights: whether the store has them; it sets these, as it sets ``bytes``.
        parent: the run that it came from, or "".
        sweep, values: the sweep that it belongs to, or "", and what that varied.
    """

    id: str
    name: str = ""
    project_name: str = UNTITLED
    project_path: str = ""
    began: str = ""
    changed: str = ""
    status: RunStatus = RunStatus.RUNNING
    reason: str = ""
    network_hash: str = ""
    data_kind: str = ""
    data_name: str = ""
    data_hash: str = ""
    split: str = ""
    watched: str = ""
    only_real: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    epochs: int = 0
    steps: int = 0
    seconds: float = 0.0
    estimate_seconds: float | None = None
    metrics: dict[str, int | float | None] = field(default_factory=dict)
    best: dict[str, int | float | None] = field(default_factory=dict)
    returned_to: int = 0
    stopped_early: bool = False
    changed_at: int = 0
    notes: str = ""
    tags: tuple[str, ...] = ()
    is_pinned: bool = False
    bytes: int = 0
    has_weights: bool = False
    has_best_weights: bool = False
    parent: str = ""
    sweep: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """What a column of a list of runs shows: a field, a metric of the weights that it ended with,
        "best.val_loss" or "learning_rate". None for none.
        """
        if name == "learning_rate":
            return self.learning_rate
        if name.startswith("best."):
            return self.best.get(name.removeprefix("best."))
        if name in self.metrics:
            return (self.best if self.ended_with_best else self.metrics).get(name)
        return getattr(self, name) if name in FIELDS else None

    @property
    def ended_with_best(self) -> bool:
        """Whether its final weights are those of its best epoch, and not of its last."""
        last, span = self.best.get("epoch") or 0, self.best.get("span") or 1
        return last - span < self.returned_to <= last and self.returned_to > 0

    @property
    def project_title(self) -> str:
        """The project's name; in runs of earlier versions one that was never saved is called as its data."""
        return self.project_name if self.project_name != UNTITLED else self.data_name or UNTITLED

    @property
    def learning_rate(self) -> float | None:
        """What it was trained with last; None where its optimizer is not known here."""
        # Loads the optimizers, which nobody needs who lists runs.
        from nnkernels.spec import optimizers
        from nnstudio.model.titles import entry_options

        options = entry_options(optimizers, str(self.settings.get("optimizer", "")))
        if "learning_rate" not in options:
            return None
        given = self.settings["optimizer_options"]
        return float(given.get("learning_rate", options["learning_rate"].default))


FIELDS = tuple(each.name for each in fields(RunRecord))
# Those that are texts or numbers.
SORTABLE = tuple(each.name for each in fields(RunRecord) if not str(each.type).startswith(("dict", "tuple")))
# What a person sets; a run that goes on never changes it.
PERSONAL = ("name", "notes", "tags", "is_pinned")


def now() -> str:
    """The time as records have it: UTC to the second, such as 2026-11-30T02:21:07Z; texts sort as times."""
    return utc(datetime.now(UTC))


def utc(time: datetime) -> str:
    """A time as records have it; one without a zone is the person's own clock's."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_time(text: str) -> str:
    """A record's time as the person's clock shows it, such as 2026-11-30 03:21; "" where there is none."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text


def taken_up(before: RunRecord, after: RunRecord) -> RunRecord:
    """The record of a run that goes on: what is known only from before, and what a person set, stays."""
    kept: dict[str, Any] = {name: getattr(before, name) for name in (*PERSONAL, "began")}
    for name in ("parent", "sweep", "values", "estimate_seconds", "split", "watched"):
        if not getattr(after, name):
            kept[name] = getattr(before, name)
    return replace(after, **kept)


def free_name(project_name: str, taken: Iterable[str]) -> str:
    """The project's name with the number after the highest that its runs have."""
    pattern = re.compile(re.escape(project_name) + r" (\d{1,9})")
    numbers = [int(match[1]) for name in taken if (match := pattern.fullmatch(name))]
    return f"{project_name} {max(numbers, default=0) + 1}"


@dataclass(frozen=True)
class RunContent:
    """What lies beside a record; None leaves what the store has of it.

    Attributes:
        project: project.json of `projectfile.members_of`.
        curve: history.safetensors of it; it may go on beyond where ``project`` and ``final`` stand.
        final: weights.safetensors of it, where training stands.
        best: safetensors of "params", float32 (values,), and "epoch", int64 (1,): the best weights, and after
            which epoch they were so.
        table: the data that travels along, whose hash is ``RunRecord.data_hash``.
    """

    project: bytes | None = None
    curve: bytes | None = None
    final: bytes | None = None
    best: bytes | None = None
    table: bytes | None = None


@dataclass(frozen=True)
class RemovedRun:
    """A run that went to make room, and when."""

    id: str
    name: str
    began: str
    removed: str


@dataclass(frozen=True)
class RunFilter:
    """Which runs are listed; what is empty lets all through.

    Attributes:
        text: each of its words must stand in the name, project, notes, a tag, the data, the settings, or what
            a sweep varied.
        project: the project's name, or the path of its file.
        since: the earliest beginning, as in records; a date is enough.
    """

    text: str = ""
    status: str = ""
    tag: str = ""
    project: str = ""
    sweep: str = ""
    since: str = ""

    def lets_through(self, record: RunRecord) -> bool:
        if self.status and record.status != self.status:
            return False
        if self.sweep and record.sweep != self.sweep:
            return False
        if self.tag and self.tag.casefold() not in (tag.casefold() for tag in record.tags):
            return False
        if self.project and self.project.casefold() not in (
            record.project_name.casefold(),
            record.project_path.casefold(),
        ):
            return False
        if self.since and record.began < self.since:
            return False
        searched = _searched(record) if self.text else ""
        return all(word in searched for word in self.text.casefold().split())


def _searched(record: RunRecord) -> str:
    """The text in which words are looked for."""
    settings = (str(record.settings.get(name, "")) for name in ("optimizer", "loss", "schedule"))
    varied = (f"{name}={value}" for name, value in record.values.items())
    parts = (
        record.name, record.project_name, record.notes, *record.tags, record.data_name, record.data_kind,
        record.status, record.id, *settings, record.sweep, *varied,
    )  # fmt: skip
    return "\n".join(parts).casefold()


def in_order(records: Iterable[RunRecord], order: str, is_descending: bool) -> list[RunRecord]:
    """Sorted by a column (`RunRecord.value`); runs without a value come last in either direction."""
    known: list[tuple[Any, RunRecord]] = []
    unknown: list[RunRecord] = []
    for record in records:
        value = record.value(order)
        if value is None or value != value or isinstance(value, Mapping):
            unknown.append(record)
        else:
            known.append((value.casefold() if isinstance(value, str) else value, record))
    known.sort(key=lambda pair: pair[0], reverse=is_descending)
    return [*(record for _, record in known), *unknown]
