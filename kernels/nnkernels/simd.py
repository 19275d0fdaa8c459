"""The vector micro-kernel behind dense layers and convolutions.

One loop nest computes a tile of a matrix product whose left side is addressed through a table
of row offsets, so that it serves a dense layer, a convolution on a padded image (without
im2col) and both of their weight gradients:

    C[r, 0:cols] = start + sum_o sum_k  A[a0 + rows[r] + o*ao + k*ak] * B[b0 + o*bo + k*bk + 0:cols]

The accumulators of the whole tile stay in vector registers through the loops.
"""

from __future__ import annotations

from typing import Any

from nnkernels.jit import Deferred, device, numba

# What a tile starts from.
ZERO, ADD, BIAS = 0, 1, 2


def _has_avx512() -> bool:
    import llvmlite.binding as llvm

    return bool(llvm.get_host_cpu_features().get("avx512f", False))


def _vector_bytes() -> int:
    return 64 if _has_avx512() else 32


# 8 x 2 vectors of 512 bits or 6 x 2 of 256: all accumulators fit the register file.
ROWS = Deferred(lambda: 8 if _has_avx512() else 6)
VECTOR_BYTES = Deferred(_vector_bytes)


def _make_tile(vectors: int, tile_rows: int) -> Any:
    nb = numba()
    from llvmlite import ir
    from numba.core import cgutils

    width_bytes = VECTOR_BYTES.compiled
    i64, i32, i1 = ir.IntType(64), ir.IntType(32), ir.IntType(1)

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        dtype = sig.args[0].dtype
        scalar = context.get_value_type(dtype)
        lanes = width_bytes // (dtype.bitwidth // 8)
        vec = ir.VectorType(scalar, lanes)

        def base(position: int, offset: Any) -> Any:
            array = context.make_array(sig.args[position])(context, builder, values[position])
            return builder.gep(array.data, [offset])

        def splat(value: Any, kind: Any) -> Any:
            one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, i32(0))
            mask = ir.Constant(ir.VectorType(i32, kind.count), [0] * kind.count)
            return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)

        (_, a0, _, r0, nrows, ao, ak, o_count, k_count, _, b0, bo, bk, _, c0, cr, ncols, mode, _, i0) = values
        a, rows, b, c, start = base(0, a0), base(2, r0), base(9, b0), base(13, c0), base(18, i0)
        last = builder.sub(nrows, i64(1))
        pointers = []
        for r in range(tile_rows):
            row = builder.select(builder.icmp_signed("<", i64(r), nrows), i64(r), last)
            pointers.append(builder.gep(a, [builder.load(builder.gep(rows, [row]))]))
        acc = [[cgutils.alloca_once(builder, vec) for _ in range(vectors)] for _ in range(tile_rows)]

        count = ir.VectorType(i64, lanes)
        masks = []
        for v in range(vectors):
            lane = ir.Constant(count, [v * lanes + n for n in range(lanes)])
            masks.append(builder.icmp_signed("<", lane, splat(ncols, count)))
        suffix = f"v{lanes}f{dtype.bitwidth}.p0"
        kind = ir.VectorType(i1, lanes)
        pointer = ir.PointerType()
        load_fn = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vec, [pointer, i32, kind, vec]), f"llvm.masked.load.{suffix}"
        )
        store_fn = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [vec, pointer, i32, kind]),
            f"llvm.masked.store.{suffix}",
        )
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vec, [vec] * 3), f"llvm.fma.v{lanes}f{dtype.bitwidth}"
        )
        align = i32(dtype.bitwidth // 8)
        zero = ir.Constant(vec, [0.0] * lanes)

        def opaque(address: Any) -> Any:
            return builder.bitcast(address, pointer)

        def load(address: Any, v: int, masked: bool) -> Any:
            address = builder.gep(address, [i64(v * lanes)])
            if masked:
                return builder.call(load_fn, [opaque(address), align, masks[v], zero])
            return builder.load(builder.bitcast(address, vec.as_pointer()), align=dtype.bitwidth // 8)

        def store(value: Any, address: Any, v: int, masked: bool) -> None:
            address = builder.gep(address, [i64(v * lanes)])
            if masked:
                builder.call(store_fn, [value, opaque(address), align, masks[v]])
            else:
                builder.store(value, builder.bitcast(address, vec.as_pointer()), align=dtype.bitwidth // 8)

        def emit(masked: bool) -> None:
            for r in range(tile_rows):
                for v in range(vectors):
                    builder.store(zero, acc[r][v])
            with builder.if_then(builder.icmp_signed("==", mode, i64(BIAS))):
                for v in range(vectors):
                    value = load(start, v, masked)
                    for r in range(tile_rows):
                        builder.store(value, acc[r][v])
            with builder.if_then(builder.icmp_signed("==", mode, i64(ADD))):
                for r in range(tile_rows):
                    with builder.if_then(builder.icmp_signed("<", i64(r), nrows)):
                        address = builder.gep(c, [builder.mul(cr, i64(r))])
                        for v in range(vectors):
                            builder.store(load(address, v, masked), acc[r][v])
            with cgutils.for_range(builder, o_count) as outer:
                a_outer, b_outer = builder.mul(outer.index, ao), builder.mul(outer.index, bo)
                with cgutils.for_range(builder, k_count) as inner:
                    b_at = builder.gep(b, [builder.add(b_outer, builder.mul(inner.index, bk))])
                    panel = [load(b_at, v, masked) for v in range(vectors)]
                    a_at = builder.add(a_outer, builder.mul(inner.index, ak))
                    for r in range(tile_rows):
                        factor = splat(builder.load(builder.gep(pointers[r], [a_at])), vec)
                        for v in range(vectors):
                            total = builder.call(fma, [factor, panel[v], builder.load(acc[r][v])])
                            builder.store(total, acc[r][v])
            for r in range(tile_rows):
                with builder.if_then(builder.icmp_signed("<", i64(r), nrows)):
                    address = builder.gep(c, [builder.mul(cr, i64(r))])
                    for v in range(vectors):
                        store(builder.load(acc[r][v]), address, v, masked)

        full = builder.icmp_signed(">=", ncols, i64(vectors * lanes))
        with builder.if_else(full) as (then, otherwise):
            with then:
                emit(masked=False)
            with otherwise:
                emit(masked=True)
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def tile(  # type: ignore[no-untyped-def]
        typingctx, a, a0, rows, r0, nrows, ao, ak, o_count, k_count,
        b, b0, bo, bk, c, c0, cr, ncols, mode, start, i0,
    ):  # fmt: skip
        i = nb.types.int64
        sig = nb.types.void(a, i, rows, i, i, i, i, i, i, b, i, i, i, c, i, i, i, i, start, i)
        return sig, codegen

    return tile


# Up to FEW rows take a smaller tile: a leftover row should not cost as much as a full tile.
FEW = 2
tile1 = Deferred(lambda: _make_tile(1, ROWS.compiled))
tile2 = Deferred(lambda: _make_tile(2, ROWS.compiled))
few1 = Deferred(lambda: _make_tile(1, FEW))
few2 = Deferred(lambda: _make_tile(2, FEW))


@device
def gemm(
    a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, mode, start, i0
):  # fmt: skip
    """The nest of the module docstring for m rows and n columns; C's row stride is ``cr``.

    ``rows`` is an int64 table from index ``r0``; ``start`` from ``i0`` is a bias of n values
    where mode is BIAS; ADD adds to what C holds.
    """
    lanes = VECTOR_BYTES // a.itemsize
    j = 0
    while j < n:
        left = n - j
        for i in range(0, m, ROWS):
            high = min(ROWS, m - i)
            if left > lanes and high > FEW:
                tile2(
                    a, a0, rows, r0 + i, high, ao, ak, o_count, k_count,
                    b, b0 + j, bo, bk, c, c0 + i * cr + j, cr, left, mode, start, i0 + j,
                )  # fmt: skip
            elif left > lanes:
                few2(
                    a, a0, rows, r0 + i, high, ao, ak, o_count, k_count,
                    b, b0 + j, bo, bk, c, c0 + i * cr + j, cr, left, mode, start, i0 + j,
                )  # fmt: skip
            elif high > FEW:
                tile1(
                    a, a0, rows, r0 + i, high, ao, ak, o_count, k_count,
                    b, b0 + j, bo, bk, c, c0 + i * cr + j, cr, left, mode, start, i0 + j,
                )  # fmt: skip
            else:
                few1(
                    a, a0, rows, r0 + i, high, ao, ak, o_count, k_count,
                    b, b0 + j, bo, bk, c, c0 + i * cr + j, cr, left, mode, start, i0 + j,
                )  # fmt: skip
        j += 2 * lanes if left > lanes else lanes


def _make_load() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def load(typingctx, array, index):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            data = context.make_array(sig.args[0])(context, builder, values[0]).data
            return builder.load(builder.gep(data, [values[1]]))

        return array.dtype(array, nb.types.int64), codegen

    return load


def _make_store() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def store(typingctx, array, index, value):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            data = context.make_array(sig.args[0])(context, builder, values[0]).data
            builder.store(values[2], builder.gep(data, [values[1]]))
            return context.get_dummy_value()

        return nb.types.void(array, nb.types.int64, array.dtype), codegen

    return store


# array[index] without numba's handling of negative indices, which keeps short loops scalar.
load = Deferred(_make_load)
store = Deferred(_make_store)
