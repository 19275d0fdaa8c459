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


def define_tile(module: Any, name: str, vectors: int, tile_rows: int, bits: int, width_bytes: int) -> None:
    """The tile for floats of so many bits: inlined, its loop would compete for registers."""
    from llvmlite import ir
    from numba.core import cgutils

    i64, i32, i1 = ir.IntType(64), ir.IntType(32), ir.IntType(1)
    scalar, pointer = ir.FloatType() if bits == 32 else ir.DoubleType(), ir.PointerType()
    lanes = width_bytes // (bits // 8)
    vec = ir.VectorType(scalar, lanes)
    kinds = [pointer, pointer, *[i64] * 5, pointer, i64, i64, pointer, i64, i64, i64, pointer]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    a, rows, nrows, ao, ak, o_count, k_count, b, bo, bk, c, cr, ncols, mode, start = function.args

    def at(base: Any, offset: Any, kind: Any = scalar) -> Any:
        return builder.gep(base, [offset], source_etype=kind)

    def splat(value: Any, kind: Any) -> Any:
        one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, i32(0))
        mask = ir.Constant(ir.VectorType(i32, kind.count), [0] * kind.count)
        return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)

    last = builder.sub(nrows, i64(1))
    pointers = []
    for r in range(tile_rows):
        row = builder.select(builder.icmp_signed("<", i64(r), nrows), i64(r), last)
        pointers.append(at(a, builder.load(at(rows, row, i64), typ=i64)))
    acc = [[cgutils.alloca_once(builder, vec) for _ in range(vectors)] for _ in range(tile_rows)]

    count = ir.VectorType(i64, lanes)
    masks = []
    for v in range(vectors):
        lane = ir.Constant(count, [v * lanes + n for n in range(lanes)])
        masks.append(builder.icmp_signed("<", lane, splat(ncols, count)))
    suffix = f"v{lanes}f{bits}.p0"
    kind = ir.VectorType(i1, lanes)
    load_fn = cgutils.get_or_insert_function(
        module, ir.FunctionType(vec, [pointer, i32, kind, vec]), f"llvm.masked.load.{suffix}"
    )
    store_fn = cgutils.get_or_insert_function(
        module, ir.FunctionType(ir.VoidType(), [vec, pointer, i32, kind]), f"llvm.masked.store.{suffix}"
    )
    fma = cgutils.get_or_insert_function(module, ir.FunctionType(vec, [vec] * 3), f"llvm.fma.v{lanes}f{bits}")
    align, zero = bits // 8, ir.Constant(vec, [0.0] * lanes)

    def load(address: Any, v: int, masked: bool) -> Any:
        address = at(address, i64(v * lanes))
        if masked:
            return builder.call(load_fn, [address, i32(align), masks[v], zero])
        return builder.load(address, align=align, typ=vec)

    def store(value: Any, address: Any, v: int, masked: bool) -> None:
        address = at(address, i64(v * lanes))
        if masked:
            builder.call(store_fn, [value, address, i32(align), masks[v]])
        else:
            builder.store(value, address, align=align)

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
                    address = at(c, builder.mul(cr, i64(r)))
                    for v in range(vectors):
                        builder.store(load(address, v, masked), acc[r][v])
        with cgutils.for_range(builder, o_count) as outer:
            a_outer, b_outer = builder.mul(outer.index, ao), builder.mul(outer.index, bo)
            with cgutils.for_range(builder, k_count) as inner:
                b_at = at(b, builder.add(b_outer, builder.mul(inner.index, bk)))
                panel = [load(b_at, v, masked) for v in range(vectors)]
                a_at = builder.add(a_outer, builder.mul(inner.index, ak))
                for r in range(tile_rows):
                    factor = splat(builder.load(at(pointers[r], a_at), typ=scalar), vec)
                    for v in range(vectors):
                        total = builder.call(fma, [factor, panel[v], builder.load(acc[r][v])])
                        builder.store(total, acc[r][v])
        for r in range(tile_rows):
            with builder.if_then(builder.icmp_signed("<", i64(r), nrows)):
                address = at(c, builder.mul(cr, i64(r)))
                for v in range(vectors):
                    store(builder.load(acc[r][v]), address, v, masked)

    full = builder.icmp_signed(">=", ncols, i64(vectors * lanes))
    with builder.if_else(full) as (then, otherwise):
        with then:
            emit(masked=False)
        with otherwise:
            emit(masked=True)
    builder.ret_void()


