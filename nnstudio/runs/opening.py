"""A kept run as a project that can be opened; must not know the store's tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from nnstudio.model.projectfile import HISTORY, PROJECT, TABLE, WEIGHTS
from nnstudio.model.quantity import counted
from nnstudio.project import Project
from nnstudio.runs.record import RunError, RunRecord
from nnstudio.training.curve import Curve

LOST = (
    "The weights of this run are no longer kept, to make room for newer runs. Its network, settings and data "
    "are here: train it again."
)


def final_of(record: RunRecord, contents: Mapping[str, bytes], table: bytes | None) -> Project:
    """The project where its training stands, or stood when its weights were last written. Raises RunError,
    and ProjectError.

    ``contents`` are what the store has of "project", "curve", "final" and "best".
    """
    project = _opened(record, contents, table)
    if project.state is not None and project.state.epoch < record.epochs:
        _warn(
            project,
            f"The run has {counted(record.epochs, 'whole epoch')}, but its weights were last kept after "
            f"{project.state.epoch:,}. A checkpoint beside the project may have later ones: nnstudio train "
            "--resume goes on from it.",
        )
    return project


def of_best(record: RunRecord, contents: Mapping[str, bytes], table: bytes | None) -> Project:
    """The project with the weights after the best epoch, and the curve up to there. Raises as `final_of`."""
    from safetensors.numpy import load

    project = _opened(record, contents, table)
    state = project.state
    if "best" not in contents or state is None:
        raise RunError(f"The best weights of '{record.name}' are not kept. Open it with its final weights.")
    arrays = load(contents["best"])
    epoch = int(arrays["epoch"][0])
    columns = state.history.columns()
    upto = columns["epoch"] <= epoch
    curve = Curve.of_columns({name: values[upto] for name, values in columns.items()})
    step = curve[-1].steps if curve else 0
    project.state = replace(
        state, params=arrays["params"], step=step, epoch=epoch, cursor=0,
        partial=(0.0, 0.0, 0.0), history=curve, best=None, optimizer_began=step, schedule=None, kept=None,
        run="", returned_to=None, is_altered=False, judged_from=min(state.judged_from, step),
    )  # fmt: skip
    if epoch != record.best.get("epoch"):
        _warn(project, f"Later weights were better than these, after epoch {epoch:,}, but were not kept.")
    return project


def _opened(record: RunRecord, contents: Mapping[str, bytes], table: bytes | None) -> Project:
    if "project" not in contents:
        raise RunError(f"Nothing but the record was kept of '{record.name}', so it cannot be opened.")
    plain = json.loads(contents["project"])
    members = {PROJECT: contents["project"]}
    if table is not None:
        members[TABLE] = table
    has_weights = "final" in contents and "curve" in contents
    if has_weights:
        members |= {WEIGHTS: contents["final"], HISTORY: _first(contents["curve"], plain["run"]["history"])}
    else:
        del plain["run"]
        members[PROJECT] = json.dumps(plain).encode()
    project = Project.of_members(members, f"The run '{record.name}'")
    if not has_weights:
        _warn(project, LOST)
    return project


def _warn(project: Project, text: str) -> None:
    project.warnings = (*project.warnings, text)


def _first(curve: bytes, rows: int) -> bytes:
    """The first rows of a curve, which was written on after the weights."""
    from safetensors.numpy import load, save

    columns = load(curve)
    if all(len(values) <= rows for values in columns.values()):
        return curve
    return save({name: values[:rows] for name, values in columns.items()})
