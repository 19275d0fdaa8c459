"""Dense: every output is a weighted sum of every input, plus a bias."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import LANES, ONE, SAMPLES, array_at
from nnkernels.ops.turning import turned_weights
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Parameter,
    Shape,
    Shapes,
    SpecError,
    initialisers,
    layers,
    show_shape,
    size_of,
)
from nnkernels.spec.initialisers import BIAS_VALUES
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses
from nnkernels.vector.simd import BIAS, ROWS, ZERO, gemm, gemm_long
from nnkernels.vector.small import small_product
from nnkernels.vector.transposing import transpose

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Samples per column block of the transposed product in `input_gradient`.
BLOCK = 16
# Weights up to which `small_product` is no slower than the tile: 1.5 times as fast at 8 x 8, even at 16 x 16.
SMALL = 256


@kernel
def forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, weight_at, bias_at, width, out, rows, steps,
):  # fmt: skip
    """y[n, out] = x[n, in] @ w[in, out] + b"""
    lo, hi = lo * steps, hi * steps
    gemm(
        acts, x_at + lo * width, array_at(rows, state), 0, hi - lo, 0, 1, 1, width,
        params, weight_at, 0, out, acts, y_at + lo * out, out, out,
        BIAS if bias_at >= 0 else ZERO, params, max(bias_at, 0),
    )  # fmt: skip


@kernel
def input_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    dx_at, dy_at, width, out, rows, turned_at, steps,
):  # fmt: skip
    """dx[n, in] = dy[n, out] @ w.T, with w turned before."""
    lo, hi = lo * steps, hi * steps
    gemm(
        grads, dy_at + lo * out, array_at(rows, state), 0, hi - lo, 0, 1, 1, out,
        work, turned_at, 0, width, grads, dx_at + lo * width, width, width, ZERO, work, 0,
    )  # fmt: skip


@kernel
def input_gradient_turned(
    state, acts, grads, params, work, chunk, lo, hi,
    dx_at, dy_at, weight_at, width, out, rows, columns_at, columns_stride, steps,
):  # fmt: skip
    """The same as dx.T = w @ dy.T: the batch is turned, where it is smaller than the weights."""
    lo, hi = lo * steps, hi * steps
    columns = columns_at + state[LANES + chunk] * columns_stride
    tile = columns + BLOCK * out
    table = array_at(rows, state)
    for first in range(lo, hi, BLOCK):
        count = min(BLOCK, hi - first)
        for s in range(count):
            for o in range(out):
                work[columns + o * BLOCK + s] = grads[dy_at + (first + s) * out + o]
        for i in range(0, width, ROWS):
            high = min(ROWS, width - i)
            gemm(
                params, weight_at + i * out, table, 0, high, 0, 1, 1, out,
                work, columns, 0, BLOCK, work, tile, BLOCK, count, ZERO, work, 0,
            )  # fmt: skip
            for s in range(count):
                for r in range(high):
                    grads[dx_at + (first + s) * width + i + r] = work[tile + r * BLOCK + s]


@kernel
def weight_gradient(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dy_at, dweight_at, width, out, rows, steps, dbias_at,
):  # fmt: skip
    """dw[in, out] = x.T @ dy for inputs ``lo .. hi``, over the whole batch; the first piece sums dy."""
    count = state[SAMPLES] * steps
    gemm_long(
        acts, x_at + lo, array_at(rows, state), 0, hi - lo, 0, width, 1, count,
        grads, dy_at, 0, out, grads, dweight_at + lo * out, out, out, False,
    )  # fmt: skip
    if lo == 0 and dbias_at >= 0:
        add_rows(grads, dy_at, count, out, grads, dbias_at, 0, out)


@kernel
def small_forward(
    state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, weight_at, bias_at, width, out, steps
):  # fmt: skip
    """As `forward`, of few weights."""
    small_product(
        acts, x_at + lo * steps * width, width, 1, params, weight_at, out,
        acts, y_at + lo * steps * out, out, (hi - lo) * steps, width, out,
        params, max(bias_at, 0), int(bias_at >= 0),
    )  # fmt: skip


@kernel
def small_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dx_at, dy_at, weight_at, dweight_at, dbias_at, width, out, turned_at, steps,
):  # fmt: skip
    """All gradients of few weights, where all samples come at once; -1 for those that nobody wants."""
    rows = hi * steps
    if dweight_at >= 0:
        small_product(
            acts, x_at, 1, width, grads, dy_at, out, grads, dweight_at, out, width, rows, out, work, 0, 0
        )  # fmt: skip
    if dbias_at >= 0:
        small_product(work, ONE, 0, 0, grads, dy_at, out, grads, dbias_at, out, 1, rows, out, work, 0, 0)
    if dx_at >= 0:
        transpose(params, weight_at, width, out, out, work, turned_at, width)
        small_product(
            grads, dy_at, out, 1, work, turned_at, width, grads, dx_at, width, rows, out, width, work, 0, 0
        )  # fmt: skip


@device
def add_rows(source, at, rows, width, sink, to, lo, hi):
    """Sum of all rows, for columns ``lo .. hi``."""
    sums = sink[to + lo : to + hi]
    sums[:] = 0
    for n in range(rows):
        row = source[at + n * width + lo : at + n * width + hi]
        for o in range(sums.size):
            sums[o] += row[o]


@kernel
def bias_gradient(state, acts, grads, params, work, chunk, lo, hi, dy_at, dbias_at, out, rows):
    """db[out] = sum over the batch of dy, for outputs ``lo .. hi``."""
    add_rows(grads, dy_at, state[SAMPLES] * rows, out, grads, dbias_at, lo, hi)


@layers.register
class Dense(Layer):
    """y = x W + b with W of shape (inputs, units), as in Keras; PyTorch's Linear stores W.T.

    A sequence (steps, features) goes through step by step, with the same weights. A picture does
    not: there, a forgotten Flatten is more likely than a wish for a 1×1 convolution.
    """

    id = "dense"
    title = "Dense"
    pytorch = "nn.Linear"
    glyph = "dense"
    formula = "y = x · W + b"
    category = "Layers"
    order = 10
    help = "Every unit sees every input: a weighted sum plus a bias."
    synonyms = ("fully connected", "linear", "affine", "perceptron", "neurons", "inner product")
    shown = ("units",)
    options = (
        Option("units", 16, "Number of neurons, and so of outputs.", 1, 65536),
        Option("bias", True, "Add a trained constant to every unit."),
        *initialisers.options("he"),
        BIAS_VALUES,
    )
    samples = (
        ({"units": 5}, ((7,),)),
        ({"units": 1, "bias": False}, ((1,),)),
        ({"units": 37, "init": "glorot"}, ((19,),)),
        ({"units": 6}, ((3, 5),)),
        ({"units": 32}, ((16,),)),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs[0]) > 2:
            raise SpecError(
                f"Dense takes a list of values, but receives {show_shape(inputs[0])}. "
                "Put a Flatten before it."
            )
        return (*inputs[0][:-1], options["units"])

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        width, units = inputs[0][-1], options["units"]
        weight = initialisers.weight("weight", (width, units), options, width, units, ("Input", "Unit"))
        return (weight, initialisers.bias("bias", (units,), options)) if options["bias"] else (weight,)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 2 * size_of(inputs[0]) * int(options["units"])

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        *step, o = unit
        terms = tuple(Term(0, (*step, i), ("weight", (i, o))) for i in range(inputs[0][-1]))
        return Terms(Rule.SUM, terms, ("bias", (o,)) if options["bias"] else None)

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        *step, i = index
        return tuple(((*step, o), Term(0, index, ("weight", (i, o)))) for o in range(options["units"]))

    def lower(self, node: Lowering) -> None:
        width, out = node.inputs[0][-1], node.shape[-1]
        steps = node.size // out
        w, b = node.parameters["weight"], node.parameters.get("bias", -1)
        sizes = {"width": width, "out": out, "steps": steps}
        ends = {"x_at": node.x[0], "y_at": node.y, "weight_at": w, "bias_at": b}
        is_small = width * out <= SMALL
        if is_small:
            node.forward(small_forward, **ends, **sizes)
        else:
            rows = node.table([i * width for i in range(node.batch * steps)])
            node.forward(forward, rows=rows, **ends, **sizes)
        if not node.training:
            return
        if is_small and node.chunks == 1:
            self._lower_small(node, **sizes)
        else:
            self._lower_backward(node, **sizes)

    def _lower_small(self, node: Lowering, width: int, out: int, steps: int) -> None:
        """All gradients at once; what one chunk does costs too little to be shared."""
        gradient = {} if node.frozen else node.parameter_gradients
        if node.dx[0] < 0 and not gradient:
            return
        turned, _ = node.per_lane(width * out)
        node.backward(
            small_backward, True, x_at=node.x[0], dx_at=node.dx[0], dy_at=node.dy,
            weight_at=node.parameters["weight"], dweight_at=gradient.get("weight", -1),
            dbias_at=gradient.get("bias", -1), turned_at=turned, width=width, out=out, steps=steps,
        )  # fmt: skip

    def _lower_backward(self, node: Lowering, width: int, out: int, steps: int) -> None:
        sizes = {"width": width, "out": out, "steps": steps}
        w = node.parameters["weight"]
        if node.dx[0] >= 0:
            # What is smaller is turned: the weights, or a chunk's gradients.
            if width * out <= node.chunk * steps * (width + out):
                tile = node.table([i * out for i in range(node.batch * steps)])
                node.backward(
                    input_gradient, dx_at=node.dx[0], dy_at=node.dy, rows=tile,
                    turned_at=turned_weights(node, w, width, out), **sizes,
                )  # fmt: skip
            else:
                columns, stride = node.per_lane(BLOCK * out + BLOCK * 16)
                tile = node.table([i * out for i in range(64)])
                node.backward(
                    input_gradient_turned, dx_at=node.dx[0], dy_at=node.dy, weight_at=w, rows=tile,
                    columns_at=columns, columns_stride=stride, **sizes,
                )  # fmt: skip
        gradient = node.parameter_gradients
        cost = self.flops(node.options, node.inputs) * node.batch
        node.sweep(
            weight_gradient, width, cost, ROWS.compiled, x_at=node.x[0], dy_at=node.dy,
            rows=node.table(range(width)), dweight_at=gradient["weight"],
            dbias_at=gradient.get("bias", -1), **sizes,
        )  # fmt: skip

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        y = inputs[0] @ parameters["weight"]
        return y + parameters["bias"] if options["bias"] else y
