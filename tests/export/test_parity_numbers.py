"""The differences that an export reports: of all samples, by the largest prediction of all samples."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain

from nnstudio.data.dataset import Dataset
from nnstudio.export.format import Format
from nnstudio.export.parity import compare
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

OFF = 3e-4


class Off(Format):
    """Is off by `OFF` at the first sample alone."""

    id, title = "off", "Off"

    def __init__(self, trained: Session) -> None:
        self.trained = trained

    def predict(self, path, inputs):
        given = self.trained.predict(inputs.astype(np.float32))
        given[0] += OFF
        return given


@pytest.fixture
def parity(tmp_path):
    """Of 20 samples of which the first is all 0, and so is what a network without a bias gives for it."""
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    x[0] = 0.0
    y = np.zeros((20, 1), np.float32)
    network = chain(("dense", {"units": 1}))
    session = Session(network, Dataset("toy", x, y, x, y), TrainingSettings())
    largest = float(np.abs(session.predict(x)).max())
    file = tmp_path / "w.off"
    file.write_text("")
    return compare(session, Off(session), file), largest


def test_the_mean_difference_is_that_of_all_samples(parity):
    told, largest = parity
    assert told.samples == 20 and told.batches == (1, 7, 20)
    assert told.mean_difference == pytest.approx(OFF / largest / 20, rel=1e-3)


def test_a_batch_of_one_small_prediction_is_judged_by_the_largest_of_all(parity):
    told, largest = parity
    assert told.largest_difference == pytest.approx(OFF / largest, rel=1e-3)
