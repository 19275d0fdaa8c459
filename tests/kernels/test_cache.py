"""Compiled operators on disk: never mixed up, never believed unchecked, never kept where nobody checks."""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from kernels.harness import CALL

from nnkernels import cache, jit, warm
from nnkernels.jit import Kernel

FLOAT = np.dtype(np.float32)


def double(state, acts, grads, params, work, chunk, lo, hi):
    for i in range(lo, hi):
        acts[i] *= 2


@pytest.fixture
def kernel():
    """A kernel that doubles activations."""
    return Kernel(double)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An empty cache."""
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    return tmp_path


def run(kernel):
    """What the kernel, compiled or loaded as in a fresh process, makes of one and two."""
    result = jit._compiled.__wrapped__(kernel, "float32")
    acts, other = np.array([1, 2], np.float32), np.zeros(64)
    buffers = [other, other, acts, other, other, other]
    CALL(result.address)(*[b.ctypes.data for b in buffers], 0, 0, 2)
    return acts.tolist(), int(result.was_kept)


def test_what_was_compiled_is_loaded(folder, kernel):
    assert run(kernel) == ([2, 4], 0)
    assert run(kernel) == ([2, 4], 1)
    assert [path.name for path in folder.rglob("*.*")][1:] == [kernel.entry(FLOAT).file]


def test_what_loaded_machine_code_points_to_is_kept_with_it(folder, kernel):
    run(kernel)
    result = jit._compiled.__wrapped__(kernel, "float32")
    variables = [item.name for item in result.library._get_module_for_linking().global_variables]
    engine = result.library.codegen._engine
    addresses = [engine.get_global_value_address(name) for name in variables if "NumbaEnv" in name]
    pointed_to = {ctypes.c_void_p.from_address(address).value for address in addresses}
    assert result.was_kept and id(result.environment) in pointed_to


def test_a_second_kernel_of_the_same_name_is_refused(kernel):
    with pytest.raises(ValueError, match=r"Two operators are called 'test_cache\.double'"):
        Kernel(double)
    assert Kernel(double, label="_again").name == "test_cache.double_again"


def test_kernels_are_called_after_their_whole_module():
    names = {kernel.name for kernel in warm.kernels()}
    assert {"nnkernels.layers.dense.forward", "nnkernels.ops.elementwise.forward_relu"} <= names


def _flip(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x40]) + data[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [_flip, lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\0" * len(data)],
    ids=["flipped", "truncated", "empty", "zeros"],
)
def test_a_damaged_entry_is_thrown_away_and_compiled_again(folder, kernel, caplog, damage):
    run(kernel)
    path = kernel.entry(FLOAT).path
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert run(kernel) == ([2, 4], 0)
    assert "is thrown away and compiled again: it is damaged" in caplog.records[-1].getMessage()
    caplog.clear()
    assert run(kernel) == ([2, 4], 1)


def test_an_entry_that_belongs_to_another_operator_is_not_believed(folder, kernel, caplog):
    run(kernel)
    other = Kernel(lambda state, acts, grads, params, work, chunk, lo, hi: None)
    other.entry(FLOAT).path.write_bytes(kernel.entry(FLOAT).path.read_bytes())
    assert run(other) == ([1, 2], 0)
    assert "belongs to another operator" in caplog.records[-1].getMessage()
    caplog.clear()


def test_an_entry_that_cannot_be_read_is_reported_and_compiled_in_memory(folder, kernel, caplog):
    kernel.entry(FLOAT).path.mkdir(parents=True)
    assert run(kernel) == ([2, 4], 0)
    told = [record.getMessage() for record in caplog.records]
    assert "cannot be read" in told[0] and "was not kept" in told[1]
    caplog.clear()


@pytest.mark.parametrize("path", ["a file", "/proc/nowhere"])
def test_where_nothing_can_be_kept_it_is_compiled_in_memory_and_said(
    monkeypatch, tmp_path, kernel, caplog, path
):
    if path == "a file":
        path = tmp_path / "file"
        path.touch()
    monkeypatch.setenv("NNSTUDIO_CACHE", str(path))
    sources = Path(jit.__file__).parent
    before = set(sources.rglob("*.nb?"))
    assert run(kernel) == ([2, 4], 0)
    assert run(kernel) == ([2, 4], 0)
    assert set(sources.rglob("*.nb?")) == before
    told = [record.getMessage() for record in caplog.records]
    assert told == [cache.problem()] and "cannot be kept" in told[0] and "NNSTUDIO_CACHE" in told[0]
    caplog.clear()
    with pytest.raises(RuntimeError, match="cannot be kept"):
        list(warm.warm())


def define_answer(module, name, number):
    from llvmlite import ir

    function = ir.Function(module, ir.FunctionType(ir.IntType(64), []), name)
    ir.IRBuilder(function.append_basic_block("entry")).ret(ir.IntType(64)(number))


def define_asker(module, name, asked):
    from llvmlite import ir

    kind = ir.FunctionType(ir.IntType(64), [])
    builder = ir.IRBuilder(ir.Function(module, kind, name).append_basic_block("entry"))
    builder.ret(builder.call(ir.Function(module, kind, asked), []))


def test_what_kernels_share_is_kept_and_compiled_again_where_its_file_is_damaged(folder, monkeypatch, caplog):
    from nnkernels.compiler import Shared

    inner = Shared(define_answer, (42,))

    def answer():
        monkeypatch.setattr(Shared, "_there", {})
        # As a kernel's file holds it, and what it calls with it.
        shared = pickle.loads(pickle.dumps(Shared(define_asker, (inner.entry.file,), (inner,))))
        shared()
        library = shared._there[shared.entry.file]
        return ctypes.CFUNCTYPE(ctypes.c_int64)(library.get_pointer_to_function(shared.entry.file))()

    assert answer() == 42
    path = inner.entry.path
    whole = path.read_bytes()
    assert answer() == 42 and not caplog.records
    path.write_bytes(_flip(whole))
    assert answer() == 42 and "it is damaged" in caplog.records[-1].getMessage()
    assert path.exists()
    caplog.clear()


def child(folder, *command, **environment):
    """A fresh interpreter with its cache in that folder."""
    own = {"NNSTUDIO_CACHE": str(folder), "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.run([sys.executable, *command], env=os.environ | own, capture_output=True, text=True)


def test_a_warm_up_that_can_keep_nothing_says_so_and_fails(tmp_path):
    (tmp_path / "file").touch()
    done = child(tmp_path / "file", "-m", "nnkernels.warm")
    assert done.returncode == 1 and done.stderr.startswith("Compiled operators cannot be kept in")
    assert len(done.stderr.splitlines()) == 1


CHILD = """
import sys, numpy as np
from kernels.harness import CALL
from nnkernels.layers import activations
for name in sys.argv[1:]:
    acts, args = np.array([-8, 2, 0, 0], np.float32), np.zeros(64, np.int64)
    args[:4] = 0, 2, 2, np.array(0.5).view(np.int64)
    kernel = getattr(activations, name).kernels[0]
    buffers = [args, args, acts, args, args, args]
    CALL(kernel.address(np.dtype(np.float32)))(*[b.ctypes.data for b in buffers], 0, 0, 1)
    print(acts[2:].tolist())
