"""Numbers too small for their format (below 1e-38 in float32) count as zero while the engine runs.

Processors compute with them many times slower, and a network that has learned its samples is full of
them: gradients behind a sure softmax, and what optimizers remember of weights that no longer move. The
setting belongs to a thread, so each thread makes it for itself.
"""

from __future__ import annotations

from typing import Any

from nnkernels.jit import Deferred, numba

# Flush to zero and denormals are zero, in x86's MXCSR; flush to zero, in ARM's FPCR.
X86, ARM = 0x8040, 1 << 24


def _x86(builder: Any, before: Any) -> Any:
    """Set the bits of this thread, or put back what was ``before``; returns what was."""
    from llvmlite import ir
    from numba.core import cgutils

    i32, i64 = ir.IntType(32), ir.IntType(64)
    kind = ir.FunctionType(ir.VoidType(), [ir.PointerType()])
    store, load = (
        cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}mxcsr")
        for name in ("st", "ld")
    )
    slot = cgutils.alloca_once(builder, i32)
    wanted = before
    if before is None:
        builder.call(store, [slot])
        before = builder.zext(builder.load(slot, typ=i32), i64)
        wanted = builder.or_(before, i64(X86))
    builder.store(builder.trunc(wanted, i32), slot)
    builder.call(load, [slot])
    return before


def _arm(builder: Any, before: Any) -> Any:
    """As `_x86`."""
    from llvmlite import ir
    from numba.core import cgutils

    i64, module, wanted = ir.IntType(64), builder.module, before
    if before is None:
        read = cgutils.get_or_insert_function(module, ir.FunctionType(i64, []), "llvm.aarch64.get.fpcr")
        before = builder.call(read, [])
        wanted = builder.or_(before, i64(ARM))
    kind = ir.FunctionType(ir.VoidType(), [i64])
    write = cgutils.get_or_insert_function(module, kind, "llvm.aarch64.set.fpcr")
    builder.call(write, [wanted])
    return before


def _make_control(flush: bool) -> Any:
    """An intrinsic that reads the thread's setting and changes it.

    With ``flush`` it takes no argument, sets the bits and returns what was before; without, it takes that
    and puts it back. On other processors it does nothing.
    """
    nb = numba()
    import llvmlite.binding as llvm
    from llvmlite import ir

    target = llvm.get_process_triple().partition("-")[0]

    def emit(builder: Any, before: Any) -> Any:
        if target in ("x86_64", "i386", "i686"):
            return _x86(builder, before)
        if target in ("aarch64", "arm64"):
            return _arm(builder, before)
        return ir.IntType(64)(0)

    if flush:

        @nb.extending.intrinsic
        def flush_denormals(typingctx):  # type: ignore[no-untyped-def]
            def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
                return emit(builder, None)

            return nb.types.int64(), codegen

        return flush_denormals

    @nb.extending.intrinsic
    def restore_denormals(typingctx, before):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            emit(builder, values[0])
            return context.get_dummy_value()

        return nb.types.void(nb.types.int64), codegen

    return restore_denormals


# From now on this thread takes denormal numbers for zero; returns its setting before.
flush_denormals = Deferred(lambda: _make_control(flush=True))
# Put the thread's setting back.
restore_denormals = Deferred(lambda: _make_control(flush=False))
