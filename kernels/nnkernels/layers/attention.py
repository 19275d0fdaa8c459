"""MultiHeadAttention: every step of a sequence looks at every other and takes what it needs."""

from __future__ import annotations

import math

import numpy as np

from nnkernels import initialisers
from nnkernels.initialisers import BIAS_VALUES
from nnkernels.jit import device, kernel
from nnkernels.layers.dense import bias_gradient
from nnkernels.layers.embedding import nothing
from nnkernels.machine import LANES, SAMPLES, array_at
from nnkernels.simd import BIAS, ROWS, ZERO, gemm, gemm_long, sum_rows, transpose
from nnkernels.spec import Layer, Option, SpecError, layers, show_shape
from nnkernels.terms import Account
from nnkernels.vmath import cast, exp, real

# Arguments of forward and backward, in this order:
# 0 x, 1 y, 2 steps, 3 width, 4 heads, 5 causal, 6 mask or -1, 7 W in, 8 b in, 9 W out, 10 b out,
# 11 queries, keys and values, 12 shares of attention, 13 heads' answers, 14 rows of x, 15 rows of
# queries, 16 rows of shares, 17 scratch, 18 its stride, 19 scale.
# backward goes on: 20 dx, 21 dy, 22 gradients of queries, keys and values, 23 whole numbers from 0 on,
# 24 samples of a chunk.


@device
def share_out(work, row, count, seen, scale, acts, mask):
    """Softmax of ``seen`` scores that the mask lets through; the rest of the row becomes 0."""
    zero = cast(0.0, work)
    top, found = zero, False
    for j in range(seen):
        if mask < 0 or acts[mask + j] != 0:
            value = work[row + j]
            top = value if not found or value > top else top
            found = True
    total = zero
    values = work[row : row + seen]
    for j in range(seen):
        values[j] = exp((values[j] - top) * scale)
    if mask >= 0:
        for j in range(seen):
            values[j] = values[j] if acts[mask + j] != 0 else zero
    for j in range(seen):
        total += values[j]
    # With every key masked there is nothing to share out.
    factor = cast(1.0, work) / total if found else zero
    for j in range(seen):
        values[j] *= factor
    work[row + seen : row + count] = 0


