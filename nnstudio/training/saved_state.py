"""A training state as plain data, such as a project file holds it, and back."""

from __future__ import annotations

from nnstudio.model.curve_columns import watched
from nnstudio.model.saved import SavedRun
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve
from nnstudio.training.kept_steps import KeptSteps
from nnstudio.training.session import Best, TrainingState


def saved_run(s: TrainingState | None) -> SavedRun | None:
    """What is saved of a state; None of none."""
    if s is None:
        return None
    best = (s.best.loss, s.best.epoch, s.best.params) if s.best is not None else None
    return SavedRun(
        s.params, s.optimizer, s.step, s.epoch, s.cursor, s.partial, s.history.columns(), best,
        s.optimizer_began, s.schedule, s.kept.for_saving() if s.kept is not None else None, s.run,
    )  # fmt: skip


def state_of(run: SavedRun, settings: TrainingSettings) -> TrainingState:
    """The state that was saved; ``settings`` are those of its project."""
    best = Best(*run.best) if run.best is not None else None
    schedule = run.schedule or settings.remember(None, watched(run.history))
    return TrainingState(
        run.params, run.optimizer, run.step, run.epoch, run.cursor, run.partial,
        Curve.of_columns(run.history), best, run.optimizer_began, schedule,
        KeptSteps.of_saved(run.timeline), run.id,
    )  # fmt: skip
