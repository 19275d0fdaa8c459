"""Which arrays of a network came from another one, and how a training begins with them under any seed."""

from __future__ import annotations

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.program import Layout, ParameterSlot
from nnkernels.spec import Shape, SpecError
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve
from nnstudio.training.state import TrainingState
from nnstudio.training.surgery.graft import Graft

NO_WEIGHTS = "The project has no layers of a trained network, so a training cannot start with them."
TRAINED = (
    "The project was trained since its layers were reused, and what it learned here would count as reused. "
    "Take it as it was before, or reuse the layers anew."
)


def check_reused(state: TrainingState | None) -> TrainingState:
    """A state in which some arrays were reused and nothing was trained since. Raises SpecError."""
    if state is None:
        raise SpecError(NO_WEIGHTS)
    if state.step:
        raise SpecError(TRAINED)
    return state


class ReusedWeights:
    """What came from elsewhere into a network that was not trained since.

    Those are the arrays that are not as its own seed draws them.
    """

    def __init__(
        self, network: NetworkSpec, shape: Shape, settings: TrainingSettings, state: TrainingState
    ) -> None:
        """``state``: see `check_reused`. Raises SpecError where nothing came from elsewhere."""
        self._layout = Layout.of(network, shape, settings.loss)
        self._params = state.params[: self._layout.parameter_count]
        drawn = self._layout.initial(settings.seed).astype(np.float32)
        self._came = {
            (slot.node, slot.name)
            for slot in self._layout.parameters
            if not np.array_equal(_at(self._params, slot), _at(drawn, slot))
        }
        if not self._came:
            raise SpecError(NO_WEIGHTS)

    def begun(self, network: NetworkSpec, shape: Shape, settings: TrainingSettings) -> TrainingState:
        """Where a training of a network like it begins: with what came, and the rest drawn by its seed."""
        layout = Layout.of(network, shape, settings.loss)
        params = layout.initial(settings.seed).astype(np.float32)
        graft = Graft(self._layout, layout, None, ((), ()), settings.seed)
        moved = graft.values(self._params, params)
        for plan in graft.arrays:
            if plan.source is not None and (plan.source.node, plan.source.name) in self._came:
                _at(params, plan.slot)[:] = _at(moved, plan.slot)
        return TrainingState(params, settings.optimizer, 0, 0, 0, (0.0, 0.0, 0.0), Curve())


def _at(flat: np.ndarray, slot: ParameterSlot) -> np.ndarray:
    return flat[slot.offset : slot.offset + slot.size]
