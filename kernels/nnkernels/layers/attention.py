"""MultiHeadAttention: every step of a sequence looks at every other and takes what it needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.layers.dense import bias_gradient
from nnkernels.layers.embedding import nothing
from nnkernels.machine import BEFORE, LANES, SAMPLES, array_at, draw_key
from nnkernels.spec import Layer, Option, SpecError, initialisers, layers, show_shape
from nnkernels.spec.initialisers import BIAS_VALUES
from nnkernels.spec.terms import Account, Index
from nnkernels.vector.simd import BIAS, ROWS, ZERO, gemm, gemm_long, sum_rows, transpose
from nnkernels.vector.vmath import cast, exp, real, uniform32

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering
    from nnkernels.spec import Arrays, NamedArrays, Options, Parameter, Shape, Shapes

# Arguments of the kernels: ``triple_at`` are queries, keys and values of a step side by side, ``dtriple_at``
# their gradients, ``weights_at`` the weights of attention, ``left_at`` those that dropout leaves (the same
# where nothing drops), ``attended_at`` what the heads give; ``rows_x``, ``rows_q`` and ``rows_p`` are tables
# of rows of x, queries and weights, ``ahead`` is one of whole numbers from 0 on; ``mask_at``, ``in_bias_at``
# and ``out_bias_at`` may be -1.


@device
def softmax_rows(work, row, count, seen, scale, acts, mask):
    """Softmax of ``seen`` scores that the mask lets through; the rest of the row becomes 0."""
    zero = cast(0.0, work)
    top, any_seen = zero, False
    for j in range(seen):
        if mask < 0 or acts[mask + j] != 0:
            value = work[row + j]
            top = value if not any_seen or value > top else top
            any_seen = True
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
    factor = cast(1.0, work) / total if any_seen else zero
    for j in range(seen):
        values[j] *= factor
    work[row + seen : row + count] = 0


@device
def drop_out(work, weights, left, count, rate, key, first):
    """Write the ``count`` weights to ``left``, some switched off and the others raised for it."""
    scale, zero = cast(1.0 / (1.0 - rate), work), cast(0.0, work)
    values, kept = work[weights : weights + count], work[left : left + count]
    for j in range(count):
        kept[j] = values[j] * scale if uniform32(key, first + j) >= rate else zero


@kernel
def forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, mask_at, steps, width, heads, causal, in_weight_at, in_bias_at, out_weight_at, out_bias_at,
    triple_at, weights_at, left_at, attended_at, rows_x, rows_q, rows_p, scratch_at, scratch_stride, scale,
    rate, salt,
):  # fmt: skip
    """Projections of all samples in one product, then head by head, a block of query rows at a time."""
    deep, triple = width // heads, 3 * width
    rows_x, rows_q, rows_p = array_at(rows_x, state), array_at(rows_q, state), array_at(rows_p, state)
    keys, scale = scratch_at + state[LANES + chunk] * scratch_stride, real(scale, acts)
    rate, key = real(rate, np.float32(0)), draw_key(state, salt)
    gemm(
        acts, x_at + lo * steps * width, rows_x, 0, (hi - lo) * steps, 0, 1, 1, width,
        params, in_weight_at, 0, triple, work, triple_at + lo * steps * triple, triple, triple,
        BIAS if in_bias_at >= 0 else ZERO, params, max(in_bias_at, 0),
    )  # fmt: skip
    for n in range(lo, hi):
        mask = mask_at + n * steps if mask_at >= 0 else -1
        for h in range(heads):
            q = triple_at + n * steps * triple + h * deep
            transpose(work, q + width, steps, deep, triple, work, keys)
            for i in range(0, steps, ROWS):
                count = min(ROWS, steps - i)
                seen = i + count if causal else steps
                p = weights_at + ((n * heads + h) * steps + i) * steps
                gemm(
                    work, q + i * triple, rows_q, 0, count, 0, 1, 1, deep,
                    work, keys, 0, steps, work, p, steps, seen, ZERO, work, 0,
                )  # fmt: skip
                for r in range(count):
                    softmax_rows(
                        work, p + r * steps, steps, i + r + 1 if causal else steps, scale, acts, mask
                    )
                left = p - weights_at + left_at
                if left != p:
                    first = (((state[BEFORE] + n) * heads + h) * steps + i) * steps
                    drop_out(work, p, left, count * steps, rate, key, first)
                gemm(
                    work, left, rows_p, 0, count, 0, 1, 1, seen, work, q + 2 * width, 0, triple,
                    work, attended_at + (n * steps + i) * width + h * deep, width, deep, ZERO, work, 0,
                )  # fmt: skip
    gemm(
        work, attended_at + lo * steps * width, rows_x, 0, (hi - lo) * steps, 0, 1, 1, width,
        params, out_weight_at, 0, width, acts, y_at + lo * steps * width, width, width,
        BIAS if out_bias_at >= 0 else ZERO, params, max(out_bias_at, 0),
    )  # fmt: skip


@device
def score_gradients(work, p, left, gradients, seen, steps, scale):
    """ds = scale (q dq - p sum(q dq)) of one row, in place of dq; 0 beyond what was seen.

    q = p m are the weights that dropout left, so that p dp = q dq.
    """
    total = cast(0.0, work)
    weights, kept, values = work[p : p + seen], work[left : left + seen], work[gradients : gradients + seen]
    for j in range(seen):
        total += kept[j] * values[j]
    for j in range(seen):
        values[j] = scale * (kept[j] * values[j] - weights[j] * total)
    work[gradients + seen : gradients + steps] = 0


@kernel
def backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dx_at, dy_at, steps, width, heads, causal, in_weight_at, out_weight_at, triple_at, dtriple_at, weights_at,
    left_at, rows_x, rows_q, rows_p, ahead, scratch_at, scratch_stride, scale, per_chunk,
):  # fmt: skip
    """The same products the other way round; attention weights were kept by forward."""
    deep, triple = width // heads, 3 * width
    rows_x, rows_q, rows_p = array_at(rows_x, state), array_at(rows_q, state), array_at(rows_p, state)
    ahead, scale = array_at(ahead, state), real(scale, acts)
    turned_in = scratch_at + state[LANES + chunk] * scratch_stride
    turned_out = turned_in + triple * width
    attended = turned_out + width * width
    values = attended + steps * width
    gradients = values + steps * deep
    # The first strip of a chunk does it for all.
    if lo % per_chunk == 0:
        transpose(params, in_weight_at, width, triple, triple, work, turned_in)
        transpose(params, out_weight_at, width, width, width, work, turned_out)
    for n in range(lo, hi):
        gemm(
            grads, dy_at + n * steps * width, rows_x, 0, steps, 0, 1, 1, width,
            work, turned_out, 0, width, work, attended, width, width, ZERO, work, 0,
        )  # fmt: skip
        for h in range(heads):
            q = triple_at + n * steps * triple + h * deep
            dq = dtriple_at + n * steps * triple + h * deep
            p = weights_at + (n * heads + h) * steps * steps
            kept = p - weights_at + left_at
            transpose(work, q + 2 * width, steps, deep, triple, work, values)
            for i in range(0, steps, ROWS):
                count = min(ROWS, steps - i)
                seen = i + count if causal else steps
                gemm(
                    work, attended + i * width + h * deep, rows_x, 0, count, 0, 1, 1, deep,
                    work, values, 0, steps, work, gradients + i * steps, steps, seen, ZERO, work, 0,
                )  # fmt: skip
                for r in range(count):
                    at = (i + r) * steps
                    until = i + r + 1 if causal else steps
                    score_gradients(work, p + at, kept + at, gradients + at, until, steps, scale)
                gemm(
                    work, gradients + i * steps, rows_p, 0, count, 0, 1, 1, seen, work, q + width, 0, triple,
                    work, dq + i * triple, triple, deep, ZERO, work, 0,
                )  # fmt: skip
            for j in range(0, steps, ROWS):
                # Key j was seen by the queries from j on, or by all.
                first, count = j if causal else 0, min(ROWS, steps - j)
                at, left = first * steps + j, steps - first
                gemm(
                    work, gradients + at, ahead, 0, count, 0, steps, 1, left,
                    work, q + first * triple, 0, triple,
                    work, dq + width + j * triple, triple, deep, ZERO, work, 0,
                )  # fmt: skip
                gemm(
                    work, kept + at, ahead, 0, count, 0, steps, 1, left,
                    work, attended + first * width + h * deep, 0, width,
                    work, dq + 2 * width + j * triple, triple, deep, ZERO, work, 0,
                )  # fmt: skip
    if dx_at >= 0:
        gemm(
            work, dtriple_at + lo * steps * triple, rows_q, 0, (hi - lo) * steps, 0, 1, 1, triple,
            work, turned_in, 0, width, grads, dx_at + lo * steps * width, width, width, ZERO, work, 0,
        )  # fmt: skip


@kernel
def input_weights(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dtriple_at, dweight_at, width, steps, ahead,
):  # fmt: skip
    """dW in = x.T @ gradients of queries, keys and values, for inputs ``lo .. hi``."""
    rows = steps * state[SAMPLES]
    gemm_long(
        acts, x_at + lo, array_at(ahead, state), 0, hi - lo, 0, width, 1, rows,
        work, dtriple_at, 0, 3 * width, grads, dweight_at + lo * 3 * width, 3 * width, 3 * width, False,
    )  # fmt: skip


@kernel
def input_biases(state, acts, grads, params, work, chunk, lo, hi, dtriple_at, dbias_at, steps, width):
    """Sums over samples and steps of the gradients that reach q, k and v, for columns ``lo .. hi``."""
    sum_rows(work, dtriple_at + lo, width, state[SAMPLES] * steps, grads, dbias_at + lo, hi - lo)


@kernel
def output_weights(
    state, acts, grads, params, work, chunk, lo, hi,
    attended_at, dy_at, dweight_at, width, steps, ahead,
):  # fmt: skip
    """dW out = attended.T @ dy, for attended ``lo .. hi``."""
    rows = steps * state[SAMPLES]
    gemm_long(
        work, attended_at + lo, array_at(ahead, state), 0, hi - lo, 0, width, 1, rows,
        grads, dy_at, 0, width, grads, dweight_at + lo * width, width, width, False,
    )  # fmt: skip


@layers.register
class MultiHeadAttention(Layer):
    """Self-attention of Vaswani et al. 2017, as PyTorch's MultiheadAttention with batch first.

    Weights are (width, 3 width) for queries, keys and values side by side, and (width, width);
    PyTorch keeps the transposes. While training, dropout switches off attention weights. A second link,
    of one number for each step, is a padding mask: steps where it is 0 (the number of an empty place in a
    text) are ignored. Where every step is masked, the output is its bias alone; PyTorch gives NaN
    there.
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
        Option("heads", 4, "Number of attention heads; they share the features evenly.", 1, 256),
        Option("causal", False, "Each step sees only itself and the steps before it."),
        Option("bias", True, "Add trained constants after the projections."),
        Option("dropout", 0.0, "Share of attention weights that are switched off while training.", 0.0, 0.99),
        *initialisers.options("glorot"),
        BIAS_VALUES,
    )
    samples = (
        ({"heads": 2}, ((5, 6),)),
        ({"heads": 1, "causal": True}, ((9, 17),)),
        ({"heads": 3, "bias": False}, ((1, 3),)),
        ({"heads": 2, "causal": True}, ((7, 4), (7,))),
        ({"heads": 1}, ((16, 16),)),
        ({"heads": 2, "dropout": 0.4}, ((9, 6),)),
        ({"heads": 1, "dropout": 0.3, "causal": True}, ((7, 5), (7,))),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 2:
            raise SpecError(
                "MultiHeadAttention takes a sequence (steps × features), but receives "
                f"{show_shape(inputs[0])}."
            )
        if inputs[0][1] % options["heads"]:
            raise SpecError(
                f"{inputs[0][1]} features cannot be shared evenly among {options['heads']} heads. "
                "Choose a number of heads that divides them."
            )
        if len(inputs) > 2 or (len(inputs) == 2 and inputs[1] != inputs[0][:1]):
            raise SpecError(
                "MultiHeadAttention takes a sequence and at most one mask with a number for each of its "
                f"{inputs[0][0]} steps, but receives {' and '.join(map(show_shape, inputs))}."
            )
        return inputs[0]

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        n = inputs[0][1]
        parameters = [
            initialisers.weight("in_weight", (n, 3 * n), options, n, n, ("Input", "Projection")),
            initialisers.weight("out_weight", (n, n), options, n, n, ("Value", "Output")),
        ]
        if options["bias"]:
            parameters.append(initialisers.bias("in_bias", (3 * n,), options, "Projection"))
            parameters.append(initialisers.bias("out_bias", (n,), options, "Output"))
        return tuple(parameters)

    def differs_in_training(self, options: Options) -> bool:
        return bool(options["dropout"] > 0)

    def flops(self, options: Options, inputs: Shapes) -> int:
        steps, width = inputs[0]
        return 8 * steps * width * width + 4 * steps * steps * width // (2 if options["causal"] else 1)

    def lower(self, node: Lowering) -> None:
        (steps, width), heads = node.inputs[0], node.options["heads"]
        deep, p = width // heads, node.parameters
        triple, weights = node.per_sample(3 * steps * width), node.per_sample(heads * steps * steps)
        attended = node.per_sample(steps * width)
        indices = range(node.batch * steps)
        rows = [node.table([i * size for i in indices]) for size in (width, 3 * width)]
        rows_p = node.table([i * steps for i in range(steps)])
        back = 4 * width * width + steps * (width + deep + steps)
        scratch, stride = node.per_lane(back if node.training else steps * deep)
        rate = node.options["dropout"] if node.training else 0.0
        left = node.per_sample(heads * steps * steps) if rate else weights
        mask = node.x[1] if len(node.x) == 2 else -1
        shared = {
            "steps": steps, "width": width, "heads": heads, "causal": int(node.options["causal"]),
            "in_weight_at": p["in_weight"], "out_weight_at": p["out_weight"], "triple_at": triple,
            "weights_at": weights, "left_at": left, "rows_x": rows[0], "rows_q": rows[1], "rows_p": rows_p,
            "scratch_at": scratch, "scratch_stride": stride, "scale": node.real(1 / math.sqrt(deep)),
        }  # fmt: skip
        node.forward(
            forward, x_at=node.x[0], y_at=node.y, mask_at=mask, attended_at=attended,
            in_bias_at=p.get("in_bias", -1), out_bias_at=p.get("out_bias", -1),
            rate=node.real(rate), salt=node.seed, **shared,
        )  # fmt: skip
        if not node.training:
            return
        gradients, ahead = node.per_sample(3 * steps * width), node.table(range(max(steps, width)))
        node.backward(
            backward, dx_at=node.dx[0], dy_at=node.dy, dtriple_at=gradients, ahead=ahead,
            per_chunk=node.chunk, **shared,
        )  # fmt: skip
        if mask >= 0 and node.dx[1] >= 0:
            node.backward(nothing, dx_at=node.dx[1], size=steps)
        g, work = node.parameter_gradients, 2 * node.batch * steps * width * width
        sizes = {"width": width, "steps": steps, "ahead": ahead}
        inner = {"x_at": node.x[0], "dtriple_at": gradients, "dweight_at": g["in_weight"]}
        node.sweep(input_weights, width, 3 * work, 8, **inner, **sizes)
        outer = {"attended_at": attended, "dy_at": node.dy, "dweight_at": g["out_weight"]}
        node.sweep(output_weights, width, work, 8, **outer, **sizes)
        if node.options["bias"]:
            cost, inner = node.batch * node.size, {"dtriple_at": gradients, "dbias_at": g["in_bias"]}
            node.sweep(input_biases, 3 * width, 3 * cost, 16, steps=steps, width=3 * width, **inner)
            outer = {"dy_at": node.dy, "dbias_at": g["out_bias"]}
            node.sweep(bias_gradient, width, cost, 16, out=width, rows=steps, **outer)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        n, steps, width = inputs[0].shape
        *_, v = self.projections(options, inputs, parameters)
        attended = self.attention(options, inputs, parameters) @ v
        attended = attended.swapaxes(1, 2).reshape(n, steps, width)
        y: np.ndarray = attended @ parameters["out_weight"] + parameters.get("out_bias", 0)
        return y

    def projections(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> list[np.ndarray]:
        """Queries, keys and values in NumPy: (batch, heads, steps, depth) each."""
        x = inputs[0]
        triple = x @ parameters["in_weight"] + parameters.get("in_bias", 0)
        parts = np.split(triple, 3, -1)
        return [part.reshape(*x.shape[:2], options["heads"], -1).swapaxes(1, 2) for part in parts]

    def account(self, options: Options, inputs: Arrays, parameters: NamedArrays, unit: Index) -> Account:
        step, feature = unit
        one = [np.asarray(x)[None] for x in inputs]
        weights = self.attention(options, one, parameters)[0, :, step]
        _, _, values = self.projections(options, one, parameters)
        heads = len(weights)
        # What each step's values give to this feature, head by head: (heads, steps).
        weight = parameters["out_weight"][:, feature].reshape(heads, -1)
        given = np.einsum("hsd,hd->hs", values[0], weight)
        rows: list[tuple[str, tuple[float | None, ...]]] = []
        for h, s in np.argwhere(weights > 0):
            share, value = float(weights[h, s]), float(given[h, s])
            rows.append((f"h{h + 1}, s{s + 1}", (share, value, float(weights[h, s] * given[h, s]))))
        value = float((weights * given).sum())
        if options["bias"]:
            offset = float(parameters["out_bias"][feature])
            rows.append((f"out_bias[{feature}]", (None, None, offset)))
            value += offset
        formula = "y[t] = Σ over heads h and steps s of weight · (v · W_out), weight = softmax(q[t] · k / √d)"
        return Account(formula, ("attention weight", "v · W", "product"), tuple(rows), value)

    def attention(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        q, k, _ = self.projections(options, inputs, parameters)
        steps, deep = q.shape[2:]
        scores = q @ k.swapaxes(2, 3) / math.sqrt(deep)
        if options["causal"]:
            scores = np.where(np.tri(steps, dtype=bool), scores, -np.inf)
        if len(inputs) == 2:
            scores = np.where(inputs[1][:, None, None] != 0, scores, -np.inf)
        top = scores.max(-1, keepdims=True)
        weights: np.ndarray = np.exp(scores - np.where(np.isneginf(top), 0, top))
        total = weights.sum(-1, keepdims=True)
        weights /= np.where(total == 0, 1, total)
        return weights
