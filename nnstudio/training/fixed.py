"""A network with parameters that stay as they are: it predicts, and never learns."""

from __future__ import annotations

import numpy as np

from nnkernels.program import Layout
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.parameter_history import ParameterHistory


class Fixed(Evaluation):
    """Parameters (values,) float32 are copied; those of an optimizer behind them are left out."""

    def __init__(
        self,
        layout: Layout,
        data: Dataset,
        settings: TrainingSettings,
        threads: int,
        parameters: np.ndarray,
        steps: int = 0,
    ) -> None:
        super().__init__(layout, data, settings, threads)
        self._flat, self._steps = parameters[: layout.parameter_count].astype(np.float32), steps

    @property
    def flat(self) -> np.ndarray:
        return self._flat

    @property
    def steps(self) -> int:
        return self._steps

    @property
    def parameter_history(self) -> ParameterHistory:
        return ParameterHistory()

    @property
    def checkpoint_steps(self) -> list[int]:
        return []
