"""Makes the record of a run from its project and where its training stands, and keeps it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio import __version__
from nnstudio.data.dataset import Dataset, Split, sources
from nnstudio.data.imitation import holds_only_real
from nnstudio.model.curve_columns import DRAWN, SPAN
from nnstudio.model.projectfile import HISTORY, PROJECT, WEIGHTS, members_of
from nnstudio.model.saved import SavedData, SavedRun
from nnstudio.project import Project
from nnstudio.project_name import name_of
from nnstudio.runs.network_changes import computed
from nnstudio.runs.record import RunContent, RunRecord, RunStatus, now
from nnstudio.runs.store import RunStore
from nnstudio.training.curve import Curve
from nnstudio.training.state import TrainingState


@dataclass(frozen=True)
class Circumstances:
    """What a project and its training state do not tell of a run.

    Attributes:
        path: the file that it is saved in; None for one that was never saved.
        data: the samples; None where they are not at hand: how they are divided is then not kept.
        threads: that the training used; 0 where that is not known.
        best: parameters after the epoch with the lowest watched loss, float32 (values,), where known.

    All others are as in `RunRecord`; what is empty leaves what the store has.
    """

    path: Path | None = None
    data: Dataset | None = None
    began: str = ""
    threads: int = 0
    reason: str = ""
    estimate_seconds: float | None = None
    parent: str = ""
    sweep: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    best: np.ndarray | None = None


NOTHING_MORE = Circumstances()


@dataclass(frozen=True)
class RunSnapshot:
    """A run at one moment: a copy, which any thread may keep.

    Attributes:
        parts: document, run and data, as `Project.content` gives them.
    """

    record: RunRecord
    parts: tuple[dict[str, Any], SavedRun | None, SavedData]
    best: np.ndarray | None

    def content(self) -> RunContent:
        """As the store takes it."""
        from safetensors.numpy import save

        document, run, data = self.parts
        members = dict(members_of(document, run, replace(data, table=None)))
        epoch = np.array([self.record.best.get("epoch") or 0], np.int64)
        best = None if self.best is None else save({"params": self.best, "epoch": epoch})
        return RunContent(members[PROJECT], members[HISTORY], members[WEIGHTS], best, data.table)

    def curve(self) -> RunContent:
        """The curve alone: the weights of a large network are not to be written every ten seconds."""
        from safetensors.numpy import save

        run = self.parts[1]
        assert run is not None
        return RunContent(curve=save(run.history))

    @property
    def bytes(self) -> int:
        """Of the weights."""
        run = self.parts[1]
        assert run is not None
        return run.params.nbytes + (0 if self.best is None else self.best.nbytes)


def snapshot_of(
    project: Project, state: TrainingState, status: RunStatus, circumstances: Circumstances = NOTHING_MORE
) -> RunSnapshot:
    """A copy of a run; quick, and to be called on the thread that changes the project.

    ``state`` must name its run (`TrainingState.run`).
    """
    # The timeline takes more than all else, and whoever reopens a run trains anew.
    parts = project.content(replace(state, kept=None))
    record = record_of(project, state, status, circumstances, parts)
    return RunSnapshot(record, parts, circumstances.best)


def keep(store: RunStore, snapshot: RunSnapshot) -> tuple[str, ...]:
    """Keep a run as it stood; returns sentences on what went to make room. Raises RunError."""
    return store.save(snapshot.record, snapshot.content())


def record_of(
    project: Project,
    state: TrainingState,
    status: RunStatus,
    circumstances: Circumstances,
    parts: tuple[dict[str, Any], SavedRun | None, SavedData],
) -> RunRecord:
    """The record of a run as it stands; ``parts`` as `Project.content` gives them."""
    document, _, saved = parts
    settings, curve, data = project.document.settings, state.history, circumstances.data
    path = circumstances.path or project.path
    kind = document["data"]["kind"]
    watched = "" if data is None or data.watched == Split.TRAINING else str(data.watched)
    return RunRecord(
        id=state.run,
        project_name=name_of(project) if path is None else path.stem,
        project_path="" if path is None else str(path.absolute()),
        began=circumstances.began or now(),
        changed=now(),
        status=status,
        reason=circumstances.reason,
        network_hash=_hash(computed(document)),
        data_kind=kind,
        data_name=saved.name or (sources[kind].title if kind in sources else kind),
        data_hash=saved.hash or _hash([kind, _without_path(document["data"]["options"])]),
        split="" if data is None else data.sizes,
        only_real=data is not None and holds_only_real(data),
        watched=watched,
        settings=settings.to_dict(),
        seed=settings.seed,
        versions=_versions(),
        machine=_machine() | ({"threads": circumstances.threads} if circumstances.threads else {}),
        epochs=state.epoch,
        steps=state.step,
        seconds=curve[-1].seconds if curve else 0.0,
        estimate_seconds=circumstances.estimate_seconds,
        metrics={name: getattr(curve[-1], name) for name in DRAWN} if curve else {},
        best=best_of(curve),
        returned_to=0 if state.returned_to is None else state.returned_to.epoch,
        stopped_early=state.returned_to is not None and state.epoch < (state.goal or settings.epochs),
        changed_at=state.judged_from,
        parent=circumstances.parent,
        sweep=circumstances.sweep,
        values=dict(circumstances.values),
    )


def best_of(curve: Curve) -> dict[str, int | float | None]:
    """The epoch with the lowest watched loss and its numbers; of several epochs in a row, that loss alone,
    the last of them as "epoch" and their number as "span".
    """
    if not curve:
        return {}
    watched = "val_loss" if curve.has("val_loss") else "loss"
    lowest = curve.column(f"{watched}_lowest")
    if np.isnan(lowest).all():
        return {}
    at = int(np.nanargmin(lowest))
    row, span = curve[at], curve.column(SPAN)[at]
    if span > 1:
        return {"epoch": row.epoch, watched: float(lowest[at]), "span": float(span)}
    return {"epoch": row.epoch, **{name: getattr(row, name) for name in DRAWN}}


def _without_path(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "path"}


def _hash(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


@cache
def _versions() -> dict[str, str]:
    versions = {"nnstudio": __version__, "python": platform.python_version()}
    for name in ("numpy", "numba"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


@cache
def _machine() -> dict[str, Any]:
    system = f"{platform.system()} {platform.release()}".strip()
    return {"system": system, "processor": _processor(), "cores": os.cpu_count() or 1}


def _processor() -> str:
    """What it is called; on Linux, Python itself tells the architecture alone."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
