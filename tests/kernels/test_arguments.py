"""A kernel's signature declares its arguments: packed by name, checked when a plan is made."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from kernels.harness import CALL

from nnkernels import warm
from nnkernels.jit import STANDARD, kernel
from nnkernels.planning.lowering import Instruction


class Pair(NamedTuple):
    left: int
    right: int


def declared():
    @kernel(rest=True, in_place=("y_at", "inputs"))
    def weigh(state, acts, grads, params, work, chunk, lo, hi, pair: Pair, y_at, count, inputs):
        total = 0
        for i in range(count):
            total = 10 * total + inputs[i]
        acts[y_at], acts[y_at + 1], acts[y_at + 2] = total, pair.left, pair.right

    return weigh


def test_arguments_are_packed_in_the_order_of_the_declaration():
    weigh = declared()
    result = Instruction.of(weigh, inputs=[7, 8, 9], count=3, y_at=1, pair=Pair(right=5, left=4))
    assert result.args == (4, 5, 1, 3, 7, 8, 9)
    assert weigh.positions == {"pair": 0, "y_at": 2, "count": 3, "inputs": 4} and weigh.in_place == (2, 4)


def test_the_kernel_reads_them_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    weigh = declared()
    result = Instruction.of(weigh, inputs=[7, 8, 9], count=3, y_at=1, pair=Pair(4, 5))
    args, acts, other = np.array(result.args, np.int64), np.zeros(4, np.float32), np.zeros(4)
    buffers = [args, other, acts, other, other, other]
    CALL(weigh.address(np.dtype(np.float32)))(*[b.ctypes.data for b in buffers], 0, 0, 1)
    assert acts.tolist() == [0, 789, 4, 5]


@pytest.mark.parametrize(
    "given, told",
    [
        ({"y_at": 1, "inputs": [], "pair": Pair(1, 2)}, "Missing: count; unknown: none"),
        (
            {"y_at": 1, "inputs": [], "pair": Pair(1, 2), "count": 0, "size": 3},
            "Missing: none; unknown: size",
        ),
    ],
)
def test_what_is_missing_or_unknown_is_refused_when_it_is_packed(given, told):
    with pytest.raises(TypeError, match=rf"weigh takes pair, y_at, count, inputs\. {told}"):
        Instruction.of(declared(), **given)


def test_a_record_has_all_its_fields():
    with pytest.raises(TypeError):
        Instruction.of(declared(), y_at=1, count=0, inputs=[], pair=(1, 2, 3))


def test_a_signature_that_does_not_begin_as_all_do_is_refused():
    with pytest.raises(TypeError, match=f"must begin with {', '.join(STANDARD)}"):

        @kernel
        def wrong(args, state, acts, grads, params, work, chunk, lo, hi):
            pass


def test_every_argument_is_read():
    for item in warm.kernels():
        code = item.function.__code__
        # A loss is told more than it may need.
        unread = [] if ".losses." in item.name else [n for n in item.arguments if n not in _read(code)]
        assert not unread, f"{item.name} does not read {unread}"


def _read(code):
    import dis

    loads = {line.argval for line in dis.get_instructions(code) if line.opname.startswith("LOAD_")}
    return loads | {name for value in loads if isinstance(value, tuple) for name in value}
