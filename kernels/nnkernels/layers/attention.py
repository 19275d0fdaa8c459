"""MultiHeadAttention: every step of a sequence looks at every other and takes what it needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.layers.attention_kernels import (
    backward,
    forward,
    input_biases,
    input_weights,
    output_weights,
)
from nnkernels.layers.dense import bias_gradient
from nnkernels.layers.embedding import nothing
from nnkernels.ops.turning import turned_weights
from nnkernels.spec import Layer, Option, SpecError, initialisers, layers, show_shape
from nnkernels.spec.initialisers import BIAS_VALUES
from nnkernels.spec.terms import Account, Index
from nnkernels.vector.simd import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnkernels.planning.lowering import Lowering
    from nnkernels.spec import Arrays, NamedArrays, Options, Parameter, Shape, Shapes


def is_cross(inputs: Shapes) -> bool:
    """Whether keys and values are those of a second sequence, for the shapes of all inputs."""
    return len(inputs) > 1 and len(inputs[1]) == 2


def keys_shape(inputs: Shapes) -> Shape:
    """(steps, width) of what is looked at."""
    return inputs[1] if is_cross(inputs) else inputs[0]


@layers.register
class MultiHeadAttention(Layer):
    """Attention of Vaswani et al. 2017, as PyTorch's MultiheadAttention with batch first.

    Weights are (width, 3 width) for queries, keys and values side by side, and (width, width);
    PyTorch keeps the transposes. While training, dropout switches off attention weights. A second link of a
    sequence gives the keys and values, which else come from the first: each step of the first looks at those
    of the second, of which there may be others (cross-attention). The last link may be of one number for each
    step that is looked at, a padding mask: steps where it is 0 (the number of an empty place in a text) are
    ignored. Where every step is masked, the output is its bias alone; PyTorch gives NaN there. With
    ``causal``, step t sees those up to t, whichever sequence they are of.
    """

    id = "multiheadattention"
    title = "MultiHeadAttention"
    pytorch = "nn.MultiheadAttention"
    glyph = "attention"
    formula = "y = concat(softmax(Q · Kᵀ / √d) · V) · W + b, for each head Q, K, V = x · W + b"
    category = "Sequences"
    order = 39
    joins = True
    help = (
        "Every step looks at the others, or at those of a second sequence, and gathers what matters to it, "
        "in several ways at once."
    )
    synonyms = (
        "self-attention",
        "transformer",
        "query key value",
        "gpt",
        "causal",
        "mask",
        "cross-attention",
        "decoder",
    )
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
        ({"heads": 2}, ((3, 6), (7, 6))),
        ({"heads": 1, "causal": True, "bias": False}, ((4, 5), (9, 5), (9,))),
        ({"heads": 2, "causal": True, "dropout": 0.2}, ((9, 4), (2, 4))),
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
        others = inputs[1:]
        if others and len(others[0]) == 2:
            if others[0][1] != inputs[0][1]:
                raise SpecError(
                    f"MultiHeadAttention takes keys and values with the {inputs[0][1]} features of its first "
                    f"input, but receives {show_shape(others[0])}. Put a Dense with as many units before it."
                )
            others = inputs[2:]
        looked_at = keys_shape(inputs)[0]
        if others and (len(others) > 1 or others[0] != (looked_at,)):
            raise SpecError(
                "MultiHeadAttention takes a sequence, at most one more for keys and values, and at most one "
                f"mask with a number for each of {looked_at} steps, but receives "
                f"{' and '.join(map(show_shape, inputs))}."
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
        (steps, width), keys = inputs[0], keys_shape(inputs)[0]
        projected = 4 * (steps + keys) * width * width
        return projected + 4 * steps * keys * width // (2 if options["causal"] else 1)

    def lower(self, node: Lowering) -> None:
        (steps, width), keys, heads = node.inputs[0], keys_shape(node.inputs)[0], node.options["heads"]
        deep, p, crosses = width // heads, node.parameters, is_cross(node.inputs)
        # Of one sequence, queries, keys and values of a step lie side by side.
        q_row, k_row = (width, 2 * width) if crosses else (3 * width, 3 * width)
        weights, attended = node.per_sample(heads * steps * keys), node.per_sample(steps * width)

        def projected() -> tuple[int, int]:
            first = node.per_sample(steps * q_row)
            return first, node.per_sample(keys * k_row) if crosses else first + width

        q_at, k_at = projected()
        indices = range(node.batch * max(steps, keys))
        rows_x, rows_q, rows_k = (node.table([i * size for i in indices]) for size in (width, q_row, k_row))
        rows_p = node.table([i * keys for i in range(steps)])
        back = steps * (width + keys) + keys * deep
        scratch, stride = node.per_lane(back if node.training else keys * deep)
        rate = node.options["dropout"] if node.training and node.as_training else 0.0
        left = node.per_sample(heads * steps * keys) if rate else weights
        mask = node.x[-1] if len(node.inputs[-1]) == 1 else -1
        shared = {
            "steps": steps, "keys": keys, "width": width, "heads": heads,
            "causal": int(node.options["causal"]), "q_at": q_at, "k_at": k_at, "q_row": q_row, "k_row": k_row,
            "weights_at": weights, "left_at": left, "rows_x": rows_x, "rows_q": rows_q, "rows_p": rows_p,
            "scratch_at": scratch, "scratch_stride": stride, "scale": node.real(1 / math.sqrt(deep)),
        }  # fmt: skip
        node.forward(
            forward, x_at=node.x[0], memory_at=node.x[1] if crosses else -1, y_at=node.y, mask_at=mask,
            attended_at=attended, in_weight_at=p["in_weight"], out_weight_at=p["out_weight"],
            in_bias_at=p.get("in_bias", -1), out_bias_at=p.get("out_bias", -1),
            rate=node.real(rate), salt=node.seed, **shared,
        )  # fmt: skip
        if not node.training:
            return
        dq_at, dk_at = projected()
        ahead = node.table(range(max(steps, keys, width)))
        node.backward(
            backward, dx_at=node.dx[0], dmemory_at=node.dx[1] if crosses else -1, dy_at=node.dy, dq_at=dq_at,
            dk_at=dk_at, rows_k=rows_k, ahead=ahead,
            turned_in=turned_weights(node, p["in_weight"], width, 3 * width),
            turned_out=turned_weights(node, p["out_weight"], width, width), **shared,
        )  # fmt: skip
        if mask >= 0 and node.dx[-1] >= 0:
            node.backward(nothing, dx_at=node.dx[-1], size=keys)
        parts = [(node.x[0], dq_at, steps, q_row, 0)]
        parts += [(node.x[1], dk_at, keys, k_row, width)] if crosses else []
        self._lower_weights(node, parts, attended, ahead)

    def _lower_weights(
        self, node: Lowering, parts: Sequence[tuple[int, int, int, int, int]], attended: int, ahead: int
    ) -> None:
        """``parts`` of the projections: what they take, the gradient of what they give, steps, columns, and
        the first column.
        """
        (steps, width), g = node.inputs[0], node.parameter_gradients
        for x, gradient, count, columns, first in parts:
            node.sweep(
                input_weights, width, 2 * node.batch * count * width * columns, ROWS.compiled, x_at=x,
                dq_at=gradient, dweight_at=g["in_weight"] + first, width=width, columns=columns, steps=count,
                ahead=ahead,
            )  # fmt: skip
        node.sweep(
            output_weights, width, 2 * node.batch * steps * width * width, ROWS.compiled,
            attended_at=attended, dy_at=node.dy, dweight_at=g["out_weight"], width=width, steps=steps,
            ahead=ahead,
        )  # fmt: skip
        if not node.options["bias"]:
            return
        for _, gradient, count, columns, first in parts:
            node.sweep(
                input_biases, columns, node.batch * count * columns, 16, dq_at=gradient,
                dbias_at=g["in_bias"] + first, steps=count, columns=columns,
            )  # fmt: skip
        outer = {"dy_at": node.dy, "dbias_at": g["out_bias"]}
        node.sweep(bias_gradient, width, node.batch * node.size, 16, out=width, rows=steps, **outer)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        n, steps, width = inputs[0].shape
        *_, v = self.projections(options, inputs, parameters)
        attended = self.attention(options, inputs, parameters) @ v
        attended = attended.swapaxes(1, 2).reshape(n, steps, width)
        y: np.ndarray = attended @ parameters["out_weight"] + parameters.get("out_bias", 0)
        return y

    def projections(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> list[np.ndarray]:
        """Queries, keys and values in NumPy: (batch, heads, steps, depth) each."""
        memory = inputs[1] if len(inputs) > 1 and inputs[1].ndim == 3 else inputs[0]
        weights = np.split(parameters["in_weight"], 3, 1)
        biases = np.split(parameters["in_bias"], 3) if options["bias"] else [0] * 3
        return [
            (x @ weight + bias).reshape(*x.shape[:2], options["heads"], -1).swapaxes(1, 2)
            for x, weight, bias in zip((inputs[0], memory, memory), weights, biases, strict=True)
        ]

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
        scores = q @ k.swapaxes(2, 3) / math.sqrt(k.shape[3])
        masked = self.masked(options, inputs)
        if masked is not None:
            scores = np.where(masked[:, None], -np.inf, scores)
        top = scores.max(-1, keepdims=True)
        weights: np.ndarray = np.exp(scores - np.where(np.isneginf(top), 0, top))
        total = weights.sum(-1, keepdims=True)
        weights /= np.where(total == 0, 1, total)
        return weights

    def masked(self, options: Options, inputs: Arrays) -> np.ndarray | None:
        padded = inputs[-1] if inputs[-1].ndim == 2 else None
        if padded is None and not options["causal"]:
            return None
        keys = next((x.shape[1] for x in inputs[1:] if x.ndim == 3), inputs[0].shape[1])
        masked = np.zeros((1, inputs[0].shape[1], keys), bool)
        if options["causal"]:
            masked |= np.tri(*masked.shape[1:]) == 0
        return masked if padded is None else masked | (padded[:, None] == 0)
