"""The cells of recurrent layers: what one step makes of the gates' sums, and the way back.

A cell works on one sample of one step, by whole vectors of units. Its arrays lie in the workspace:
``g`` the gate values, ``before`` the state before, ``c_before`` and ``c`` the cell's values before and
now. ``h`` is the new state, on the way back the gradient that arrives at it, where a cell leaves what
reaches the past directly, not through the gates; ``dc`` is the gradient of the cell's values.
On the way back the gates' gradients take the place of their values.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.channel_loops import Vectors, define_loop
from nnkernels.vector.masked import address_in

SLOTS = 6


def make_cell(name: str, body: Any) -> Any:
    """An intrinsic (work, g, before, c_before, c, h, dc, units): ``body`` for all units, by vectors."""
    nb = numba()
    from llvmlite import ir

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        function = define_loop(context, builder.module, name, sig.args[0].dtype, body, SLOTS, 1)
        bases = [address_in(context, builder, sig.args[0], values[0], at) for at in values[1:-1]]
        kind = ir.PointerType()
        builder.call(function, [*(builder.bitcast(base, kind) for base in bases), values[-1], values[-1]])
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def cell(typingctx, work, g, before, c_before, c, h, dc, units):  # type: ignore[no-untyped-def]
        i = nb.types.int64
        return nb.types.void(work, i, i, i, i, i, i, i), codegen

    return cell


def _gates(v: Vectors, g: Any, at: Any, units: Any, count: int) -> tuple[list[Any], list[Any]]:
    """Offsets and values of the gates."""
    offsets = [v.builder.add(at, v.builder.mul(v.i64(k), units)) for k in range(count)]
    return offsets, [v.load(g, offset) for offset in offsets]


def _by_sigmoid(v: Vectors, gradient: Any, value: Any) -> Any:
    """Back through a sigmoid that gave ``value``."""
    return v.mul(v.mul(gradient, value), v.one_minus(value))


def _by_tanh(v: Vectors, gradient: Any, value: Any) -> Any:
    """Back through a tanh that gave ``value``."""
    return v.mul(gradient, v.one_minus(v.mul(value, value)))


def _simple(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """h = tanh of the sum."""
    state = v.tanh(v.load(g, at))
    v.store(state, g, at)
    v.store(state, h, at)


def _simple_gradients(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    v.store(_by_tanh(v, v.load(h, at), v.load(g, at)), g, at)
    v.store(v.constant(0.0), h, at)


def _relu(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """h = the sum where it is positive."""
    total = v.load(g, at)
    state = v.where_positive(total, total)
    v.store(state, g, at)
    v.store(state, h, at)


def _relu_gradients(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    v.store(v.where_positive(v.load(g, at), v.load(h, at)), g, at)
    v.store(v.constant(0.0), h, at)


def _lstm(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """Gates i, f, g, o; c = f c + i g; h = o tanh(c). Keeps c and tanh(c)."""
    offsets, (i, f, new, o) = _gates(v, g, at, units, 4)
    i, f, new, o = v.sigmoid(i), v.sigmoid(f), v.tanh(new), v.sigmoid(o)
    kept = v.add(v.mul(f, v.load(c_before, at)), v.mul(i, new))
    bent = v.tanh(kept)
    for offset, value in zip(offsets, (i, f, new, o), strict=True):
        v.store(value, g, offset)
    v.store(kept, c, at)
    v.store(bent, c, offsets[1])
    v.store(v.mul(o, bent), h, at)


def _lstm_gradients(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    offsets, (i, f, new, o) = _gates(v, g, at, units, 4)
    arriving, bent = v.load(h, at), v.load(c, offsets[1])
    carried = v.add(v.load(dc, at), _by_tanh(v, v.mul(arriving, o), bent))
    through = v.mul(carried, f)
    gradients = (
        _by_sigmoid(v, v.mul(carried, new), i),
        v.mul(v.mul(through, v.load(c_before, at)), v.one_minus(f)),
        _by_tanh(v, v.mul(carried, i), new),
        _by_sigmoid(v, v.mul(arriving, bent), o),
    )
    for offset, value in zip(offsets, gradients, strict=True):
        v.store(value, g, offset)
    v.store(through, dc, at)
    v.store(v.constant(0.0), h, at)


def _gru(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """Gates r, z, n and U's part of n; n = tanh(n_x + r n_h); h = (1 - z) n + z h."""
    offsets, (r, z, new, from_state) = _gates(v, g, at, units, 4)
    r, z = v.sigmoid(r), v.sigmoid(z)
    new = v.tanh(v.add(new, v.mul(r, from_state)))
    for offset, value in zip(offsets, (r, z, new), strict=False):
        v.store(value, g, offset)
    v.store(v.add(v.mul(v.one_minus(z), new), v.mul(z, v.load(before, at))), h, at)


