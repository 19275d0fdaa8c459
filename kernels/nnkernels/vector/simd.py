"""The vector micro-kernel behind dense layers and convolutions.

One loop nest computes a tile of a matrix product whose left side is addressed through a table
of row offsets, so that it serves a dense layer, a convolution on a padded image (without
im2col) and both of their weight gradients:

    C[r, 0:cols] = start + sum_o sum_k  A[a0 + rows[r] + o*ao + k*ak] * B[b0 + o*bo + k*bk + 0:cols]

The accumulators of the whole tile stay in vector registers through the loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nnkernels.jit import Deferred, device, numba
from nnkernels.vector.masked import Masked, address_in, first_lanes, in_all_lanes

if TYPE_CHECKING:
    from nnkernels.compiler import Shared

# Bytes of a vector with AVX-512; without, storing some of its lanes is slow.
AVX512_BYTES = 64
# What a tile starts from.
ZERO, ADD, BIAS = 0, 1, 2


def _has_avx512() -> bool:
    # What numba compiles for, which need not be all that this processor has.
    chosen = numba().config.CPU_FEATURES
    if chosen is not None:
        return "+avx512f" in chosen.split(",")
    import llvmlite.binding as llvm

    return bool(llvm.get_host_cpu_features().get("avx512f", False))


def _vector_bytes() -> int:
    return AVX512_BYTES if _has_avx512() else 32


# 8 x 2 vectors of 512 bits or 6 x 2 of 256: all accumulators fit the register file.
ROWS = Deferred(lambda: 8 if _has_avx512() else 6)
VECTOR_BYTES = Deferred(_vector_bytes)


class Tile:
    """Builds the tile of the module docstring, one function.

    It takes (a, rows, nrows, ao, ak, o_count, k_count, b, bo, bk, c, cr, ncols, mode, start): ``rows`` are
    offsets in A, ``nrows`` and ``ncols`` what there is of C.
    """

    def __init__(self, module: Any, name: str, vectors: int, tile_rows: int, bits: int, lanes: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        self.i64, self.scalar = ir.IntType(64), ir.FloatType() if bits == 32 else ir.DoubleType()
        i64, pointer = self.i64, ir.PointerType()
        self.vectors, self.rows, self.lanes = range(vectors), range(tile_rows), lanes
        kinds = [pointer, pointer, *[i64] * 5, pointer, i64, i64, pointer, i64, i64, i64, pointer]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
        self.builder = build = ir.IRBuilder(function.append_basic_block("entry"))
        (self.a, table, self.nrows, self.ao, self.ak, self.o_count, self.k_count, self.b, self.bo, self.bk,
         self.c, self.cr, self.ncols, self.mode, self.start) = function.args  # fmt: skip
        last = build.sub(self.nrows, i64(1))
        self.pointers = []
        for r in self.rows:
            # Rows that there are not repeat the last one, and are not stored.
            row = build.select(build.icmp_signed("<", i64(r), self.nrows), i64(r), last)
            offset = build.load(self.at(table, row, i64), typ=i64)
            self.pointers.append(self.at(self.a, offset))
        vec = ir.VectorType(self.scalar, lanes)
        self.sums = [[cgutils.alloca_once(build, vec) for _ in self.vectors] for _ in self.rows]
        self.masks = [first_lanes(build, self.ncols, lanes, v * lanes) for v in self.vectors]
        self.masked = Masked(build, self.scalar, lanes)
        self.fma = self.masked.fma()

    def at(self, base: Any, offset: Any, kind: Any = None) -> Any:
        """The address of a value."""
        return self.builder.gep(base, [offset], source_etype=kind or self.scalar)

    def row(self, r: int) -> Any:
        """Where a row of C begins."""
        return self.at(self.c, self.builder.mul(self.cr, self.i64(r)))

    def vector(self, base: Any, v: int) -> Any:
        """Where the vector of this number begins."""
        return self.at(base, self.i64(v * self.lanes))

    def whole(self) -> None:
        """All of it, without masks where C has as many columns as there are lanes."""
        build = self.builder
        full = build.icmp_signed(">=", self.ncols, self.i64(len(self.vectors) * self.lanes))
        none = [None for _ in self.vectors]
        with build.if_else(full) as (then, otherwise):
            with then:
                self.product(none)
            with otherwise:
                # Vectors before the last one are whole: C would take a narrower tile otherwise.
                self.product([*none[:-1], self.masks[-1]])
        build.ret_void()

    def product(self, masks: Sequence[Any]) -> None:
        """The sums of all rows, into C."""
        from numba.core import cgutils

        build = self.builder
        self.begin(masks)
        with cgutils.for_range(build, self.o_count) as outer:
            a_outer, b_outer = build.mul(outer.index, self.ao), build.mul(outer.index, self.bo)
            with cgutils.for_range(build, self.k_count) as inner:
                b_at = self.at(self.b, build.add(b_outer, build.mul(inner.index, self.bk)))
                panel = [self.masked.load(self.vector(b_at, v), masks[v]) for v in self.vectors]
                self.add(panel, build.add(a_outer, build.mul(inner.index, self.ak)))
        for r in self.rows:
            with build.if_then(build.icmp_signed("<", self.i64(r), self.nrows)):
                row = self.row(r)
                for v in self.vectors:
                    self.masked.store(build.load(self.sums[r][v]), self.vector(row, v), masks[v])

    def begin(self, masks: Sequence[Any]) -> None:
        """What the sums start from: zero, ``start`` in all rows, or what C holds."""
        build, zero = self.builder, self.masked.all(0.0)
        for r in self.rows:
            for v in self.vectors:
                build.store(zero, self.sums[r][v])
        with build.if_then(build.icmp_signed("==", self.mode, self.i64(BIAS))):
            for v in self.vectors:
                value = self.masked.load(self.vector(self.start, v), masks[v])
                for r in self.rows:
                    build.store(value, self.sums[r][v])
        with build.if_then(build.icmp_signed("==", self.mode, self.i64(ADD))):
            for r in self.rows:
                with build.if_then(build.icmp_signed("<", self.i64(r), self.nrows)):
                    row = self.row(r)
                    for v in self.vectors:
                        build.store(self.masked.load(self.vector(row, v), masks[v]), self.sums[r][v])

    def add(self, panel: Sequence[Any], a_at: Any) -> None:
        """One term to all sums: a value of each row, times a row of B."""
        build = self.builder
        for r in self.rows:
            value = build.load(self.at(self.pointers[r], a_at), typ=self.scalar)
            factor = in_all_lanes(build, value, self.masked.vec)
            for v in self.vectors:
                total = build.call(self.fma, [factor, panel[v], build.load(self.sums[r][v])])
                build.store(total, self.sums[r][v])


def define_tile(module: Any, name: str, vectors: int, tile_rows: int, bits: int, width_bytes: int) -> None:
    """The tile for floats of so many bits: inlined, its loop would compete for registers."""
    Tile(module, name, vectors, tile_rows, bits, width_bytes // (bits // 8)).whole()


# Up to FEW rows and up to SOME take smaller tiles: leftover rows should not cost as much as a full tile.
FEW, SOME = 2, 4


def tiles(tile_rows: int, bits: int, width_bytes: int) -> dict[tuple[int, int], Shared]:
    """All tiles for floats of so many bits, by how many vectors wide and how many rows high they are."""
    from nnkernels.compiler import Shared

    return {
        (vectors, rows): Shared(define_tile, (vectors, rows, bits, width_bytes))
        for vectors in (2, 1)
        for rows in (FEW, SOME, tile_rows)
    }


def define_gemm(module: Any, name: str, tile_rows: int, bits: int, width_bytes: int) -> None:
    """The nest of the module docstring for C of any size, tile by tile: `gemm`, with all offsets added."""
    from llvmlite import ir
    from numba.core import cgutils

    i64, pointer = ir.IntType(64), ir.PointerType()
    scalar, lanes = ir.FloatType() if bits == 32 else ir.DoubleType(), width_bytes // (bits // 8)
    kinds = [pointer, pointer, *[i64] * 5, pointer, i64, i64, pointer, i64, i64, i64, pointer]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    build = ir.IRBuilder(function.append_basic_block("entry"))
    a, rows, m, ao, ak, o_count, k_count, b, bo, bk, c, cr, n, mode, start = function.args
    known = tiles(tile_rows, bits, width_bytes)

    def at(base: Any, offset: Any, kind: Any = scalar) -> Any:
        return build.gep(base, [offset], source_etype=kind)

    def multiply(vectors: int, i: Any, j: Any) -> None:
        left, high = build.sub(n, j), build.sub(m, i)
        given = [ao, ak, o_count, k_count, at(b, j), bo, bk, at(c, build.add(build.mul(i, cr), j)), cr, left]

        def tile(height: int) -> None:
            there = build.select(build.icmp_signed("<", high, i64(height)), high, i64(height))
            known[vectors, height].call_from(build, [a, at(rows, i, i64), there, *given, mode, at(start, j)])

        with build.if_else(build.icmp_signed(">", high, i64(SOME))) as (many, some):
            with many:
                tile(tile_rows)
            with some, build.if_else(build.icmp_signed(">", high, i64(FEW))) as (more, few):
                with more:
                    tile(SOME)
                with few:
                    tile(FEW)

    with cgutils.for_range_slice(build, i64(0), n, i64(2 * lanes)) as (j, _):
        takes_two = build.icmp_signed(">", build.sub(n, j), i64(lanes))
        with build.if_else(takes_two) as (two, one):
            for vectors, branch in ((2, two), (1, one)):
                with branch, cgutils.for_range_slice(build, i64(0), m, i64(tile_rows)) as (i, _):
                    multiply(vectors, i, j)
    build.ret_void()


def _make_gemm() -> Any:
    nb = numba()
    from llvmlite import ir

    from nnkernels.compiler import Shared

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        facts = (ROWS.compiled, sig.args[0].dtype.bitwidth, VECTOR_BYTES.compiled)
        shared = Shared(define_gemm, facts, tuple(tiles(*facts).values()))

        def base(position: int, offset: Any) -> Any:
            address = address_in(context, builder, sig.args[position], values[position], offset)
            return builder.bitcast(address, ir.PointerType())

        (_, a0, _, r0, m, ao, ak, o_count, k_count, _, b0, bo, bk, _, c0, cr, n, mode, _, i0) = values
        shared.call(
            context,
            builder,
            [base(0, a0), base(2, r0), m, ao, ak, o_count, k_count, base(9, b0), bo, bk,
             base(13, c0), cr, n, mode, base(18, i0)],
        )  # fmt: skip
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def gemm(
        typingctx, a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, mode, start, i0
    ):  # fmt: skip
        i = nb.types.int64
        sig = nb.types.void(a, i, rows, i, i, i, i, i, i, b, i, i, i, c, i, i, i, i, start, i)
        return sig, codegen

    return gemm


# (a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, mode, start, i0): the nest of
# the module docstring for m rows and n columns; C's row stride is ``cr``. ``rows`` is an int64 table from
# index ``r0``; ``start`` from ``i0`` is a bias of n values where mode is BIAS; ADD adds to what C holds. Its
# machine code is there once, and all kernels call it.
gemm = Deferred(_make_gemm)


def spread(width: int) -> int:
    """Distance of rows of ``width`` float32: at multiples of 512 bytes all would fall into few cache sets."""
    return width + 16 if width % 128 == 0 else width


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
            return builder.load(address_in(context, builder, sig.args[0], *values))

        return array.dtype(array, nb.types.int64), codegen

    return load


def _make_store() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def store(typingctx, array, index, value):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            builder.store(values[2], address_in(context, builder, sig.args[0], *values[:2]))
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