def _make_tile(vectors: int, tile_rows: int) -> Any:
    nb = numba()
    from llvmlite import ir

    from nnkernels.compiler import Shared

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        shared = Shared(define_tile, vectors, tile_rows, sig.args[0].dtype.bitwidth, VECTOR_BYTES.compiled)

        def base(position: int, offset: Any) -> Any:
            array = context.make_array(sig.args[position])(context, builder, values[position])
            return builder.bitcast(builder.gep(array.data, [offset]), ir.PointerType())

        (_, a0, _, r0, nrows, ao, ak, o_count, k_count, _, b0, bo, bk, _, c0, cr, ncols, mode, _, i0) = values
        shared.call(
            context,
            builder,
            [base(0, a0), base(2, r0), nrows, ao, ak, o_count, k_count, base(9, b0), bo, bk,
             base(13, c0), cr, ncols, mode, base(18, i0)],
        )  # fmt: skip
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def tile(
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


def spread(width: int) -> int:
    """Distance of rows of ``width`` float32: at multiples of 512 bytes all would fall into few cache sets."""
    return width + 16 if width % 128 == 0 else width


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


# Bytes of both sides of a long sum that are worked on at once: they stay in the nearest cache.
BLOCK_BYTES = 24_000
# And at least this many terms, so that loading and storing C does not show.
BLOCK_TERMS = 64


@device
def gemm_long(a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, add):
    """As `gemm`, for sums much longer than C is wide, such as weight gradients over a batch.

    The sum is cut: within a block all tiles of C use the same parts of A and B again.
    """
    terms = max(BLOCK_BYTES // ((m + 32) * a.itemsize), BLOCK_TERMS)
    width = min(k_count, terms)
    height = max(terms // max(k_count, 1), 1)
    mode = ADD if add else ZERO
    for o in range(0, o_count, height):
        high = min(height, o_count - o)
        for k in range(0, k_count, width):
            gemm(
                a, a0 + o * ao + k * ak, rows, r0, m, ao, ak, high, min(width, k_count - k),
                b, b0 + o * bo + k * bk, bo, bk, c, c0, cr, n, mode, b, 0,
            )  # fmt: skip
            mode = ADD


def _make_load() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def load(typingctx, array, index):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            data = context.make_array(sig.args[0])(context, builder, values[0]).data
            return builder.load(builder.gep(data, [values[1]]))

        return array.dtype(array, nb.types.int64), codegen

    return load


def _make_store() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def store(typingctx, array, index, value):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            data = context.make_array(sig.args[0])(context, builder, values[0]).data
            builder.store(values[2], builder.gep(data, [values[1]]))
            return context.get_dummy_value()

        return nb.types.void(array, nb.types.int64, array.dtype), codegen

    return store


# array[index] without numba's handling of negative indices, which keeps short loops scalar.
load = Deferred(_make_load)
store = Deferred(_make_store)


@device
def assign(sink, values):
    """Copy values into as many of another array, where both do not overlap; numba's own way takes memory."""
    for i in range(sink.size):
        sink[i] = values[i]


@device
def sum_rows(source, first, stride, count, into, to, size):
    """``into[to]`` becomes the sum of ``count`` rows of ``size`` values."""
    sums = into[to : to + size]
    sums[:] = 0
    for i in range(count):
        values = source[first + i * stride : first + i * stride + size]
        for j in range(size):
            sums[j] += values[j]
