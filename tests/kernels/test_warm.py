"""The warm-up: order, what is missing, and that nothing a session needs is forgotten."""

from __future__ import annotations

import multiprocessing
import os

import numpy as np
import pytest
from kernels.networks import CONVNET

from nnkernels import cache, jit, machine, warm
from nnkernels.compiler import Shared, Whole
from nnkernels.jit import Kernel
from nnkernels.ops.pushing import Push
from nnkernels.planning.parameter_points import ParameterPoints
from nnkernels.planning.plan import build, kernels_of
from nnkernels.program import Layout


def test_what_is_named_comes_first_and_is_not_missing_afterwards(monkeypatch, tmp_path):
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    # A compiler that leaves empty files.
    monkeypatch.setattr(warm.machine, "run", machine.LOOP.entry.path.touch)
    monkeypatch.setattr(Kernel, "address", lambda self, dtype: self.entry(dtype).path.touch())
    named = ["nnkernels.optimizers.sgd.sgd_kernel", "nnkernels.layers.dense.forward"]
    assert warm.uncompiled(named) == sorted(named)
    steps = warm.warm(named)
    done = [next(steps)[2] for _ in range(4)]
    assert set(done[1:3]) == set(named) and done[3] not in named
    assert warm.uncompiled(named) == [] and not warm.is_warm()
    done, total, _ = list(steps)[-1]
    assert done == total and warm.is_warm()


def test_helpers_compile_into_the_same_cache_and_end_with_their_chief(monkeypatch, tmp_path):
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    named = ["nnkernels.machine.tally", "nnkernels.ops.regularise.set_rate"]
    # Whoever ends waits for what is being compiled: of most others, that takes long.
    makers = warm.makers()
    quick = [name for name in makers if name.startswith("nnkernels.ops.elementwise.forward_")]
    monkeypatch.setattr(warm, "makers", lambda: {name: makers[name] for name in (*quick, *named)})
    others = set(multiprocessing.active_children())
    steps = warm.warm(named, helpers=2)
    done = {next(steps)[2]}
    while not done >= set(named):
        done.add(next(steps)[2])
    assert warm.uncompiled(named) == [] and not warm.is_warm()
    helpers = set(multiprocessing.active_children()) - others
    assert len(helpers) == 2
    steps.close()
    assert not any(helper.is_alive() for helper in helpers)
    assert any(tmp_path.rglob("nnkernels.machine.tally.*"))


def test_what_ran_in_this_process_before_is_written_where_it_has_no_file(monkeypatch, tmp_path):
    tally, product = "nnkernels.machine.tally", "nnkernels.layers.dense.forward"
    makers, entries = warm.makers(), warm.entries()
    for name in (machine.LOOP.name, tally, product):
        makers[name]()
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    assert warm.uncompiled([tally, product]) == [product, tally]
    assert list(warm.make([machine.LOOP.name, tally, product])) == [
        (machine.LOOP.name, ""), (tally, ""), (product, ""),
    ]  # fmt: skip
    assert {entries[name].file for name in (machine.LOOP.name, tally, product)} <= set(
        os.listdir(cache.folder())
    )
    # Whoever begins now compiles nothing, not even the tiles that products share.
    monkeypatch.setattr(Shared, "_there", {})
    monkeypatch.setattr(Whole, "finalize", lambda library: pytest.fail(f"compiled {library.name}"))
    for kernel in warm.kernels():
        if kernel.name in (tally, product):
            assert jit._compiled.__wrapped__(kernel, "float32").was_kept


def test_what_could_not_be_kept_is_not_called_done(monkeypatch, tmp_path):
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    tally = next(kernel for kernel in warm.kernels() if kernel.name == "nnkernels.machine.tally")
    monkeypatch.setattr(warm, "kernels", lambda: [tally])
    monkeypatch.setattr(warm.machine, "run", machine.LOOP.entry.path.touch)
    # As on a full disk.
    monkeypatch.setattr(Kernel, "address", lambda self, dtype: 0)
    monkeypatch.setattr(warm.Entry, "keep", lambda self: None)
    with pytest.raises(RuntimeError, match="1 of 2 compiled operators could not be kept"):
        list(warm.warm())


def test_a_failing_helper_ends_the_warm_up_and_nothing_is_called_done(monkeypatch, tmp_path):
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    monkeypatch.setattr(warm, "START", "fork")
    monkeypatch.setattr(warm, "make", lambda names: os._exit(3))
    with pytest.raises(RuntimeError, match=r"Compiling nnkernels\.[\w.]+ failed"):
        list(warm.warm(["nnkernels.machine.tally"], helpers=2))
    assert not warm.is_warm()


def test_an_operator_that_does_not_compile_is_named_and_keeps_none_waiting(monkeypatch, tmp_path):
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    monkeypatch.setattr(warm.machine, "run", lambda: None)

    def compile_most(kernel, dtype):
        if kernel.name.endswith("tally"):
            raise TypeError("no such\n  type")

    monkeypatch.setattr(Kernel, "address", compile_most)
    done = []
    with pytest.raises(RuntimeError, match=r"Compiling nnkernels\.machine\.tally failed: no such type"):
        done.extend(warm.warm())
    assert done[-1][0] == done[-1][1] == len(warm.kernels()) + 1


def test_every_kernel_that_a_program_uses_is_announced(monkeypatch):
    used = set()
    real = Kernel.address
    monkeypatch.setattr(Kernel, "address", lambda self, dtype: used.add(self.name) or real(self, dtype))
    penalties = {"l1": 0.1, "clip_norm": 1.0, "max_norm": 2.0}
    weights = {"class_weights": "1, 2, 3"}
    given = {"loss_options": weights, "penalties": penalties}
    ends = np.zeros(8 * 8 * 2)
    pushed = Push(ends + 0.1, ends, ends + 1)
    ways = (("adam", 0.0, None), ("adam", 0.2, None), ("adam", 0.0, pushed), ("hill_climber", 0.0, None))
    for optimizer, mixup, push in ways:
        used.clear()
        layout = Layout.of(CONVNET, (8, 8, 2), "softmax_cross_entropy")
        build(CONVNET, (8, 8, 2), "softmax_cross_entropy", optimizer, 8, 1, mixup=mixup, push=push, **given)
        build(CONVNET, (8, 8, 2), "softmax_cross_entropy", None, 8, 1, loss_options=weights)
        build(CONVNET, (8, 8, 2), "softmax_cross_entropy", None, 8, 1, loss_options=weights, gradients=True)
        positions = ParameterPoints(layout.parameter_count, 4, np.dtype(np.float32))
        build(CONVNET, (8, 8, 2), "softmax_cross_entropy", None, 8, 1, loss_options=weights, points=positions)
        announced = kernels_of(
            layout, (8, 8, 2), "softmax_cross_entropy", optimizer, 8, 1, weights, penalties, mixup, push
        )
        assert announced == used | {machine.LOOP.name}
