"""A training state as a project file holds it, and back."""

from __future__ import annotations

from nnstudio.model.curve_columns import watched
from nnstudio.model.saved import SavedRun
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve
from nnstudio.training.kept_steps import KeptSteps
from nnstudio.training.state import Best, EndOfEpoch, TrainingState


def saved_run(s: TrainingState | None) -> SavedRun | None:
    """What is saved of a state; None where nothing was learned."""
    if s is None:
        return None
    best = (s.best.loss, s.best.waits_from, s.best.params) if s.best is not None else None
    return SavedRun(
        s.params, s.optimizer, s.step, s.epoch, s.cursor, s.partial, s.history.columns(), best,
        s.optimizer_began, s.schedule, s.kept.for_saving() if s.kept is not None else None, s.run,
        (s.best.epoch, s.best.step) if s.best is not None else None, s.returned_to, s.is_altered,
        s.goal, s.outputs, s.judged_from,
    )  # fmt: skip


def state_of(run: SavedRun, settings: TrainingSettings) -> TrainingState:
    """The state that was saved."""
    return TrainingState(
        run.params, run.optimizer, run.step, run.epoch, run.cursor, run.partial,
        Curve.of_columns(run.history), _best(run), run.optimizer_began,
        run.schedule or settings.remember(None, watched(run.history)),
        KeptSteps.of_saved(run.timeline), run.id,
        EndOfEpoch(*run.returned_to) if run.returned_to is not None else None, run.altered, run.goal,
        run.outputs, run.judged_from,
    )  # fmt: skip


def _best(run: SavedRun) -> Best | None:
    """The best epoch; in older files it is the one from which patience counts."""
    if run.best is None:
        return None
    loss, since, params = run.best
    epoch, step = run.best_of or (since, 0)
    return Best(loss, epoch, params, step, since)
