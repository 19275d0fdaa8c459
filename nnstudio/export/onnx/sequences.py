"""Layers over sequences: embeddings, positions, recurrent layers and attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnkernels.layers.attention import is_cross, keys_shape
from nnkernels.layers.positional import waves
from nnstudio.export.onnx.emitters import Emission, emits
from nnstudio.export.onnx.weighted import affine

INT64 = 7
# What stands for a score that the mask hides: e to the power of it is 0.
HIDDEN = float(np.finfo(np.float32).min) / 2


@emits("embedding", options="size dimensions")
def embedding(e: Emission) -> str:
    least, most = e.constant("least", 0.0), e.constant("most", float(e.options["size"] - 1))
    rows = e.op("Cast", e.op("Clip", e.inputs[0], least, most), to=INT64)
    return e.end("Gather", e.weight("weight", e.arrays["weight"]), rows, axis=0)


@emits("positionalencoding", options="kind")
def positions(e: Emission) -> str:
    if e.arrays:
        return e.end("Add", e.inputs[0], e.weight("weight", e.arrays["weight"]))
    return e.end("Add", e.inputs[0], e.constant("waves", waves(*e.step.input_shapes[0])))


# ONNX's name of each layer, and which of our gates comes at each place: i o f c of LSTM, z r h of GRU.
RECURRENT = {
    "simplernn": ("RNN", (0,)),
    "lstm": ("LSTM", (0, 3, 1, 2)),
    "gru": ("GRU", (1, 0, 2)),
}  # fmt: skip


@emits(*RECURRENT, options="units return_sequences bidirectional reverse activation reset gives")
def recurrent(e: Emission) -> str:
    kind, order = RECURRENT[e.step.kind]
    ends = [name.removeprefix("weight") for name in e.arrays if name.startswith("weight")]
    units, width = e.options["units"], len(ends) * e.options["units"]
    tables = [
        np.stack([_by_gate(e.arrays[name + end], order) for end in ends])
        for name in ("weight", "recurrent_weight")
    ]
    bias = np.stack([_biases(e, end, order) for end in ends])
    attributes: dict[str, Any] = {}
    if kind == "GRU":
        attributes["linear_before_reset"] = int(e.options["reset"] == "after")
    if e.options.get("activation") == "relu":
        attributes["activations"] = ["Relu"] * len(ends)
    one_way = "reverse" if e.options["reverse"] else "forward"
    # ONNX Runtime takes steps before samples only.
    steps_first = e.op("Transpose", e.inputs[0], perm=(1, 0, 2))
    gives_cell = e.options.get("gives") == "cell" and not e.options["return_sequences"]
    sequence, *lasts = e.graph.ops(
        kind,
        [steps_first, e.weight("weight", tables[0]), e.weight("recurrent_weight", tables[1]),
         e.weight("bias", bias)],
        f"{e.step.name}.{kind.lower()}", 2 + gives_cell, hidden_size=units,
        direction="bidirectional" if len(ends) == 2 else one_way, **attributes,
    )  # fmt: skip
    if e.options["return_sequences"]:
        turned = e.op("Transpose", sequence, perm=(2, 0, 1, 3))
        return e.end("Reshape", turned, e.whole("shape", 0, 0, width))
    turned = e.op("Transpose", lasts[-1], perm=(1, 0, 2))
    return e.end("Reshape", turned, e.whole("shape", 0, width))


def _by_gate(table: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """(in, gates units) as (gates units, in) with the gates in this order."""
    gates = np.split(table, len(order), -1)
    return np.concatenate([gates[g] for g in order], -1).T


def _biases(e: Emission, end: str, order: tuple[int, ...]) -> np.ndarray:
    """The biases of both products, one behind the other; ours stand with the first, but for one gate's."""
    first, second = e.arrays[f"bias{end}"], np.zeros_like(e.arrays[f"bias{end}"])
    own = e.arrays.get(f"recurrent_bias{end}")
    if own is not None:
        second[-len(own) :] = own
    return np.concatenate([_by_gate(first, order), _by_gate(second, order)])


@emits("multiheadattention", options="heads causal bias", training="dropout")
def attention(e: Emission) -> str:
    (steps, width), keys = e.step.input_shapes[0], keys_shape(e.step.input_shapes)[0]
    heads, has_bias = e.options["heads"], e.options["bias"]
    parts = _crossed(e, width) if is_cross(e.step.input_shapes) else _projected(e, e.inputs[0], "in", 3)
    shapes = [e.whole("heads", 0, steps, heads, width // heads)]
    shapes += [e.whole("keys", 0, keys, heads, width // heads)] * 2 if keys != steps else shapes * 2
    turns = ((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3))
    q, k, v = (
        e.op("Transpose", e.op("Reshape", part, shape), perm=axes)
        for part, shape, axes in zip(parts, shapes, turns, strict=True)
    )
    scores = e.op("Mul", e.op("MatMul", q, k), e.constant("scale", 1 / math.sqrt(width // heads)))
    attended = e.op("MatMul", _weights(e, scores, steps, keys), v)
    rows = e.op("Transpose", attended, perm=(0, 2, 1, 3))
    joined = e.op("Reshape", rows, e.whole("shape", 0, steps, width))
    return affine(e, joined, "out_weight", "out_bias" if has_bias else "")


def _projected(e: Emission, value: str, which: str, count: int, columns: slice = slice(None)) -> list[str]:
    """So many parts of a product with columns of the weights."""
    given = e.op("MatMul", value, e.weight(f"{which}_weight", e.arrays["in_weight"][:, columns]))
    if e.options["bias"]:
        given = e.op("Add", given, e.weight(f"{which}_bias", e.arrays["in_bias"][columns]))
    width = e.step.input_shapes[0][1]
    if count == 1:
        return [given]
    widths = e.whole("widths", *[width] * count)
    return e.graph.ops("Split", [given, widths], f"{e.step.name}.split", count, axis=-1)


def _crossed(e: Emission, width: int) -> list[str]:
    """Queries of the first sequence, keys and values of the second."""
    (query,) = _projected(e, e.inputs[0], "query", 1, slice(width))
    return [query, *_projected(e, e.inputs[1], "memory", 2, slice(width, None))]


def _weights(e: Emission, scores: str, steps: int, keys: int) -> str:
    """Softmax of the scores that the masks let through; 0 for all where they let none through."""
    masks = [e.constant("causal", np.tri(steps, keys), bool)] if e.options["causal"] else []
    if len(e.step.input_shapes[-1]) == 1:
        hidden = e.op("Equal", e.inputs[-1], e.constant("zero", 0.0))
        masks.append(e.op("Unsqueeze", e.op("Not", hidden), e.whole("axes", 1, 2)))
    if not masks:
        return e.op("Softmax", scores, axis=-1)
    seen = e.op("And", *masks) if len(masks) == 2 else masks[0]
    weights = e.op("Softmax", e.op("Where", seen, scores, e.constant("hidden", HIDDEN)), axis=-1)
    return e.op("Mul", weights, e.op("Cast", seen, to=1))
