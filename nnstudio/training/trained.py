"""A network as it was saved, without the data that it learned from: it predicts, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from nnkernels.graph.network import NetworkSpec
from nnkernels.program import MOST_STEPS, Layout
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.fixed import Fixed
from nnstudio.training.restoring import check_state
from nnstudio.training.state import TrainingState
from nnstudio.training.targets import are_balanced, check_targets


class Trained(Fixed):
    """A network with the parameters of a saved state; ``data`` needs no samples.

    Raises SpecError, NodeError or StateError with a sentence where they do not fit together.

    Attributes:
        lacks_weights: whether it was trained with class weights that follow from samples, and are not known.
    """

    def __init__(
        self,
        network: NetworkSpec,
        data: Dataset,
        settings: TrainingSettings,
        state: TrainingState,
        threads: int,
    ) -> None:
        layout = Layout.of(network, data.input_shape, settings.loss)
        # Projects did not always keep how many samples each class has; no prediction follows from that.
        options = dict(settings.loss_options)
        self.lacks_weights = are_balanced(options) and data.seen is None
        if self.lacks_weights:
            del options["class_weights"]
        check_targets(layout, data)
        check_state(state, layout.parameter_count, MOST_STEPS)
        super().__init__(
            layout, data, replace(settings, loss_options=options), threads, state.params, state.step
        )  # fmt: skip
