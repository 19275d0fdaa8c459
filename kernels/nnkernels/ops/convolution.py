"""The three passes of a convolution over padded NHWC pictures, for Conv1D, Conv2D and ConvTranspose2D.

A sequence is a picture of height 1. A padded picture and the micro-kernel's table of row offsets
make a convolution a matrix product without im2col. A transposed convolution is the input gradient
of an ordinary one, so its layer takes the same functions the other way round. Must not know layers.
"""

from __future__ import annotations

from collections import namedtuple

from nnkernels.jit import device, kernel
from nnkernels.machine import LANES, ONE, array_at, join_shares
from nnkernels.ops.winograd import POINTS, convolve_tiles, filter_products, filter_tile, taps_tile
from nnkernels.vector.simd import ADD, BIAS, ZERO, assign, gemm, load, store

# h, w, cin: input; kh, kw: filter; sh, sw: stride; dh, dw: dilation; top, left: padding; others: output.
Geometry = namedtuple("Geometry", "h w cin kh kw sh sw dh dw groups top left oh ow cout")


@device
def pad_sample(shape, source, x, n, work, pad, width):
    """As `copy_sample`, with the convolution's own geometry."""
    copy_sample(source, x, n, shape.h, shape.w, shape.cin, shape.top, shape.left, work, pad, width)


@device
def copy_sample(source, x, n, h, w, cin, top, left, work, pad, width):
    """Copy sample n into the middle of a frame whose border is zero already."""
    for i in range(h):
        values = source[x + (n * h + i) * w * cin : x + (n * h + i + 1) * w * cin]
        at = pad + ((top + i) * width + left) * cin
        sink = work[at : at + w * cin]
        for j in range(w * cin):
            sink[j] = values[j]


@device
def correlate_channels(
    work, pad, table, positions, width, channels, kh, kw, dh, dw, weights, w, sink, y, mode, start, b
):  # fmt: skip
    """Depthwise: each channel with a filter of its own."""
    for p in range(positions):
        at, to = pad + table[p], y + p * channels
        for c in range(channels):
            store(sink, to + c, load(start, b + c) if mode == BIAS else load(weights, w + c) * 0)
        for i in range(kh):
            for j in range(kw):
                x, tap = at + (i * dh * width + j * dw) * channels, w + (i * kw + j) * channels
                for c in range(channels):
                    value = load(work, x + c) * load(weights, tap + c)
                    store(sink, to + c, load(sink, to + c) + value)


