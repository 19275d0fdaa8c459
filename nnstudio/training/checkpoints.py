"""Checkpoints of a run beside its project, so that a kill costs seconds; knows no window and no command.

Two files are kept, P.nns.checkpoint-1 and -2, and the older one is written over. Each is a whole project,
stored as it is and without a timeline, whose project.json says under "checkpoint" what it belongs to: under
another name it opens like any project.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nnstudio.model import projectfile
from nnstudio.model.archive import read_members
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import Document
from nnstudio.model.project_schema import CheckpointSchema, checked
from nnstudio.model.projectfile import LIMITS, PROJECT
from nnstudio.model.quantity import counted, day_and_time
from nnstudio.model.saved import SavedRun
from nnstudio.training.state import TrainingState


@dataclass(frozen=True)
class RunCheckpoint:
    """A checkpoint that was read, and is whole.

    Attributes:
        of: the project that its run began from, see `identity`.
        number: higher is newer.
        taken: when the run stood there, in UTC.
        goes_on: whether the run went on from what the project had learned.
        visited: samples of the running epoch.
        history: its curve, as `curve_columns` has it.
    """

    path: Path
    of: str
    number: int
    taken: datetime
    goes_on: bool
    run: str
    step: int
    epoch: int
    visited: int
    history: dict[str, np.ndarray] = field(repr=False, compare=False)

    @property
    def described(self) -> str:
        """What is in it and from when, as part of a sentence."""
        further = f" and {counted(self.visited, 'sample')} of the next" if self.visited else ""
        return f"{counted(self.epoch, 'epoch')}{further}, from {day_and_time(self.taken.astimezone())}"


@dataclass(frozen=True)
class Beside:
    """What lies beside a project, each newest first.

    Attributes:
        newer: checkpoints that go on from the project as it is.
        others: those of another project under this name, or of this one as it was before.
        damaged: files that cannot be read, and why.
    """

    newer: tuple[RunCheckpoint, ...]
    others: tuple[RunCheckpoint, ...]
    damaged: tuple[tuple[Path, str], ...]


def paths_beside(project: Path) -> tuple[Path, Path]:
    """Where checkpoints of a project lie."""
    first, second = (project.with_name(f"{project.name}.checkpoint-{i}") for i in (1, 2))
    return first, second


def identity(project: Path) -> str:
    """A hash of all that a project holds but its timeline: network, settings, data, what it learned.

    Raises ProjectError.
    """
    document = Document()
    opened = projectfile.read(project, document)
    content = projectfile.plain_content(document.to_dict(), opened.data.name, opened.data.hash)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    run = opened.run
    if run is not None:
        numbers = run.optimizer, run.step, run.epoch, run.cursor, run.partial, run.optimizer_began
        digest.update(repr(numbers).encode())
        arrays = [run.params, *(run.history[name] for name in sorted(run.history))]
        if run.best is not None:
            digest.update(repr(run.best[:2]).encode())
            arrays.append(run.best[2])
        for array in arrays:
            digest.update(array.tobytes())
    return digest.hexdigest()


def checkpoints_beside(path: Path, project: Path) -> Beside:
    """What lies beside ``path``, where a run of ``project`` is or was to be saved, without what that holds
    already. Raises ProjectError where the project cannot be read.
    """
    readable, damaged = [], []
    for file in paths_beside(path):
        # With a long name of the project, theirs may be too long to be.
        if os.path.exists(file):
            try:
                readable.append(read_checkpoint(file))
            except FileError as error:
                damaged.append((file, str(error)))
    if not readable:
        return Beside((), (), tuple(damaged))
    of, saved = identity(project), _saved_run(path)
    if saved is not None:
        readable = [one for one in readable if not _holds(saved.id, saved.step, saved.history, one)]
    readable.sort(key=lambda one: (one.taken, one.number), reverse=True)
    return Beside(
        tuple(one for one in readable if one.of == of),
        tuple(one for one in readable if one.of != of),
        tuple(damaged),
    )


def read_checkpoint(path: Path) -> RunCheckpoint:
    """Read a checkpoint and check that all of it is whole. Raises FileError."""
    opened = projectfile.read(path, Document())
    run = opened.run
    if opened.warnings or run is None:
        raise FileError(" ".join(opened.warnings) or f"'{path.name}' is no checkpoint: it holds no run.")
    try:
        content = json.loads(read_members(path, LIMITS, projectfile.SQUEEZED)[PROJECT])
        told = checked(content["checkpoint"], CheckpointSchema)
        taken = datetime.fromisoformat(told["taken"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FileError(f"'{path.name}' is no checkpoint, or it is damaged ({error}).") from error
    return RunCheckpoint(
        path, told["of"], told["number"], taken, told["goes_on"], run.id, run.step, run.epoch, run.cursor,
        run.history,
    )  # fmt: skip


def _saved_run(path: Path) -> SavedRun | None:
    """The run in a project; None where there is none to be had."""
    try:
        return projectfile.read(path, Document()).run
    except FileError:
        return None


def _holds(run: str, step: int, history: dict[str, np.ndarray], checkpoint: RunCheckpoint) -> bool:
    """Whether a run that came so far, with this curve, holds all that a checkpoint does.

    Two may have gone on from one saved state: the epochs after it then took other times.
    """
    if not run or run != checkpoint.run or step < checkpoint.step:
        return False
    theirs = checkpoint.history
    _, ours, other = np.intersect1d(history["epoch"], theirs["epoch"], return_indices=True)
    return bool(np.array_equal(history["seconds"][ours], theirs["seconds"][other]))


def forget_saved(path: Path, state: TrainingState, before: str = "") -> None:
    """Remove the checkpoints beside a project that was just saved with this state, as far as it holds them.

    ``before`` is what the run was called when it was taken up from a checkpoint. One that cannot be read or
    removed stays: it is told when the project is trained.
    """
    history = state.history.columns()
    for file in paths_beside(path):
        try:
            one = read_checkpoint(file) if os.path.exists(file) else None
            if one and any(_holds(run, state.step, history, one) for run in (state.run, before)):
                file.unlink()
        except (FileError, OSError):
            continue


def put_aside(beside: Beside, project: Path, taken: RunCheckpoint | None) -> list[str]:
    """Rename what lies beside a project and is not taken, so that no other is written over it.

    What an older checkpoint holds of a run is in a newer one, too: only that one stays. Returns sentences on
    what became of them. Raises FileError.
    """
    told, runs = [], {taken.run} if taken is not None else set()
    for one in (*beside.newer, *beside.others):
        if one.run not in runs:
            runs.add(one.run)
            name = _renamed(one.path, project, f"{project.stem}-epoch-{one.epoch}", project.suffix)
            told.append(f"A checkpoint of {one.described}, was kept as '{name}': it opens like any project.")
        elif taken is None:
            one.path.unlink(missing_ok=True)
    for path, why in beside.damaged:
        name = _renamed(path, project, f"{project.name}.damaged", "")
        told.append(f"{why} It was kept as '{name}'.")
    return told


def _renamed(path: Path, project: Path, name: str, suffix: str) -> str:
    """Give a file another name beside the project, with a number where that is taken. Raises FileError."""
    target, number = project.with_name(name + suffix), 1
    while target.exists():
        number += 1
        target = project.with_name(f"{name}-{number}{suffix}")
    try:
        path.rename(target)
    except OSError as error:
        raise FileError(
            f"'{path}' cannot be renamed to '{target.name}': {error.strerror or error}. It would be written "
            "over, so nothing was begun. Move it away."
        ) from error
    return target.name
