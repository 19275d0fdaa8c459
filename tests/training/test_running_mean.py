"""Means of training inside of an epoch."""

from __future__ import annotations

import pytest

from nnstudio.training.curve import Epoch
from nnstudio.training.progress import trailing


def before(epoch: int) -> Epoch:
    """A row of loss 1 and no right answers."""
    return Epoch(epoch, 10 * epoch, 1.0, 0.0, None, None, 1.0, 1.0)


@pytest.mark.parametrize(
    ("epoch", "done", "told"),
    [(1, 0.125, (0.6, 0.4)), (1, 0.25, (0.2, 0.8)), (2, 0.9, (0.2, 0.8)), (3, 0.25, (0.8, 0.2))],
)
def test_the_first_epochs_are_soon_forgotten(epoch, done, told):
    partial = (2.0, 8.0, 10.0)
    assert trailing(partial, before(epoch), done, True) == pytest.approx(told)
    assert trailing(partial, before(epoch), 1.0, True) == pytest.approx((0.2, 0.8)), "as its row"


def test_in_the_first_epoch_it_is_the_mean_so_far():
    assert trailing((2.0, 8.0, 10.0), None, 0.1, False) == (0.2, None)
