"""A kept run as a project that can be opened; must not know the store's tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from nnstudio.model.projectfile import HISTORY, PROJECT, TABLE, WEIGHTS
from nnstudio.project import Project
from nnstudio.runs.record import RunError, RunRecord
from nnstudio.training.curve import Curve

LOST = (
    "The weights of this run are no longer kept, to make room for newer runs. Its network, settings and data "
    "are here: train it again."
)
NEVER = "This run kept no weights: it ended before they were first written. Train it again."


def final_of(record: RunRecord, contents: Mapping[str, bytes], table: bytes | None) -> Project:
    """The project where its training stands. Raises RunError, and ProjectError.

    ``contents`` are what the store has of "project", "curve", "final" and "best".
    """
    if "project" not in contents:
        raise RunError(f"Nothing but the record was kept of '{record.name}', so it cannot be opened.")
    members = {PROJECT: contents["project"]}
    if table is not None:
        members[TABLE] = table
    told = ""
    if "final" in contents and "curve" in contents:
        members |= {WEIGHTS: contents["final"], HISTORY: contents["curve"]}
    elif (plain := json.loads(contents["project"])).pop("run", None) is not None:
        members[PROJECT] = json.dumps(plain).encode()
        told = LOST if record.steps else NEVER
    project = Project.of_members(members, f"The run '{record.name}'")
    if told:
        project.warnings = (*project.warnings, told)
    return project


def of_best(record: RunRecord, contents: Mapping[str, bytes], table: bytes | None) -> Project:
    """The project with the weights after the best epoch, and the curve up to there. Raises as `final_of`."""
    from safetensors.numpy import load

    project = final_of(record, contents, table)
    state = project.state
    if "best" not in contents or state is None:
        raise RunError(f"The best weights of '{record.name}' are not kept. Open it with its final weights.")
    epoch = int(record.best.get("epoch") or 0)
    columns = state.history.columns()
    upto = columns["epoch"] <= epoch
    curve = Curve.of_columns({name: values[upto] for name, values in columns.items()})
    step = curve[-1].steps if curve else 0
    project.state = replace(
        state, params=load(contents["best"])["params"], step=step, epoch=epoch, cursor=0,
        partial=(0.0, 0.0, 0.0), history=curve, best=None, optimizer_began=step, schedule=None, kept=None,
        run="", returned_to=None, is_altered=False,
    )  # fmt: skip
    return project
