"""What threads of the whole card compute together: matrix products of dense layers and convolutions.

Each is told in Python, by the names of the kernel's own arguments: a value of the left side, one of the right
side, and where a sum goes. The parts of a product are the groups of a convolution, and the chunks of a batch
whose sums are added later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nnkernels.jit import Kernel, device
from nnkernels.layers import attention_kernels, dense
from nnkernels.machine import SAMPLES
from nnkernels.ops import convolution
from nnkernels.ops.winograd import POINTS
from nnkernels.vector.vmath import cast


@dataclass(frozen=True)
class Product:
    """Sums over k of ``left`` times ``right``, for all i and j of each part.

    ``sizes`` are rows, columns, terms and parts; ``put`` is given the sum as ``total``. ``after`` are lines
    for what is left, done by ``thread`` of ``threads``.
    """

    sizes: str
    left: str
    right: str
    put: str
    after: tuple[str, ...] = ()


@device
def window_value(values, at, shape, group, i, k):
    """What the window at position i (of samples, rows and columns) sees at tap and channel k of a group."""
    few, positions = shape.cin // shape.groups, shape.oh * shape.ow
    n, p, tap = i // positions, i % positions, k // few
    row = p // shape.ow * shape.sh + tap // shape.kw * shape.dh - shape.top
    column = p % shape.ow * shape.sw + tap % shape.kw * shape.dw - shape.left
    if row < 0 or row >= shape.h or column < 0 or column >= shape.w:
        return cast(0.0, values)
    return values[at + ((n * shape.h + row) * shape.w + column) * shape.cin + group * few + k % few]


@device
def position_seeing(shape, i, tap):
    """The position whose window sees input position i (of samples, rows and columns) at a tap, or -1."""
    n, p = i // (shape.h * shape.w), i % (shape.h * shape.w)
    row = p // shape.w + shape.top - tap // shape.kw * shape.dh
    column = p % shape.w + shape.left - tap % shape.kw * shape.dw
    if row < 0 or column < 0 or row % shape.sh != 0 or column % shape.sw != 0:
        return -1
    row, column = row // shape.sh, column // shape.sw
    if row >= shape.oh or column >= shape.ow:
        return -1
    return (n * shape.oh + row) * shape.ow + column


@device
def reaching_value(values, at, shape, group, i, k):
    """The value of the window that sees input position i at the tap of k; filter k of a group."""
    out = shape.cout // shape.groups
    position = position_seeing(shape, i, k // out)
    if position < 0:
        return cast(0.0, values)
    return values[at + position * shape.cout + group * out + k % out]


@device
def sum_seen(values, shape, i, c):
    """What all windows together have at input position i and channel c; they lie there as in `library`."""
    total, terms = cast(0.0, values), shape.kh * shape.kw * shape.cin
    for tap in range(shape.kh * shape.kw):
        position = position_seeing(shape, i, tap)
        if position >= 0:
            total += values[position * terms + tap * shape.cin + c]
    return total


@device
def sum_columns(values, at, first, last, width, column):
    """The sum of rows ``first .. last`` of a column."""
    total = cast(0.0, values)
    for row in range(first, last):
        total += values[at + row * width + column]
    return total


BIAS = "(params[bias_at + {}] if bias_at >= 0 else zero)"
_SAMPLES = "state[SAMPLES]"
_ROWS = f"{_SAMPLES} * steps"

_DENSE = Product(
    f"{_ROWS}, out, width, 1",
    "acts[x_at + i * width + k]",
    "params[weight_at + k * out + j]",
    "acts[y_at + i * out + j] = total + " + BIAS.format("j"),
)
_INPUT_GRADIENT = Product(
    f"{_ROWS}, width, out, 1",
    "grads[dy_at + i * out + k]",
    "params[weight_at + j * out + k]",
    "grads[dx_at + i * width + j] = total",
)
_FORWARD = Product(
    f"{_SAMPLES} * shape.oh * shape.ow, shape.cout // shape.groups, "
    "shape.kh * shape.kw * (shape.cin // shape.groups), shape.groups",
    "window_value(acts, x_at, shape, part, i, k)",
    "params[weight_at + k * shape.cout + part * columns + j]",
    "acts[y_at + i * shape.cout + part * columns + j] = total + " + BIAS.format("part * columns + j"),
)
_BACK = Product(
    f"{_SAMPLES} * shape.h * shape.w, shape.cin // shape.groups, "
    "shape.kh * shape.kw * (shape.cout // shape.groups), shape.groups",
    "reaching_value(grads, dy_at, shape, part, i, k)",
    "params[weight_at + (k // (shape.cout // shape.groups) * columns + j) * shape.cout"
    " + part * (shape.cout // shape.groups) + k % (shape.cout // shape.groups)]",
    "grads[dx_at + i * shape.cin + part * columns + j] = total",
)
# Of samples ``per_chunk * (part // groups)`` and so on; beyond the last one there is nothing to add.
_FIRST = "part // shape.groups * per_chunk * shape.oh * shape.ow"
_ALL = f"{_SAMPLES} * shape.oh * shape.ow"
_CHUNKS = f"(({_SAMPLES} + per_chunk - 1) // per_chunk)"
_WEIGHTS = Product(
    "shape.kh * shape.kw * (shape.cin // shape.groups), shape.cout // shape.groups, "
    f"per_chunk * shape.oh * shape.ow, {_CHUNKS} * shape.groups",
    f"window_value(acts, x_at, shape, part % shape.groups, {_FIRST} + k, i)"
    f" if {_FIRST} + k < {_ALL} else zero",
    f"grads[dy_at + ({_FIRST} + k) * shape.cout + part % shape.groups * columns + j]"
    f" if {_FIRST} + k < {_ALL} else zero",
    "work[share_at + part // shape.groups * share_stride + i * shape.cout"
    " + part % shape.groups * columns + j] = total",
    (
        f"for e in range(thread, {_CHUNKS} * shape.cout, threads):",
        "    chunk, positions = e // shape.cout, per_chunk * shape.oh * shape.ow",
        f"    last = min((chunk + 1) * positions, {_ALL})",
        "    to = share_at + chunk * share_stride + rows * shape.cout + e % shape.cout",
        "    work[to] = sum_columns(grads, dy_at, chunk * positions, last, shape.cout, e % shape.cout)",
    ),
)
PRODUCTS: dict[Kernel, Product] = {
    dense.forward: _DENSE,
    dense.small_forward: _DENSE,
    dense.input_gradient: replace(_INPUT_GRADIENT, right="work[turned_at + k * width + j]"),
    dense.input_gradient_turned: _INPUT_GRADIENT,
    dense.weight_gradient: Product(
        f"width, out, {_ROWS}, 1",
        "acts[x_at + k * width + i]",
        "grads[dy_at + k * out + j]",
        "grads[dweight_at + i * out + j] = total",
        (
            "for e in range(thread, out if dbias_at >= 0 else 0, threads):",
            f"    grads[dbias_at + e] = sum_columns(grads, dy_at, 0, {_ROWS}, out, e)",
        ),
    ),
    attention_kernels.input_weights: Product(
        f"width, columns, {_ROWS}, 1",
        "acts[x_at + k * width + i]",
        "work[dq_at + k * columns + j]",
        "grads[dweight_at + i * 3 * width + j] = total",
    ),
    attention_kernels.output_weights: Product(
        f"width, width, {_ROWS}, 1",
        "work[attended_at + k * width + i]",
        "grads[dy_at + k * width + j]",
        "grads[dweight_at + i * width + j] = total",
    ),
    convolution.forward: _FORWARD,
    convolution.fast_forward: _FORWARD,
    convolution.input_gradient: _BACK,
    convolution.fast_input_gradient: _BACK,
    convolution.weight_gradient: _WEIGHTS,
    # Its bias's gradient lies behind more: the room is that of Winograd's points, though they are not used.
    convolution.fast_weight_gradient: replace(
        _WEIGHTS,
        after=tuple(line.replace("rows *", f"{POINTS} * shape.cin *") for line in _WEIGHTS.after),
    ),
}


@device
def sum_taps(
    state, acts, grads, params, work, chunk, lo, hi, share_at, share_stride, per_chunk, size, dweight_at
):
    """`convolution.sum_products` of shares that hold the gradients themselves."""
    for tap in range(9):
        for i in range(tap * size + lo, tap * size + hi):
            total = work[share_at + i]
            for c in range(1, (state[SAMPLES] + per_chunk - 1) // per_chunk):
                total += work[share_at + c * share_stride + i]
            grads[dweight_at + i] = total
