"""The three passes of a convolution over padded NHWC pictures, for Conv1D, Conv2D and ConvTranspose2D.

A sequence is a picture of height 1. A padded picture and the micro-kernel's table of row offsets
make a convolution a matrix product without im2col. A transposed convolution is the input gradient
of an ordinary one, so its layer takes the same functions the other way round. Must not know layers.
"""

from __future__ import annotations

from nnkernels.jit import device, kernel
from nnkernels.machine import LANES, ONE, SAMPLES, array_at, join_shares
from nnkernels.simd import ADD, BIAS, ZERO, gemm, load, store
from nnkernels.winograd import POINTS, convolve_tiles, filter_products, filter_tile, taps_tile

# Every kernel below starts its argument block with the geometry, in this order. h, w, cin: input;
# kh, kw: filter; top, left: padding; oh, ow, cout: output; samples of a chunk.
H, W, CIN, KH, KW, STRIDE, DILATION, GROUPS, TOP, LEFT, OH, OW, COUT, CHUNK = range(14)


@device
def pad_sample(args, source, x, n, work, pad, wide):
    """As `place_sample`, with the convolution's own geometry."""
    place_sample(source, x, n, args[H], args[W], args[CIN], args[TOP], args[LEFT], work, pad, wide)


@device
def place_sample(source, x, n, h, w, cin, top, left, work, pad, wide):
    """Copy sample n into the middle of a frame whose border is zero already."""
    for i in range(h):
        values = source[x + (n * h + i) * w * cin : x + (n * h + i + 1) * w * cin]
        at = pad + ((top + i) * wide + left) * cin
        sink = work[at : at + w * cin]
        for j in range(w * cin):
            sink[j] = values[j]


@device
def correlate_channels(
    work, pad, table, positions, wide, channels, kh, kw, dilation, weights, w, sink, y, mode, start, b
):  # fmt: skip
    """Depthwise: each channel with a filter of its own."""
    for p in range(positions):
        at, to = pad + table[p], y + p * channels
        for c in range(channels):
            store(sink, to + c, load(start, b + c) if mode == BIAS else load(weights, w + c) * 0)
        for i in range(kh):
            for j in range(kw):
                x, tap = at + (i * wide + j) * dilation * channels, w + (i * kw + j) * channels
                for c in range(channels):
                    value = load(work, x + c) * load(weights, tap + c)
                    store(sink, to + c, load(sink, to + c) + value)


