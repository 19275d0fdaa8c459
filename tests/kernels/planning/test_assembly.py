"""Memory that chunks share changes nothing, and is shared only where a chunk is done with it."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels import machine
from nnkernels.planning import assembly
from nnkernels.planning.plan import build
from nnkernels.spec import optimizers

STEPS = 9
READER = ("lstm", {"units": 24, "return_sequences": True})
BOTH_WAYS = ("gru", {"units": 12, "bidirectional": True})
WAITING = chain(READER, ("batchnorm", {}), ("flatten", {}), ("dense", {"units": 3}), ("softmax", {}))
STACKED = chain(READER, BOTH_WAYS, ("dense", {"units": 3}), ("softmax", {}))


def learned(network, threads):
    learned = build(network, (STEPS, 7), "softmax_cross_entropy", "sgd", 128, 1)
    over_samples = learned.groups[:, machine.PER_SAMPLE] == 1
    assert learned.micro_batch > 2 * learned.groups[over_samples, machine.CHUNK].max()
    count = learned.layout.parameter_count
    learned.params[:count] = learned.layout.initial(2)
    learned.set_hyperparameters(optimizers["sgd"].defaults())
    rng = np.random.default_rng(0)
    learned.set_data(rng.normal(size=(300, STEPS * 7)), rng.integers(0, 3, (300, 1)), np.arange(300))
    return learned.run(3, threads), learned.params[:count].copy()


@pytest.fixture
def shared(monkeypatch):
    """What `_alone` finds; ``find`` is set to False for memory of its own for every chunk."""
    shared: list[set[int]] = []
    alone = assembly._alone

    def listen(instructions, groups):
        shared.append(alone(instructions, groups) if listen.find else set())
        return shared[-1]

    listen.find = True
    monkeypatch.setattr(assembly, "_alone", listen)
    return shared, listen


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("network", [WAITING, STACKED], ids=["waiting", "stacked"])
def test_what_is_learned_is_the_same_bit_for_bit(shared, network, threads):
    _, listen = shared
    together = learned(network, threads)
    listen.find = False
    apart = learned(network, 1)
    for a, b in zip(together, apart, strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.isfinite(apart[1]).all()


def test_chunks_share_memory_where_nothing_waits_for_all_samples(shared):
    result, _ = shared
    learned(STACKED, 1)
    # The LSTM, and the GRU in both directions.
    assert len(result[-1]) == 3


def test_each_chunk_has_memory_of_its_own_where_statistics_need_all_samples(shared):
    result, _ = shared
    learned(WAITING, 1)
    assert not result[-1]