@device
def correlate(
    work, pad, table, positions, width, cin, cout, kh, kw, dh, dw, groups,
    weights, w, sink, y, mode, start, b,
):  # fmt: skip
    """One padded picture times filters (kh, kw, cin / groups, cout), at the positions of the table."""
    if dw == 1 and groups == 1:
        gemm(
            work, pad, table, 0, positions, dh * width * cin, 1, kh, kw * cin,
            weights, w, kw * cin * cout, cout, sink, y, cout, cout, mode, start, b,
        )  # fmt: skip
    elif groups == cin and groups == cout:
        correlate_channels(
            work, pad, table, positions, width, cin, kh, kw, dh, dw, weights, w, sink, y, mode, start, b
        )
    else:
        # The taps of a row are not side by side: one product for each tap and group.
        few, out = cin // groups, cout // groups
        for g in range(groups):
            for tap in range(kh * kw):
                at = pad + (tap // kw * dh * width + tap % kw * dw) * cin + g * few
                gemm(
                    work, at, table, 0, positions, 0, 1, 1, few,
                    weights, w + tap * few * cout + g * out, 0, cout,
                    sink, y + g * out, cout, out, mode if tap == 0 else ADD, start, b + g * out,
                )  # fmt: skip


@device
def convolve(
    shape, source, x, sink, y, params, weight, bias, work, pad, size, table, width, ready, lo, hi
):  # fmt: skip
    """Forward: pad one sample at a time, then one product over all output positions.

    ``ready`` tells the first strip of a chunk, which prepares the scratch.
    """
    positions, cout = shape.oh * shape.ow, shape.cout
    if ready:
        work[pad : pad + size] = 0
    for n in range(lo, hi):
        pad_sample(shape, source, x, n, work, pad, width)
        correlate(
            work, pad, table, positions, width, shape.cin, cout, shape.kh, shape.kw, shape.dh,
            shape.dw, shape.groups, params, weight, sink, y + n * positions * cout,
            BIAS if bias >= 0 else ZERO, params, max(bias, 0),
        )  # fmt: skip


@device
def turn_filters(shape, params, weight, work, turned):
    """Filters (kh, kw, cin / groups, cout) upside down as (kh, kw, cout / groups, cin)."""
    cin, cout, groups, taps = shape.cin, shape.cout, shape.groups, shape.kh * shape.kw
    few, out = cin // groups, cout // groups
    for tap in range(taps):
        at, source = turned + (taps - 1 - tap) * cin * out, weight + tap * few * cout
        for ci in range(few):
            for co in range(cout):
                work[at + co % out * cin + co // out * few + ci] = params[source + ci * cout + co]


@device
def deconvolve(
    shape, source, dy, sink, dx, params, weight, bias, work, spread, size, turned, table, ready, lo, hi
):  # fmt: skip
    """Input gradient: dy, spread out by the stride and padded, with the turned filters."""
    h, w, cin, kh, kw = shape.h, shape.w, shape.cin, shape.kh, shape.kw
    dh, dw, oh, ow, cout = shape.dh, shape.dw, shape.oh, shape.ow, shape.cout
    above, before = (kh - 1) * dh, (kw - 1) * dw
    width = w + before
    if ready:
        turn_filters(shape, params, weight, work, turned)
        work[spread : spread + size] = 0
    for n in range(lo, hi):
        for i in range(oh):
            line = i * shape.sh + above - shape.top
            # Positions that only ever touched padding have no place in the input's frame.
            if line < 0 or line >= h + above:
                continue
            for j in range(ow):
                column = j * shape.sw + before - shape.left
                if column < 0 or column >= width:
                    continue
                at = spread + (line * width + column) * cout
                values = dy + ((n * oh + i) * ow + j) * cout
                for c in range(cout):
                    store(work, at + c, load(source, values + c))
        correlate(
            work, spread, table, h * w, width, cout, cin, kh, kw, dh, dw, shape.groups,
            work, turned, sink, dx + n * h * w * cin, BIAS if bias >= 0 else ZERO, params, max(bias, 0),
        )  # fmt: skip


@device
def channel_gradients(shape, work, pad, gradients, out, share, width):
    """Depthwise dW of one sample, added to the share."""
    c, ow = shape.cin, shape.ow
    for tap in range(shape.kh * shape.kw):
        to = share + tap * c
        ahead = (tap // shape.kw * shape.dh * width + tap % shape.kw * shape.dw) * c
        for p in range(shape.oh * ow):
            x, dy = pad + ahead + (p // ow * shape.sh * width + p % ow * shape.sw) * c, out + p * c
            for m in range(c):
                store(work, to + m, load(work, to + m) + load(work, x + m) * load(gradients, dy + m))


@device
def add_bias_gradients(work, table, gradients, dy, positions, cout, sums):
    """The sums of dy over positions, as a product with a row of ones; ``table`` begins with 0."""
    gemm(
        work, ONE, table, 0, 1, 0, 0, 1, positions,
        gradients, dy, 0, cout, work, sums, cout, cout, ADD, work, 0,
    )  # fmt: skip


@device
def filter_gradients(
    shape, source, x, gradients, dy, work, pad, size, share, table, width, ready, lo, hi
):  # fmt: skip
    """dW of the samples ``lo .. hi`` and then the sums of dy, (kh kw cin / groups + 1, cout), in share."""
    cin, groups = shape.cin, shape.groups
    oh, ow, cout = shape.oh, shape.ow, shape.cout
    few, n_out = cin // groups, cout // groups
    rows = shape.kh * shape.kw * few
    if ready:
        work[pad : pad + size] = 0
        work[share : share + (rows + 1) * cout] = 0
    for n in range(lo, hi):
        pad_sample(shape, source, x, n, work, pad, width)
        out = dy + n * oh * ow * cout
        if groups > 1 and groups == cin and groups == cout:
            channel_gradients(shape, work, pad, gradients, out, share, width)
        else:
            for g in range(groups):
                gemm(
                    work, pad + g * few, table, 0, rows, shape.sh * width * cin, shape.sw * cin, oh, ow,
                    gradients, out + g * n_out, ow * cout, cout,
                    work, share + g * n_out, cout, n_out, ADD, work, 0,
                )  # fmt: skip
        add_bias_gradients(work, table, gradients, out, oh * ow, cout, share + rows * cout)


@kernel
def forward(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, x_at, y_at, weight_at, bias_at, table, width, frame_at, frame_size,
):  # fmt: skip
    """Scratch at ``frame_at``: a padded picture ``width`` across per lane; ``table`` its windows' offsets."""
    table = array_at(table, state)
    pad = frame_at + state[LANES + chunk] * frame_size
    convolve(
        shape, acts, x_at, acts, y_at, params, weight_at, bias_at, work, pad, frame_size, table, width,
        lo % per_chunk == 0, lo, hi,
    )  # fmt: skip


@kernel
def input_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, dx_at, dy_at, weight_at, bias_at, table,
    spread_at, spread_size, turned_at, turned_stride,
):  # fmt: skip
    """Scratch of a lane: dy spread out, and turned filters; ``table`` are the positions of dx."""
    table = array_at(table, state)
    lane = state[LANES + chunk]
    spread, turned = spread_at + lane * spread_size, turned_at + lane * turned_stride
    deconvolve(
        shape, grads, dy_at, grads, dx_at, params, weight_at, bias_at,
        work, spread, spread_size, turned, table, lo % per_chunk == 0, lo, hi,
    )  # fmt: skip


@kernel
def fast_forward(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, x_at, y_at, weight_at, bias_at, rows, width, block,
    scratch_at, scratch_stride, filters_offset, points_offset, products_offset, zeros_offset,
):  # fmt: skip
    """`forward` by Winograd, ``block`` rows of tiles at a time.

    Scratch of a lane: the padded picture, and at their offsets filters, points, products and zeros.
    """
    h, w, cin, oh, ow, cout = shape.h, shape.w, shape.cin, shape.oh, shape.ow, shape.cout
    rows = array_at(rows, state)
    frame = scratch_at + state[LANES + chunk] * scratch_stride
    filters, points = frame + filters_offset, frame + points_offset
    products, zeros = frame + products_offset, frame + zeros_offset
    if lo % per_chunk == 0:
        work[frame:filters] = 0
        work[zeros : zeros + cout] = 0
        filter_tile(params, weight_at, work, filters, work, 0, cin * cout, cin * cout, cin * cout, 0, 0)
    for n in range(lo, hi):
        copy_sample(acts, x_at, n, h, w, cin, shape.top, shape.left, work, frame, width)
        if bias_at >= 0:
            convolve_tiles(
                work, frame, width, cin, filters, points, products, block, rows,
                acts, y_at + n * oh * ow * cout, oh, ow, cout, params, bias_at,
            )  # fmt: skip
        else:
            convolve_tiles(
                work, frame, width, cin, filters, points, products, block, rows,
                acts, y_at + n * oh * ow * cout, oh, ow, cout, work, zeros,
            )  # fmt: skip


@kernel
def fast_input_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, dx_at, dy_at, weight_at, rows, width, block,
    scratch_at, scratch_stride, filters_offset, points_offset, products_offset, zeros_offset, turned_offset,
):  # fmt: skip
    """`input_gradient` by Winograd: as `fast_forward`, from dy to dx, with turned filters in its scratch."""
    h, w, cin, oh, ow, cout = shape.h, shape.w, shape.cin, shape.oh, shape.ow, shape.cout
    rows = array_at(rows, state)
    frame = scratch_at + state[LANES + chunk] * scratch_stride
    filters, points = frame + filters_offset, frame + points_offset
    products, zeros = frame + products_offset, frame + zeros_offset
    if lo % per_chunk == 0:
        turned = frame + turned_offset
        work[frame:filters] = 0
        work[zeros : zeros + cin] = 0
        turn_filters(shape, params, weight_at, work, turned)
        filter_tile(work, turned, work, filters, work, 0, cin * cout, cin * cout, cin * cout, 0, 0)
    for n in range(lo, hi):
        copy_sample(grads, dy_at, n, oh, ow, cout, 2 - shape.top, 2 - shape.left, work, frame, width)
        convolve_tiles(
            work, frame, width, cout, filters, points, products, block, rows,
            grads, dx_at + n * h * w * cin, h, w, cin, work, zeros,
        )  # fmt: skip


@kernel
def weight_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, x_at, dy_at, table, width, frame_at, frame_size, share_at, share_stride,
):  # fmt: skip
    """The chunk's share of dW and of the bias's gradient; ``table`` are the taps' offsets in the frame."""
    table = array_at(table, state)
    pad, share = frame_at + state[LANES + chunk] * frame_size, share_at + chunk * share_stride
    filter_gradients(
        shape, acts, x_at, grads, dy_at, work, pad, frame_size, share, table, width,
        lo % per_chunk == 0, lo, hi,
    )  # fmt: skip


@kernel
def fast_weight_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, x_at, dy_at, channels, width, tiles,
    scratch_at, scratch_stride, points_offset, gradients_offset, share_at, share_stride,
):  # fmt: skip
    """`weight_gradient` by Winograd: 16 sums (cin, cout), and those of dy behind them, in the share.

    Scratch of a lane: the padded picture, and at their offsets points and gradients of the ``tiles`` that are
    collected; ``channels`` is a table of whole numbers.
    """
    h, w, cin, oh, ow, cout = shape.h, shape.w, shape.cin, shape.oh, shape.ow, shape.cout
    channels = array_at(channels, state)
    frame = scratch_at + state[LANES + chunk] * scratch_stride
    points, gradients, share = (
        frame + points_offset,
        frame + gradients_offset,
        share_at + chunk * share_stride,
    )
    biases, count = share + POINTS * cin * cout, 0
    if lo % per_chunk == 0:
        work[frame:points] = 0
        work[share : biases + cout] = 0
    for n in range(lo, hi):
        dy = dy_at + n * oh * ow * cout
        copy_sample(acts, x_at, n, h, w, cin, shape.top, shape.left, work, frame, width)
        count = filter_products(
            work, frame, width, cin, points, gradients, tiles, channels, grads, dy, oh, ow, cout, share,
            count, n == hi - 1,
        )  # fmt: skip
        add_bias_gradients(work, channels, grads, dy, oh * ow, cout, biases)


