"""What a sweep is to do, and whether its settings can be compared; trains nothing."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from enum import StrEnum

from nnkernels.spec import SpecError, losses
from nnstudio.data.dataset import DataError, Dataset, Split
from nnstudio.project import Project
from nnstudio.sweep.options import START_NAME, Start, setting_options
from nnstudio.sweep.space import Listed, Space
from nnstudio.training.reused import ReusedWeights, check_reused

# Of three settings that were trained equally far, one goes on; each rung is three times as long as the one
# before, and the first is at least a 27th of it all.
REDUCTION, FIRST_SHARE = 3, 27


class Method(StrEnum):
    """How settings are chosen: all of them, by lot, or by what the ones before reached."""

    GRID = "grid"
    RANDOM = "random"
    TPE = "tpe"


class Metric(StrEnum):
    """What settings are compared by."""

    VAL_LOSS = "val_loss"
    VAL_ACCURACY = "val_accuracy"

    @property
    def other(self) -> Metric:
        """What settings are not compared by."""
        return Metric.VAL_ACCURACY if self == Metric.VAL_LOSS else Metric.VAL_LOSS


@dataclass(frozen=True)
class Plan:
    """What a sweep is to do; ``trials``: how many settings at most, None for all of a grid."""

    space: Space
    method: Method = Method.GRID
    trials: int | None = None
    halving: bool = False
    metric: Metric = Metric.VAL_LOSS

    @property
    def maximises(self) -> bool:
        return self.metric == Metric.VAL_ACCURACY

    def rank(self, value: float) -> float:
        """The lower the better, whatever the metric is."""
        return -value if self.maximises else value

    @property
    def reuses(self) -> bool:
        """Whether some settings start with weights that the project has."""
        domains = [v.domain for v in self.space.searched if v.name == START_NAME]
        return any(isinstance(d, Listed) and set(d.values) != {Start.NEW} for d in domains)

    @property
    def total(self) -> int:
        """How many settings will be tried. Raises SpecError where there is no end of them."""
        size = self.space.size
        if self.method == Method.GRID:
            # Refuses ranges, which no grid has.
            next(self.space.grid())
        if size is None and self.trials is None:
            raise SpecError(f"Say how many settings --method {self.method} is to try, such as --trials 20.")
        return min(n for n in (size, self.trials) if n is not None)


def usual_workers() -> int:
    """A process for each core but one, which stays free for the window."""
    return max((os.cpu_count() or 2) - 1, 1)


def rungs(epochs: int, halving: bool) -> tuple[int, ...]:
    """After how many epochs in all a setting is compared with others; the last is ``epochs``.

    Raises SpecError where there are too few epochs to halve anything.
    """
    if not halving:
        return (epochs,)
    if epochs < REDUCTION:
        raise SpecError(f"Halving takes {REDUCTION} epochs or more; the project trains for {epochs}.")
    steps = [math.ceil(epochs / FIRST_SHARE)]
    while steps[-1] * REDUCTION < epochs:
        steps.append(steps[-1] * REDUCTION)
    return (*steps, epochs)


def check_plan(plan: Plan, project: Project, data: Dataset) -> list[str]:
    """Sentences on what the sweep leaves out, or makes the best setting look better than it is.

    Raises SpecError or DataError where the settings cannot be tried, or not be compared by the metric.
    """
    _check_metric(plan, project, data)
    rungs(project.document.settings.epochs, plan.halving)
    notes = []
    size, total = plan.space.size, plan.total
    if size is not None and plan.trials is not None and plan.trials > size:
        notes.append(f"There are {size:,} settings, so no more are tried.")
    if plan.method == Method.GRID and size is not None and total < size:
        notes.append(f"Of the {size:,} settings of the grid, the first {total:,} are tried.")
    if not plan.space.folds and data.watched == Split.TEST:
        notes.append(
            "This data has no validation part, so the test part decides which setting is best; new samples "
            "may do worse than it says."
        )
    return notes


def check_start(plan: Plan, project: Project, data: Dataset) -> None:
    """Raises SpecError where settings are to start with weights that the project has not."""
    if plan.reuses:
        document = project.document
        state = check_reused(project.state)
        ReusedWeights(document.to_network(), data.input_shape, document.settings, state)


def _check_metric(plan: Plan, project: Project, data: Dataset) -> None:
    names = {v.name for v in plan.space.searched}
    of_loss = losses[project.document.settings.loss].options
    measuring = {"loss"} | {n for n, o in setting_options(project.document.settings).items() if o in of_loss}
    if plan.metric == Metric.VAL_LOSS and names & measuring:
        raise SpecError(
            f"{' and '.join(sorted(names & measuring))} decides how val_loss is measured, so settings can't "
            "be compared by it. Take --metric val_accuracy, or leave it out."
        )
    if plan.halving and "epochs" in names:
        raise SpecError("Halving decides how many epochs a setting gets, so epochs cannot be varied with it.")
    if plan.metric == Metric.VAL_ACCURACY and not data.classes:
        raise DataError("This data has numbers to predict, and no accuracy. Take --metric val_loss.")
    if data.watched == Split.TRAINING and not plan.space.folds:
        raise DataError(
            "This data has samples for training only, and settings are compared by others. Choose a share "
            "for validation, such as --option validation_ratio=0.15, or vary the fold: --vary fold=1..5."
        )
