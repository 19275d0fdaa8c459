"""Dense: every output is a weighted sum of every input, plus a bias."""

from __future__ import annotations

from nnkernels import initialisers
from nnkernels.initialisers import BIAS_VALUES
from nnkernels.jit import device, kernel
from nnkernels.machine import LANES, SAMPLES, array_at
from nnkernels.simd import BIAS, ROWS, ZERO, gemm, gemm_long, transpose
from nnkernels.spec import Layer, Option, SpecError, layers, show_shape, size_of
from nnkernels.terms import Term, Terms

# Samples per column block of the transposed product in `input_gradient`.
BLOCK = 16


@kernel
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """y[n, out] = x[n, in] @ w[in, out] + b"""
    x, y, w, b, wide, out, rows = args[0], args[1], args[2], args[3], args[4], args[5], args[6]
    lo, hi = lo * args[7], hi * args[7]
    gemm(
        acts, x + lo * wide, array_at(rows, args), 0, hi - lo, 0, 1, 1, wide,
        params, w, 0, out, acts, y + lo * out, out, out, BIAS if b >= 0 else ZERO, params, max(b, 0),
    )  # fmt: skip


@kernel
def input_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx[n, in] = dy[n, out] @ w.T, with w turned into scratch."""
    dx, dy, w, wide, out, rows = args[0], args[1], args[2], args[3], args[4], args[5]
    turned = args[6] + state[LANES + chunk] * args[7]
    # The first strip of a chunk does it for all.
    if lo % args[9] == 0:
        transpose(params, w, wide, out, out, work, turned)
    lo, hi = lo * args[8], hi * args[8]
    gemm(
        grads, dy + lo * out, array_at(rows, args), 0, hi - lo, 0, 1, 1, out,
        work, turned, 0, wide, grads, dx + lo * wide, wide, wide, ZERO, work, 0,
    )  # fmt: skip


@kernel
def input_gradient_turned(args, state, acts, grads, params, work, chunk, lo, hi):
    """The same as dx.T = w @ dy.T: the batch is turned, where it is smaller than the weights."""
    dx, dy, w, wide, out, rows = args[0], args[1], args[2], args[3], args[4], args[5]
    lo, hi = lo * args[8], hi * args[8]
    columns = args[6] + state[LANES + chunk] * args[7]
    tile = columns + BLOCK * out
    table = array_at(rows, args)
    for first in range(lo, hi, BLOCK):
        count = min(BLOCK, hi - first)
        for s in range(count):
            for o in range(out):
                work[columns + o * BLOCK + s] = grads[dy + (first + s) * out + o]
        for i in range(0, wide, ROWS):
            high = min(ROWS, wide - i)
            gemm(
                params, w + i * out, table, 0, high, 0, 1, 1, out,
                work, columns, 0, BLOCK, work, tile, BLOCK, count, ZERO, work, 0,
            )  # fmt: skip
            for s in range(count):
                for r in range(high):
                    grads[dx + (first + s) * wide + i + r] = work[tile + r * BLOCK + s]


@kernel
def weight_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """dw[in, out] = x.T @ dy for inputs ``lo .. hi``, over the whole batch; the first piece sums dy."""
    x, dy, dw, wide, out, rows = args[0], args[1], args[2], args[3], args[4], args[5]
    count = state[SAMPLES] * args[6]
    gemm_long(
        acts, x + lo, array_at(rows, args), 0, hi - lo, 0, wide, 1, count,
        grads, dy, 0, out, grads, dw + lo * out, out, out, False,
    )  # fmt: skip
    if lo == 0 and args[7] >= 0:
        add_rows(grads, dy, count, out, grads, args[7], 0, out)


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
def bias_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """db[out] = sum over the batch of dy, for outputs ``lo .. hi``."""
    add_rows(grads, args[0], state[SAMPLES] * args[3], args[2], grads, args[1], lo, hi)


@layers.register
class Dense(Layer):
    """y = x W + b with W of shape (inputs, units), as in Keras; PyTorch's Linear stores W.T.

    A sequence (steps, features) goes through step by step, with the same weights. A picture does
    not: there a forgotten Flatten is likelier than a wish for a 1×1 convolution.
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

    def shape(self, options, inputs):
        if len(inputs[0]) > 2:
            raise SpecError(
                f"Dense takes a list of values, but receives {show_shape(inputs[0])}. "
                "Put a Flatten before it."
            )
        return (*inputs[0][:-1], options["units"])

    def parameters(self, options, inputs):
        wide, units = inputs[0][-1], options["units"]
        weight = initialisers.weight("weight", (wide, units), options, wide, units)
        return (weight, initialisers.bias("bias", (units,), options)) if options["bias"] else (weight,)

    def flops(self, options, inputs):
        return 2 * size_of(inputs[0]) * options["units"]

    def terms(self, options, inputs, unit):
        *step, o = unit
        made = tuple(Term(0, (*step, i), ("weight", (i, o))) for i in range(inputs[0][-1]))
        return Terms("sum", made, ("bias", (o,)) if options["bias"] else None)

    def uses(self, options, inputs, port, place):
        *step, i = place
        return tuple(((*step, o), Term(0, place, ("weight", (i, o)))) for o in range(options["units"]))

    def lower(self, node):
        wide, out = node.inputs[0][-1], node.shape[-1]
        steps = node.size // out
        w, b = node.parameters["weight"], node.parameters.get("bias", -1)
        rows = node.table([i * wide for i in range(node.batch * steps)])
        node.forward(forward, node.x[0], node.y, w, b, wide, out, rows, steps)
        if not node.training:
            return
        if node.dx[0] >= 0:
            # What is smaller is turned: the weights, or a chunk's gradients.
            if wide * out <= node.emitter.chunk * steps * (wide + out):
                scratch = node.per_lane(wide * out)
                tile = node.table([i * out for i in range(node.batch * steps)])
                args = (node.dx[0], node.dy, w, wide, out, tile, *scratch, steps, node.chunk)
                node.backward(input_gradient, *args)
            else:
                scratch = node.per_lane(BLOCK * out + BLOCK * 16)
                tile = node.table([i * out for i in range(64)])
                args = (node.dx[0], node.dy, w, wide, out, tile, *scratch, steps)
                node.backward(input_gradient_turned, *args)
        gradient = node.parameter_gradients
        ahead = node.table(range(wide))
        cost = self.flops(node.options, node.inputs) * node.batch
        args = (node.x[0], node.dy, gradient["weight"], wide, out, ahead, steps, gradient.get("bias", -1))
        node.sweep(weight_gradient, wide, cost, 8, *args)

    def reference(self, options, inputs, parameters):
        y = inputs[0] @ parameters["weight"]
        return y + parameters["bias"] if options["bias"] else y
