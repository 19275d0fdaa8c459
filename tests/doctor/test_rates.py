"""The test of learning rates: where the loss falls most steeply, and that nothing else changes."""

from __future__ import annotations

import numpy as np
from doctor.corpus.building import dense, project

from nnstudio.doctor.rates import RangeProbe, of_losses
from nnstudio.model.document import DataReference


def test_the_steepest_fall_is_the_best_rate():
    rates = np.geomspace(1e-6, 1.0, 121)
    powers = np.log10(rates)
    # It falls by a step around a hundredth, and rises again from a half on.
    losses = 1 / (1 + np.exp(8 * (powers + 2))) + np.maximum(powers + 0.3, 0) * 20
    test = of_losses(rates, losses)
    assert 0.003 < test.best < 0.03
    assert test.chart.is_log and test.chart.mark == test.best


def test_a_loss_that_only_rises_has_no_best_rate():
    rates = np.geomspace(1e-6, 1.0, 50)
    test = of_losses(rates, np.linspace(1, 5, 50))
    assert np.isnan(test.best) and test.chart.mark is None


def test_the_probe_trains_a_copy_alone():
    session = project(
        DataReference("xor"), dense(8), "tanh", dense(1), "sigmoid", loss="binary_cross_entropy"
    ).session()
    before = session.parameters.copy()
    *pieces, test = RangeProbe().run(session)
    assert len(pieces) > 5 and all(piece is None for piece in pieces)
    assert np.array_equal(session.parameters, before) and session.steps == 0
    assert session.hyperparameters["learning_rate"] == 0.001
    assert 1e-4 < test.best < 3 and np.isfinite(test.losses).all()