@kernel
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Projections of all samples in one product, then head by head, a block of query rows at a time."""
    steps, wide, heads = args[2], args[3], args[4]
    deep, triple = wide // heads, 3 * wide
    rows_x, rows_q, rows_p = array_at(args[14], args), array_at(args[15], args), array_at(args[16], args)
    keys, scale = args[17] + state[LANES + chunk] * args[18], real(args[19], acts)
    gemm(
        acts, args[0] + lo * steps * wide, rows_x, 0, (hi - lo) * steps, 0, 1, 1, wide,
        params, args[7], 0, triple, work, args[11] + lo * steps * triple, triple, triple,
        BIAS if args[8] >= 0 else ZERO, params, max(args[8], 0),
    )  # fmt: skip
    for n in range(lo, hi):
        mask = args[6] + n * steps if args[6] >= 0 else -1
        for h in range(heads):
            q = args[11] + n * steps * triple + h * deep
            transpose(work, q + wide, steps, deep, triple, work, keys)
            for i in range(0, steps, ROWS):
                count = min(ROWS, steps - i)
                seen = i + count if args[5] else steps
                p = args[12] + ((n * heads + h) * steps + i) * steps
                gemm(
                    work, q + i * triple, rows_q, 0, count, 0, 1, 1, deep,
                    work, keys, 0, steps, work, p, steps, seen, ZERO, work, 0,
                )  # fmt: skip
                for r in range(count):
                    share_out(work, p + r * steps, steps, i + r + 1 if args[5] else steps, scale, acts, mask)
                gemm(
                    work, p, rows_p, 0, count, 0, 1, 1, seen, work, q + 2 * wide, 0, triple,
                    work, args[13] + (n * steps + i) * wide + h * deep, wide, deep, ZERO, work, 0,
                )  # fmt: skip
    gemm(
        work, args[13] + lo * steps * wide, rows_x, 0, (hi - lo) * steps, 0, 1, 1, wide,
        params, args[9], 0, wide, acts, args[1] + lo * steps * wide, wide, wide,
        BIAS if args[10] >= 0 else ZERO, params, max(args[10], 0),
    )  # fmt: skip


@device
def score_slopes(work, p, slopes, seen, steps, scale):
    """ds = scale p (dp - sum(p dp)) of one row, in place of dp; 0 beyond what was seen."""
    total = cast(0.0, work)
    shares, values = work[p : p + seen], work[slopes : slopes + seen]
    for j in range(seen):
        total += shares[j] * values[j]
    for j in range(seen):
        values[j] = scale * shares[j] * (values[j] - total)
    work[slopes + seen : slopes + steps] = 0


@kernel
def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """The same products the other way round; shares of attention were kept by forward."""
    steps, wide, heads, causal = args[2], args[3], args[4], args[5]
    deep, triple = wide // heads, 3 * wide
    rows_x, rows_q, rows_p = array_at(args[14], args), array_at(args[15], args), array_at(args[16], args)
    ahead, scale = array_at(args[23], args), real(args[19], acts)
    turned_in = args[17] + state[LANES + chunk] * args[18]
    turned_out = turned_in + triple * wide
    answers = turned_out + wide * wide
    values = answers + steps * wide
    slopes = values + steps * deep
    # The first strip of a chunk does it for all.
    if lo % args[24] == 0:
        transpose(params, args[7], wide, triple, triple, work, turned_in)
        transpose(params, args[9], wide, wide, wide, work, turned_out)
    for n in range(lo, hi):
        gemm(
            grads, args[21] + n * steps * wide, rows_x, 0, steps, 0, 1, 1, wide,
            work, turned_out, 0, wide, work, answers, wide, wide, ZERO, work, 0,
        )  # fmt: skip
        for h in range(heads):
            q = args[11] + n * steps * triple + h * deep
            dq = args[22] + n * steps * triple + h * deep
            p = args[12] + (n * heads + h) * steps * steps
            transpose(work, q + 2 * wide, steps, deep, triple, work, values)
            for i in range(0, steps, ROWS):
                count = min(ROWS, steps - i)
                seen = i + count if causal else steps
                gemm(
                    work, answers + i * wide + h * deep, rows_x, 0, count, 0, 1, 1, deep,
                    work, values, 0, steps, work, slopes + i * steps, steps, seen, ZERO, work, 0,
                )  # fmt: skip
                for r in range(count):
                    at = (i + r) * steps
                    score_slopes(work, p + at, slopes + at, i + r + 1 if causal else steps, steps, scale)
                gemm(
                    work, slopes + i * steps, rows_p, 0, count, 0, 1, 1, seen, work, q + wide, 0, triple,
                    work, dq + i * triple, triple, deep, ZERO, work, 0,
                )  # fmt: skip
            for j in range(0, steps, ROWS):
                # Key j was seen by the queries from j on, or by all.
                first, count = j if causal else 0, min(ROWS, steps - j)
                at, left = first * steps + j, steps - first
                gemm(
                    work, slopes + at, ahead, 0, count, 0, steps, 1, left,
                    work, q + first * triple, 0, triple,
                    work, dq + wide + j * triple, triple, deep, ZERO, work, 0,
                )  # fmt: skip
                gemm(
                    work, p + at, ahead, 0, count, 0, steps, 1, left,
                    work, answers + first * wide + h * deep, 0, wide,
                    work, dq + 2 * wide + j * triple, triple, deep, ZERO, work, 0,
                )  # fmt: skip
    if args[20] >= 0:
        gemm(
            work, args[22] + lo * steps * triple, rows_q, 0, (hi - lo) * steps, 0, 1, 1, triple,
            work, turned_in, 0, wide, grads, args[20] + lo * steps * wide, wide, wide, ZERO, work, 0,
        )  # fmt: skip


@kernel
def input_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """dW in = x.T @ gradients of queries, keys and values, for inputs ``lo .. hi``."""
    x, slopes, dw, wide, rows = args[0], args[1], args[2], args[3], args[4] * state[SAMPLES]
    gemm_long(
        acts, x + lo, array_at(args[5], args), 0, hi - lo, 0, wide, 1, rows,
        work, slopes, 0, 3 * wide, grads, dw + lo * 3 * wide, 3 * wide, 3 * wide, False,
    )  # fmt: skip


@kernel
def input_biases(args, state, acts, grads, params, work, chunk, lo, hi):
    """Sums over samples and steps of the gradients that reach q, k and v, for columns ``lo .. hi``."""
    slopes, db, steps, wide = args[0], args[1], args[2], args[3]
    sum_rows(work, slopes + lo, wide, state[SAMPLES] * steps, grads, db + lo, hi - lo)


@kernel
def answer_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """dW out = answers.T @ dy, for answers ``lo .. hi``."""
    answers, dy, dw, wide, rows = args[0], args[1], args[2], args[3], args[4] * state[SAMPLES]
    gemm_long(
        work, answers + lo, array_at(args[5], args), 0, hi - lo, 0, wide, 1, rows,
        grads, dy, 0, wide, grads, dw + lo * wide, wide, wide, False,
    )  # fmt: skip


@layers.register
class MultiHeadAttention(Layer):
    """Self-attention of Vaswani et al. 2017, as PyTorch's MultiheadAttention with batch first.

    Weights are (width, 3 width) for queries, keys and values side by side, and (width, width);
    PyTorch keeps the transposes. A second link, of one number for each step, is a padding mask:
    steps where it is 0 (the number of an empty place in a text) are not looked at. Where every step
    is masked the answer is the output's bias; PyTorch gives NaN there.
    """

    id = "multiheadattention"
    title = "MultiHeadAttention"
    pytorch = "nn.MultiheadAttention"
    glyph = "attention"
    formula = "y = concat(softmax(Q · Kᵀ / √d) · V) · W + b, for each head Q, K, V = x · W + b"
    category = "Sequences"
    order = 39
    joins = True
    help = "Every step looks at the others and gathers what matters to it, in several ways at once."
    synonyms = ("self-attention", "transformer", "query key value", "gpt", "causal", "mask")
    shown = ("heads",)
    options = (
        Option("heads", 4, "How many ways of looking; they share the width evenly.", 1, 256),
        Option("causal", False, "A step sees only itself and what came before it."),
        Option("bias", True, "Add trained constants after the projections."),
        *initialisers.options("glorot"),
        BIAS_VALUES,
    )
    samples = (
        ({"heads": 2}, ((5, 6),)),
        ({"heads": 1, "causal": True}, ((9, 17),)),
        ({"heads": 3, "bias": False}, ((1, 3),)),
        ({"heads": 2, "causal": True}, ((7, 4), (7,))),
        ({"heads": 1}, ((16, 16),)),
    )

    def shape(self, options, inputs):
        if len(inputs[0]) != 2:
            raise SpecError(
                "MultiHeadAttention takes a sequence (steps × features), but receives "
                f"{show_shape(inputs[0])}."
            )
        if inputs[0][1] % options["heads"]:
            raise SpecError(
                f"{options['heads']} heads do not share {inputs[0][1]} features evenly. "
                "Choose a number of heads that divides them."
            )
        if len(inputs) > 2 or (len(inputs) == 2 and inputs[1] != inputs[0][:1]):
            raise SpecError(
                "MultiHeadAttention takes a sequence and at most one mask with a number for each of its "
                f"{inputs[0][0]} steps, but receives {' and '.join(map(show_shape, inputs))}."
            )
        return inputs[0]

    def parameters(self, options, inputs):
        wide = inputs[0][1]
        made = [
            initialisers.weight("in_weight", (wide, 3 * wide), options, wide, wide),
            initialisers.weight("out_weight", (wide, wide), options, wide, wide),
        ]
        if options["bias"]:
            made += [
                initialisers.bias("in_bias", (3 * wide,), options),
                initialisers.bias("out_bias", (wide,), options),
            ]
        return tuple(made)

    def flops(self, options, inputs):
        steps, wide = inputs[0]
        return 8 * steps * wide * wide + 4 * steps * steps * wide // (2 if options["causal"] else 1)

    def lower(self, node):
        (steps, wide), heads = node.inputs[0], node.options["heads"]
        deep, p = wide // heads, node.parameters
        triple, shares = node.per_sample(3 * steps * wide), node.per_sample(heads * steps * steps)
        answers = node.per_sample(steps * wide)
        every = range(node.batch * steps)
        rows = [node.table([i * size for i in every]) for size in (wide, 3 * wide)]
        of_shares = node.table([i * steps for i in range(steps)])
        back = 4 * wide * wide + steps * (wide + deep + steps)
        scratch = node.per_lane(back if node.training else steps * deep)
        mask = node.x[1] if len(node.x) == 2 else -1
        shared = (
            node.x[0], node.y, steps, wide, heads, int(node.options["causal"]), mask,
            p["in_weight"], p.get("in_bias", -1), p["out_weight"], p.get("out_bias", -1),
            triple, shares, answers, *rows, of_shares, *scratch, node.real(1 / math.sqrt(deep)),
        )  # fmt: skip
        node.forward(forward, *shared)
        if not node.training:
            return
        slopes, ahead = node.per_sample(3 * steps * wide), node.table(range(max(steps, wide)))
        node.backward(backward, *shared, node.dx[0], node.dy, slopes, ahead, node.chunk)
        if mask >= 0 and node.dx[1] >= 0:
            node.backward(nothing, node.dx[1], steps)
        g, work = node.parameter_gradients, 2 * node.batch * steps * wide * wide
        node.sweep(input_weights, wide, 3 * work, 8, node.x[0], slopes, g["in_weight"], wide, steps, ahead)
        node.sweep(answer_weights, wide, work, 8, answers, node.dy, g["out_weight"], wide, steps, ahead)
        if node.options["bias"]:
            cost = node.batch * node.size
            node.sweep(input_biases, 3 * wide, 3 * cost, 16, slopes, g["in_bias"], steps, 3 * wide)
            node.sweep(bias_gradient, wide, cost, 16, node.dy, g["out_bias"], wide, steps)

    def reference(self, options, inputs, parameters):
        n, steps, wide = inputs[0].shape
        *_, v = self.projections(options, inputs, parameters)
        answers = self.attention(options, inputs, parameters) @ v
        answers = answers.swapaxes(1, 2).reshape(n, steps, wide)
        return answers @ parameters["out_weight"] + parameters.get("out_bias", 0)

    def projections(self, options, inputs, parameters):
        """Queries, keys and values in NumPy: (batch, heads, steps, depth) each."""
        x = inputs[0]
        triple = x @ parameters["in_weight"] + parameters.get("in_bias", 0)
        return [
            part.reshape(*x.shape[:2], options["heads"], -1).swapaxes(1, 2)
            for part in np.split(triple, 3, -1)
        ]

    def account(self, options, inputs, parameters, unit):
        step, feature = unit
        one = [np.asarray(x)[None] for x in inputs]
        shares = self.attention(options, one, parameters)[0, :, step]
        _, _, values = self.projections(options, one, parameters)
        heads, steps = shares.shape
        # What each step's values give to this feature, head by head: (heads, steps).
        weight = parameters["out_weight"][:, feature].reshape(heads, -1)
        given = np.einsum("hsd,hd->hs", values[0], weight)
        rows = [
            (
                f"h{h + 1}, s{s + 1}",
                (float(shares[h, s]), float(given[h, s]), float(shares[h, s] * given[h, s])),
            )
            for h in range(heads)
            for s in range(steps)
            if shares[h, s] > 0
        ]
        value = float((shares * given).sum())
        if options["bias"]:
            offset = float(parameters["out_bias"][feature])
            rows.append((f"out_bias[{feature}]", (None, None, offset)))
            value += offset
        formula = "y[t] = Σ over heads h and steps s of share · (v · W_out), share = softmax(q[t] · k / √d)"
        return Account(formula, ("share", "v · W", "product"), tuple(rows), value)

    def attention(self, options, inputs, parameters):
        q, k, _ = self.projections(options, inputs, parameters)
        steps, deep = q.shape[2:]
        scores = q @ k.swapaxes(2, 3) / math.sqrt(deep)
        if options["causal"]:
            scores = np.where(np.tri(steps, dtype=bool), scores, -np.inf)
        if len(inputs) == 2:
            scores = np.where(inputs[1][:, None, None] != 0, scores, -np.inf)
        top = scores.max(-1, keepdims=True)
        shares = np.exp(scores - np.where(np.isneginf(top), 0, top))
        total = shares.sum(-1, keepdims=True)
        return shares / np.where(total == 0, 1, total)
