"""Curves of runs in TensorBoard's event format, a folder for each run."""

from __future__ import annotations

import contextlib
import re
import shutil
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nnstudio.data.terms import NO_GOAL, REAL_RIGHT, right_called
from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError, check_name
from nnstudio.runs.record import RunRecord
from nnstudio.training.curve import Curve

# Characters that some system refuses in names.
REFUSED = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
MOST_NAME = 60


def write_tensorboard(runs: Sequence[tuple[RunRecord, Curve]], folder: Path) -> tuple[Path, ...]:
    """Write a folder for each run into one; returns them.

    Scalars are "loss/training" and, for the part that was watched, "loss/validation" and so on, by epoch. The
    settings stand under Text. Where the accuracy counts real samples alone, it is called
    "real_called_real". Raises FileError; folders that were there stay as they were, and none of a run
    is written in part.
    """
    check_name(folder)
    targets = [folder / folder_name(record) for record, _ in runs]
    if existing := [target for target in targets if target.exists()]:
        raise FileError(f"'{existing[0]}' already exists. Choose another folder, or remove that one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for (record, curve), target in zip(runs, targets, strict=True):
            _write_run(record, curve, target)
    except OSError as error:
        raise FileError(
            f"'{folder}' cannot be written: {disk_faults.reason(error)}. {disk_faults.advice(error)}"
        ) from error
    return tuple(targets)


def folder_name(record: RunRecord) -> str:
    """What TensorBoard calls a run: its name, and the beginning of its id, as names may come twice."""
    name = REFUSED.sub("_", record.name)[:MOST_NAME].strip(" .")
    return f"{name}-{record.id[:8]}"


def _write_run(record: RunRecord, curve: Curve, target: Path) -> None:
    from tensorboardX.writer import SummaryWriter

    part = target.with_name(f".{uuid.uuid4().hex[:12]}.part")
    part.mkdir()
    try:
        with contextlib.closing(SummaryWriter(str(part))) as writer:
            began = _seconds(record.began)
            writer.add_text("run", _in_words(record), 0, walltime=began)
            times = began + curve.column("seconds")
            for tag, column in _tags(record).items():
                values = curve.column(column)
                for epoch, value, at in zip(curve.column("epoch"), values, times, strict=True):
                    if not np.isnan(value):
                        writer.add_scalar(tag, value, int(epoch), walltime=at)
        # The library's name of the file tells the machine's.
        (file,) = part.glob("*tfevents*")
        file.rename(part / f"events.out.tfevents.{began:.0f}.nnstudio")
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _tags(record: RunRecord) -> dict[str, str]:
    watched = record.watched or "watched"
    # TensorBoard takes no spaces in it.
    right = right_called("accuracy", record.only_real).replace(" ", "_")
    return {
        "loss/training": "loss",
        f"loss/{watched}": "val_loss",
        f"{right}/training": "accuracy",
        f"{right}/{watched}": "val_accuracy",
        "speed/samples_per_second": "samples_per_second",
    }


def _in_words(record: RunRecord) -> str:
    """What the Text tab shows, in Markdown."""
    facts = {
        "Run": record.name, "Project": record.project_name, "Data": record.data_name, "Samples": record.split,
        **{name.replace("_", " ").capitalize(): value for name, value in record.settings.items()},
        "Accuracy": f"{REAL_RIGHT}. {NO_GOAL}" if record.only_real else "",
        "Notes": record.notes, "Tags": ", ".join(record.tags),
    }  # fmt: skip
    return "\n\n".join(f"**{name}**: {value}" for name, value in facts.items() if value not in ("", {}))


def _seconds(text: str) -> float:
    """A record's time as seconds since 1970; 0 where there is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except ValueError:
        return 0.0
