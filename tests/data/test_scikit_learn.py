"""The sets of scikit-learn, where it is installed; a sentence where it is not."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.data.scikit_learn import SETS


def test_where_it_is_not_installed_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(DataError, match=r"pip install scikit-learn.*\.$"):
        load("scikit_learn", {})


@pytest.mark.parametrize("name", SETS)
def test_sets_are_scaled_and_can_be_put_back(name):
    datasets = pytest.importorskip("sklearn.datasets")
    data = load("scikit_learn", {"set": name, "test_ratio": 0.0})
    assert data.suits(data.fitting_loss) and len(data.features) in (0, data.input_shape[0])
    assert len(data.targets) == data.target_width
    given = {"scaled": False} if name == "diabetes" else {}
    raw = getattr(datasets, SETS[name][0])(**given)
    x = data.x_train.reshape(len(raw.data), -1) * data.x_scale + data.x_shift
    y = data.y_train * data.y_scale + data.y_shift
    order = np.random.default_rng(1).permutation(len(raw.data))
    np.testing.assert_allclose(x, raw.data[order], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(y, raw.target.reshape(len(x), -1)[order], rtol=1e-4, atol=1e-3)
