"""The order of a pass reads like an array, and is drawn when it is first read."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import MLP, program, samples

from nnkernels.ops.shuffle import Shuffle


def test_it_is_numpys_permutation():
    order, expected = Shuffle(50, [3, 1]), np.random.default_rng([3, 1]).permutation(50)
    assert len(order) == 50 and "indices" not in vars(order)
    assert (order[10:20] == expected[10:20]).all() and list(order) == expected.tolist()


def test_a_program_of_a_processor_visits_samples_in_it():
    x, y = samples(8, 5, classes=3)
    losses = []
    for order in (Shuffle(8, [3, 1]), np.random.default_rng([3, 1]).permutation(8)):
        planned = program(MLP, (5,), "softmax_cross_entropy", "adam", 2)
        planned.set_data(x, y, order)
        losses.append(planned.run(4))
    assert (losses[0] == losses[1]).all()


def test_more_numbers_than_there_are_samples_are_refused():
    x, y = samples(8, 5, classes=3)
    with pytest.raises(ValueError, match="not among the 8"):
        program(MLP, (5,), "softmax_cross_entropy", "adam", 2).set_data(x, y, Shuffle(9, [3, 1]))