@device
def correlate(
    work, pad, table, positions, wide, cin, cout, kh, kw, dilation, groups,
    weights, w, sink, y, mode, start, b,
):  # fmt: skip
    """One padded picture times filters (kh, kw, cin / groups, cout), at the positions of the table."""
    if dilation == 1 and groups == 1:
        gemm(
            work, pad, table, 0, positions, wide * cin, 1, kh, kw * cin,
            weights, w, kw * cin * cout, cout, sink, y, cout, cout, mode, start, b,
        )  # fmt: skip
    elif groups == cin and groups == cout:
        correlate_channels(
            work, pad, table, positions, wide, cin, kh, kw, dilation, weights, w, sink, y, mode, start, b
        )
    else:
        # The taps of a row are not side by side: one product for each tap and group.
        few, out = cin // groups, cout // groups
        for g in range(groups):
            for tap in range(kh * kw):
                at = pad + (tap // kw * wide + tap % kw) * dilation * cin + g * few
                gemm(
                    work, at, table, 0, positions, 0, 1, 1, few,
                    weights, w + tap * few * cout + g * out, 0, cout,
                    sink, y + g * out, cout, out, mode if tap == 0 else ADD, start, b + g * out,
                )  # fmt: skip


@device
def convolve(
    args, source, x, sink, y, params, weight, bias, work, pad, size, table, wide, ready, lo, hi
):  # fmt: skip
    """Forward: pad one sample at a time, then one product over all output positions.

    ``ready`` tells the first strip of a chunk, which prepares the scratch.
    """
    positions, cout = args[OH] * args[OW], args[COUT]
    if ready:
        work[pad : pad + size] = 0
    for n in range(lo, hi):
        pad_sample(args, source, x, n, work, pad, wide)
        correlate(
            work, pad, table, positions, wide, args[CIN], cout, args[KH], args[KW], args[DILATION],
            args[GROUPS], params, weight, sink, y + n * positions * cout,
            BIAS if bias >= 0 else ZERO, params, max(bias, 0),
        )  # fmt: skip


@device
def turn_filters(args, params, weight, work, turned):
    """Filters (kh, kw, cin / groups, cout) upside down as (kh, kw, cout / groups, cin)."""
    cin, cout, groups, taps = args[CIN], args[COUT], args[GROUPS], args[KH] * args[KW]
    few, out = cin // groups, cout // groups
    for tap in range(taps):
        at, source = turned + (taps - 1 - tap) * cin * out, weight + tap * few * cout
        for ci in range(few):
            for co in range(cout):
                work[at + co % out * cin + co // out * few + ci] = params[source + ci * cout + co]


@device
def deconvolve(
    args, source, dy, sink, dx, params, weight, bias, work, spread, size, turned, table, ready, lo, hi
):  # fmt: skip
    """Input gradient: dy, spread out by the stride and padded, with the turned filters."""
    h, w, cin, kh, kw, stride = args[H], args[W], args[CIN], args[KH], args[KW], args[STRIDE]
    dilation, oh, ow, cout = args[DILATION], args[OH], args[OW], args[COUT]
    above, before = (kh - 1) * dilation, (kw - 1) * dilation
    wide = w + before
    if ready:
        turn_filters(args, params, weight, work, turned)
        work[spread : spread + size] = 0
    for n in range(lo, hi):
        for i in range(oh):
            line = i * stride + above - args[TOP]
            # Positions that only ever touched padding have no place in the input's frame.
            if line < 0 or line >= h + above:
                continue
            for j in range(ow):
                column = j * stride + before - args[LEFT]
                if column < 0 or column >= wide:
                    continue
                at = spread + (line * wide + column) * cout
                values = dy + ((n * oh + i) * ow + j) * cout
                for c in range(cout):
                    store(work, at + c, load(source, values + c))
        correlate(
            work, spread, table, h * w, wide, cout, cin, kh, kw, dilation, args[GROUPS],
            work, turned, sink, dx + n * h * w * cin, BIAS if bias >= 0 else ZERO, params, max(bias, 0),
        )  # fmt: skip


@device
def channel_slopes(args, work, pad, slopes, out, share, wide):
    """Depthwise dW of one sample, added to the share."""
    c, stride, dilation, ow = args[CIN], args[STRIDE], args[DILATION], args[OW]
    for tap in range(args[KH] * args[KW]):
        to = share + tap * c
        ahead = (tap // args[KW] * wide + tap % args[KW]) * dilation * c
        for p in range(args[OH] * ow):
            x, dy = pad + ahead + (p // ow * wide + p % ow) * stride * c, out + p * c
            for m in range(c):
                store(work, to + m, load(work, to + m) + load(work, x + m) * load(slopes, dy + m))


@device
def add_bias_slopes(work, table, slopes, dy, positions, cout, sums):
    """The sums of dy over positions, as a product with a row of ones; ``table`` begins with 0."""
    gemm(
        work, ONE, table, 0, 1, 0, 0, 1, positions,
        slopes, dy, 0, cout, work, sums, cout, cout, ADD, work, 0,
    )  # fmt: skip


@device
def filter_slopes(
    args, source, x, slopes, dy, work, pad, size, share, table, wide, ready, lo, hi
):  # fmt: skip
    """dW of the samples ``lo .. hi`` and then the sums of dy, (kh kw cin / groups + 1, cout), in share."""
    cin, stride, groups = args[CIN], args[STRIDE], args[GROUPS]
    oh, ow, cout = args[OH], args[OW], args[COUT]
    few, n_out = cin // groups, cout // groups
    rows = args[KH] * args[KW] * few
    if ready:
        work[pad : pad + size] = 0
        work[share : share + (rows + 1) * cout] = 0
    for n in range(lo, hi):
        pad_sample(args, source, x, n, work, pad, wide)
        out = dy + n * oh * ow * cout
        if groups > 1 and groups == cin and groups == cout:
            channel_slopes(args, work, pad, slopes, out, share, wide)
        else:
            for g in range(groups):
                gemm(
                    work, pad + g * few, table, 0, rows, stride * wide * cin, stride * cin, oh, ow,
                    slopes, out + g * n_out, ow * cout, cout,
                    work, share + g * n_out, cout, n_out, ADD, work, 0,
                )  # fmt: skip
        add_bias_slopes(work, table, slopes, out, oh * ow, cout, share + rows * cout)


@kernel
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """After the geometry: x, y, weight, bias, table, width of the frame, frame, its stride."""
    x, y, weight, bias = args[14], args[15], args[16], args[17]
    table, wide, size = array_at(args[18], args), args[19], args[21]
    pad = args[20] + state[LANES + chunk] * size
    convolve(
        args, acts, x, acts, y, params, weight, bias, work, pad, size, table, wide,
        lo % args[CHUNK] == 0, lo, hi,
    )  # fmt: skip


@kernel
def input_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """After the geometry: dx, dy, weight, bias, table, frame, its stride, turned filters, their stride."""
    dx, dy, weight, table = args[14], args[15], args[16], array_at(args[18], args)
    lane = state[LANES + chunk]
    spread, turned = args[19] + lane * args[20], args[21] + lane * args[22]
    deconvolve(
        args, grads, dy, grads, dx, params, weight, args[17], work, spread, args[20], turned, table,
        lo % args[CHUNK] == 0, lo, hi,
    )  # fmt: skip


@kernel
def fast_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """`forward` by Winograd. After the geometry: x, y, weight, bias or -1, table, width of the frame,
    scratch and its stride, offsets in it of filters, points, products and zeros, rows of a block."""
    h, w, cin, oh, ow, cout = args[H], args[W], args[CIN], args[OH], args[OW], args[COUT]
    x, y, weight, bias, rows, wide = (
        args[14],
        args[15],
        args[16],
        args[17],
        array_at(args[18], args),
        args[19],
    )
    frame = args[20] + state[LANES + chunk] * args[21]
    filters, points, products, zeros = frame + args[22], frame + args[23], frame + args[24], frame + args[25]
    if lo % args[CHUNK] == 0:
        work[frame:filters] = 0
        work[zeros : zeros + cout] = 0
        filter_tile(params, weight, work, filters, work, 0, cin * cout, cin * cout, cin * cout, 0, 0)
    for n in range(lo, hi):
        place_sample(acts, x, n, h, w, cin, args[TOP], args[LEFT], work, frame, wide)
        if bias >= 0:
            convolve_tiles(
                work, frame, wide, cin, filters, points, products, args[26], rows,
                acts, y + n * oh * ow * cout, oh, ow, cout, params, bias,
            )  # fmt: skip
        else:
            convolve_tiles(
                work, frame, wide, cin, filters, points, products, args[26], rows,
                acts, y + n * oh * ow * cout, oh, ow, cout, work, zeros,
            )  # fmt: skip


@kernel
def fast_input_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """`input_gradient` by Winograd: arguments as `fast_forward`, with dx for x, dy for y, and one more
    offset, of the turned filters."""
    h, w, cin, oh, ow, cout = args[H], args[W], args[CIN], args[OH], args[OW], args[COUT]
    dx, dy, weight, rows, wide = args[14], args[15], args[16], array_at(args[18], args), args[19]
    frame = args[20] + state[LANES + chunk] * args[21]
    filters, points, products, zeros = frame + args[22], frame + args[23], frame + args[24], frame + args[25]
    if lo % args[CHUNK] == 0:
        turned = frame + args[27]
        work[frame:filters] = 0
        work[zeros : zeros + cin] = 0
        turn_filters(args, params, weight, work, turned)
        filter_tile(work, turned, work, filters, work, 0, cin * cout, cin * cout, cin * cout, 0, 0)
    for n in range(lo, hi):
        place_sample(grads, dy, n, oh, ow, cout, 2 - args[TOP], 2 - args[LEFT], work, frame, wide)
        convolve_tiles(
            work, frame, wide, cout, filters, points, products, args[26], rows,
            grads, dx + n * h * w * cin, h, w, cin, work, zeros,
        )  # fmt: skip


@kernel
def weight_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """After the geometry: x, dy, table, width of the frame, frame, its stride, share, its stride."""
    x, dy, table, wide = args[14], args[15], array_at(args[16], args), args[17]
    pad, share = args[18] + state[LANES + chunk] * args[19], args[20] + chunk * args[21]
    filter_slopes(
        args, acts, x, grads, dy, work, pad, args[19], share, table, wide, lo % args[CHUNK] == 0, lo, hi
    )


@kernel
def fast_weight_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """`weight_gradient` by Winograd: 16 sums (cin, cout), and those of dy behind them, in share. After the
    geometry: x, dy, table of channels, width of the frame, scratch and its stride, offsets in it of points
    and slopes, tiles that are collected, share, its stride."""
    h, w, cin, oh, ow, cout = args[H], args[W], args[CIN], args[OH], args[OW], args[COUT]
    channels, wide = array_at(args[16], args), args[17]
    frame = args[18] + state[LANES + chunk] * args[19]
    points, slopes, tiles, share = frame + args[20], frame + args[21], args[22], args[23] + chunk * args[24]
    biases, count = share + POINTS * cin * cout, 0
    if lo % args[CHUNK] == 0:
        work[frame:points] = 0
        work[share : biases + cout] = 0
    for n in range(lo, hi):
        dy = args[15] + n * oh * ow * cout
        place_sample(acts, args[14], n, h, w, cin, args[TOP], args[LEFT], work, frame, wide)
        count = filter_products(
            work, frame, wide, cin, points, slopes, tiles, channels, grads, dy, oh, ow, cout, share, count,
            n == hi - 1,
        )  # fmt: skip
        add_bias_slopes(work, channels, grads, dy, oh * ow, cout, biases)


@kernel
def sum_products(args, state, acts, grads, params, work, chunk, lo, hi):
    """Filters' gradients from the chunks' shares of `fast_weight_gradient`, for ``lo .. hi`` of (cin, cout).

    Arguments: share, its stride, samples of a chunk, cin times cout, gradient.
    """
    share, size = args[0], args[3]
    join_shares(state, work, share, args[1], args[2], POINTS, size, lo, hi)
    taps_tile(work, share + lo, grads, args[4] + lo, work, 0, hi - lo, size, size, 0, 0)


@kernel
def sum_shares(args, state, acts, grads, params, work, chunk, lo, hi):
    """Add the chunks' shares, in order of the chunks; weights first, then biases."""
    share, stride, per_chunk, weights, dw, db = args[0], args[1], args[2], args[3], args[4], args[5]
    used = (state[SAMPLES] + per_chunk - 1) // per_chunk
    for i in range(lo, hi):
        total = work[share + i]
        for c in range(1, used):
            total += work[share + c * stride + i]
        if i < weights:
            grads[dw + i] = total
        elif db >= 0:
            grads[db + i - weights] = total


@kernel
def transposed_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """The geometry is that of the ordinary convolution from y to x; then as `input_gradient`."""
    y, x, weight, table = args[14], args[15], args[16], array_at(args[18], args)
    lane = state[LANES + chunk]
    spread, turned = args[19] + lane * args[20], args[21] + lane * args[22]
    deconvolve(
        args, acts, x, acts, y, params, weight, args[17], work, spread, args[20], turned, table,
        lo % args[CHUNK] == 0, lo, hi,
    )  # fmt: skip


@kernel
def transposed_input_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """As `forward`, from dy to dx."""
    dy, dx, weight, bias = args[14], args[15], args[16], args[17]
    table, wide, size = array_at(args[18], args), args[19], args[21]
    pad = args[20] + state[LANES + chunk] * size
    convolve(
        args, grads, dy, grads, dx, params, weight, bias, work, pad, size, table, wide,
        lo % args[CHUNK] == 0, lo, hi,
    )  # fmt: skip


@kernel
def transposed_weight_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """As `weight_gradient`, with the roles of x and dy exchanged."""
    dy, x, table, wide = args[14], args[15], array_at(args[16], args), args[17]
    pad, share = args[18] + state[LANES + chunk] * args[19], args[20] + chunk * args[21]
    filter_slopes(
        args, grads, dy, acts, x, work, pad, args[19], share, table, wide, lo % args[CHUNK] == 0, lo, hi
    )
