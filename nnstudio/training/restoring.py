"""Whether a saved state can be gone on from: nothing of it reaches the engine unchecked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.program import MOST_STEPS, StateError, check_count

if TYPE_CHECKING:
    from nnstudio.training.state import TrainingState

# Steps and epochs that a saved run can have made: it can go on, be saved, and opened again.
MOST_SAVED = MOST_STEPS // 2
REMEDY = " Reset it to start again."


def check_state(state: TrainingState, parameters: int, samples: int) -> None:
    """Raises StateError where the state does not fit so many parameters and training samples."""
    _check_array(state.params, "weights")
    if len(state.params) < parameters or (len(state.params) - parameters) % max(parameters, 1):
        raise StateError(
            f"The saved weights have {len(state.params):,} values, but this network has {parameters:,}. "
            "The network was changed after it was trained; reset it to start again."
        )
    check_count(state.step, MOST_SAVED, "The steps of a saved run", REMEDY)
    check_count(state.optimizer_began, state.step, "The steps before a saved run's optimizer began", REMEDY)
    check_count(state.judged_from, state.step, "The steps before a saved run's last change", REMEDY)
    check_count(state.epoch, MOST_SAVED, "The epochs of a saved run", REMEDY)
    check_count(state.cursor, samples, "The samples that a saved run has visited in its last epoch", REMEDY)
    _check_sums(state)
    if state.kept is not None and any(len(values) != parameters for values in state.kept.parameters[:1]):
        raise StateError(
            f"The saved steps of the timeline have {len(state.kept.parameters[0]):,} values, but this "
            f"network has {parameters:,}.{REMEDY}"
        )
    if state.returned_to is not None:
        check_count(state.returned_to.epoch, state.epoch, "The epoch that a saved run returned to", REMEDY)
        check_count(state.returned_to.step, state.step, "The step that a saved run returned to", REMEDY)
    if state.best is not None:
        _check_array(state.best.params, "best weights")
        check_count(state.best.epoch, state.epoch, "The best epoch of a saved run", REMEDY)
        check_count(state.best.since, state.epoch, "The epoch that a saved run waits from", REMEDY)
        check_count(state.best.step, state.step, "The best step of a saved run", REMEDY)
        if len(state.best.params) != parameters:
            raise StateError(
                f"The saved best weights have {len(state.best.params):,} values, but this network has "
                f"{parameters:,}.{REMEDY}"
            )


def _check_array(values: object, what: str) -> None:
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind != "f":
        shape = f"{values.dtype} {values.shape}" if isinstance(values, np.ndarray) else repr(values)
        raise StateError(f"The saved {what} must be one row of float numbers; received {shape}.")


def _check_sums(state: TrainingState) -> None:
    """The sums of a running epoch are over the samples that it has visited."""
    try:
        loss, correct, visited = (float(value) for value in state.partial)
    except (TypeError, ValueError) as error:
        text = f"The sums of a saved run must be three numbers; received {state.partial!r}."
        raise StateError(text) from error
    if not (math.isfinite(loss) and math.isfinite(correct)) or (state.cursor and visited != state.cursor):
        raise StateError(
            f"The saved run has visited {state.cursor:,} samples of its last epoch, but its sums are "
            f"{loss:g} and {correct:g} over {visited:g}.{REMEDY}"
        )
