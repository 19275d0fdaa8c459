"""What a sweep leaves behind: projects as they were trained, and a run for each training; must not train."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnstudio.data.dataset import Dataset
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.runs.keeping import Circumstances, keep, snapshot_of
from nnstudio.runs.record import RunError, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.sweep.options import EXAMPLES_NAME, with_values
from nnstudio.sweep.results import Run, TrialResult
from nnstudio.sweep.space import FOLD_NAME, Repeat
from nnstudio.sweep.trial import Status
from nnstudio.training.state import TrainingState


def tried(
    project: Project, values: Mapping[str, Any], repeat: Repeat, state: TrainingState | None
) -> Project:
    """A project as one training of a sweep had it, with what it learned."""
    own = copy.copy(project)
    own.document = with_values(project.document, {**values, **repeat.settings})
    if repeat.fold:
        data = own.document.data
        own.document.set_data(DataReference(data.kind, {**data.options, FOLD_NAME: repeat.fold}))
    own.state, own.path = state, None
    return own


@dataclass
class SweepKeeper:
    """Keeps what a sweep reached.

    Attributes:
        path: the file of the project; None for one that was never saved.
        data: its samples.
        sweep: the name of the sweep.
    """

    store: RunStore
    project: Project
    path: Path | None
    data: Dataset
    sweep: str
    _has_failed: bool = False

    def keep(self, result: TrialResult) -> Iterator[str]:
        """Keep the trainings of a setting, in so far as they learned anything.

        Gives sentences on what went to make room, and once on why nothing can be kept; raises nothing.
        """
        for run in result.runs:
            try:
                told = self._keep_run(result, run)
                self._has_failed = False
                yield from (*self.store.take_notes(), *told)
            except RunError as error:
                if not self._has_failed:
                    yield f"Trainings of this sweep are not recorded: {error} The sweep goes on."
                self._has_failed = True

    def _keep_run(self, result: TrialResult, run: Run) -> tuple[str, ...]:
        outcome, repeat = run.outcome, run.repeat
        if outcome.state is None:
            return ()
        fold = {FOLD_NAME: repeat.fold} if repeat.fold else {}
        # The samples are divided in another way in each fold, and examples are some of them.
        is_other = bool(fold) or EXAMPLES_NAME in result.values
        circumstances = Circumstances(
            path=self.path, data=None if is_other else self.data, began=run.began, threads=1,
            sweep=self.sweep, values={**result.values, **repeat.settings, **fold},
        )  # fmt: skip
        status = RunStatus.FINISHED if result.status == Status.TRAINED else RunStatus.STOPPED
        project = tried(self.project, result.values, repeat, outcome.state)
        snapshot = snapshot_of(project, outcome.state, status, circumstances)
        if outcome.message:
            snapshot = replace(snapshot, record=replace(snapshot.record, notes=outcome.message))
        return keep(self.store, snapshot)
