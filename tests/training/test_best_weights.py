"""The weights after the best epoch are remembered while a run goes on."""

from __future__ import annotations

import numpy as np

from nnstudio.training.best_weights import BestWeights
from nnstudio.training.curve import Curve, Epoch


def epoch(number: int, loss: float, val_loss: float | None) -> Epoch:
    return Epoch(number, number, loss, None, val_loss, None, 1.0, float(number))


def test_best_weights_are_those_after_the_best_epoch_and_none_before_it_looked():
    follows = BestWeights(Curve([epoch(1, 2.0, None)]))
    parameters = np.zeros(3, np.float32)
    for number, loss in ((2, 3.0), (3, 1.0), (4, 1.0), (5, 9.0)):
        assert (follows.params is None) == (number < 4)
        parameters[:] = number
        follows.look(epoch(number, loss, None), parameters)
    assert follows.params.tolist() == [3, 3, 3]