"""


def test_operators_compiled_in_different_processes_are_not_taken_for_each_other(tmp_path):
    # Numba numbers its functions in each process anew, and its linker takes the first of a name for all.
    def outputs(*names):
        return child(tmp_path, "-c", CHILD, *names, PYTHONHASHSEED="0").stdout

    with ThreadPoolExecutor() as pool:
        alone = list(pool.map(outputs, ["ReLU", "LeakyReLU"]))
    assert alone == ["[0.0, 2.0]\n", "[-4.0, 2.0]\n"]
    assert outputs("ReLU", "LeakyReLU") == alone[0] + alone[1]


def test_what_no_version_wanted_for_long_is_deleted(folder, kernel):
    run(kernel)
    entry, old = kernel.entry(FLOAT), time.time() - (cache.FORGET_AFTER_DAYS + 1) * 86_400
    stale = folder / "kernels" / "of-an-older-numba" / "x.compiled"
    young = entry.path.with_name("another-version.compiled")
    stale.parent.mkdir()
    for path in (stale, young):
        path.touch()
    for path in (stale, entry.path):
        os.utime(path, (old, old))
    cache.forget_unused([entry])
    assert not stale.parent.exists() and young.exists() and run(kernel) == ([2, 4], 1)


def test_a_half_written_entry_is_never_seen(folder, kernel, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert run(kernel) == ([2, 4], 0)
    assert "was not kept" in caplog.records[-1].getMessage() and "No space left" in caplog.text
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert caplog.records[-1].levelno == logging.WARNING
    caplog.clear()