def _gru_gradients(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    offsets, (r, z, new, from_state) = _gates(v, g, at, units, 4)
    arriving, rest = v.load(h, at), v.one_minus(z)
    through = v.mul(arriving, z)
    bent = _by_tanh(v, v.mul(arriving, rest), new)
    gradients = (
        v.mul(_by_sigmoid(v, bent, r), from_state),
        v.mul(v.mul(through, v.sub(v.load(before, at), new)), rest),
        bent,
        v.mul(bent, r),
    )
    for offset, value in zip(offsets, gradients, strict=True):
        v.store(value, g, offset)
    v.store(through, h, at)


def _reset(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """The state that a GRU's reset gate leaves, behind the gates, for U to multiply."""
    offsets, (r, *_) = _gates(v, g, at, units, 4)
    r = v.sigmoid(r)
    v.store(r, g, at)
    v.store(v.mul(r, v.load(before, at)), g, offsets[3])


def _reset_gradients(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """Through the state that was left, whose gradient is dc, to r and the state before."""
    r, arriving = v.load(g, at), v.load(dc, at)
    v.store(v.mul(_by_sigmoid(v, arriving, r), v.load(before, at)), g, at)
    v.store(v.add(v.load(h, at), v.mul(arriving, r)), h, at)


def _gru_after_reset(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    """As _gru, where r was heeded before and n is all of its sum."""
    offsets, (_, z, new) = _gates(v, g, at, units, 3)
    z, new = v.sigmoid(z), v.tanh(new)
    v.store(z, g, offsets[1])
    v.store(new, g, offsets[2])
    v.store(v.add(v.mul(v.one_minus(z), new), v.mul(z, v.load(before, at))), h, at)


def _gru_after_reset_gradients(
    v: Vectors, g: Any, before: Any, c_before: Any, c: Any, h: Any, dc: Any, at: Any, units: Any
) -> None:
    offsets, (_, z, new) = _gates(v, g, at, units, 3)
    arriving, rest = v.load(h, at), v.one_minus(z)
    through = v.mul(arriving, z)
    v.store(v.mul(v.mul(through, v.sub(v.load(before, at), new)), rest), g, offsets[1])
    v.store(_by_tanh(v, v.mul(arriving, rest), new), g, offsets[2])
    v.store(through, h, at)


simple = Deferred(partial(make_cell, "simple", _simple))
simple_gradients = Deferred(partial(make_cell, "simple_gradients", _simple_gradients))
relu = Deferred(partial(make_cell, "relu", _relu))
relu_gradients = Deferred(partial(make_cell, "relu_gradients", _relu_gradients))
lstm = Deferred(partial(make_cell, "lstm", _lstm))
lstm_gradients = Deferred(partial(make_cell, "lstm_gradients", _lstm_gradients))
gru = Deferred(partial(make_cell, "gru", _gru))
gru_gradients = Deferred(partial(make_cell, "gru_gradients", _gru_gradients))
reset = Deferred(partial(make_cell, "reset", _reset))
reset_gradients = Deferred(partial(make_cell, "reset_gradients", _reset_gradients))
gru_after_reset = Deferred(partial(make_cell, "gru_after_reset", _gru_after_reset))
gru_after_reset_gradients = Deferred(
    partial(make_cell, "gru_after_reset_gradients", _gru_after_reset_gradients)
)