@kernel
def sum_products(
    state, acts, grads, params, work, chunk, lo, hi,
    share_at, share_stride, per_chunk, size, dweight_at,
):  # fmt: skip
    """Filters' gradients from the shares of `fast_weight_gradient`, for ``lo .. hi`` of (cin, cout)."""
    join_shares(state, work, share_at, share_stride, per_chunk, POINTS, size, lo, hi)
    taps_tile(work, share_at + lo, grads, dweight_at + lo, work, 0, hi - lo, size, size, 0, 0)


@kernel
def sum_shares(
    state, acts, grads, params, work, chunk, lo, hi,
    share_at, share_stride, per_chunk, weights, dweight_at, dbias_at,
):  # fmt: skip
    """Add the chunks' shares, in order of the chunks; weights first, then biases."""
    join_shares(state, work, share_at, share_stride, per_chunk, 1, 0, lo, hi)
    end, begin = min(hi, weights), max(lo, weights)
    if lo < end:
        assign(grads[dweight_at + lo : dweight_at + end], work[share_at + lo : share_at + end])
    if begin < hi and dbias_at >= 0:
        first, last = dbias_at + begin - weights, dbias_at + hi - weights
        assign(grads[first:last], work[share_at + begin : share_at + hi])


@kernel
def transposed_forward(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, y_at, x_at, weight_at, bias_at, table,
    spread_at, spread_size, turned_at, turned_stride,
):  # fmt: skip
    """The geometry is that of the ordinary convolution from y to x; then as `input_gradient`."""
    table = array_at(table, state)
    lane = state[LANES + chunk]
    spread, turned = spread_at + lane * spread_size, turned_at + lane * turned_stride
    deconvolve(
        shape, acts, x_at, acts, y_at, params, weight_at, bias_at,
        work, spread, spread_size, turned, table, lo % per_chunk == 0, lo, hi,
    )  # fmt: skip


@kernel
def transposed_input_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, dy_at, dx_at, weight_at, bias_at, table, width, frame_at, frame_size,
):  # fmt: skip
    """As `forward`, from dy to dx."""
    table = array_at(table, state)
    pad = frame_at + state[LANES + chunk] * frame_size
    convolve(
        shape, grads, dy_at, grads, dx_at, params, weight_at, bias_at, work, pad, frame_size, table, width,
        lo % per_chunk == 0, lo, hi,
    )  # fmt: skip


@kernel
def transposed_weight_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    shape: Geometry, per_chunk, dy_at, x_at, table, width, frame_at, frame_size, share_at, share_stride,
):  # fmt: skip
    """As `weight_gradient`, with the roles of x and dy exchanged."""
    table = array_at(table, state)
    pad, share = frame_at + state[LANES + chunk] * frame_size, share_at + chunk * share_stride
    filter_gradients(
        shape, grads, dy_at, acts, x_at, work, pad, frame_size, share, table, width,
        lo % per_chunk == 0, lo, hi,
    )  # fmt: skip
