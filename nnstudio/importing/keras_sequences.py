"""Layers of Keras 3 for sequences as nnstudio's: recurrent ones, attention, embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall, Named, Part, Read, expect, named
from nnstudio.importing.keras_turns import Turned

NO_BIAS = "It has no bias, which this layer does not know: here it begins at 0 and is trained."
KINDS = {"SimpleRNN": "simplernn", "LSTM": "lstm", "GRU": "gru"}


def _recurrent(call: KerasCall) -> list[Part]:
    options, note = _options(call.kind, call.config)
    if bool(call.config.get("go_backwards")) != isinstance(call.inputs[0], Turned):
        options["reverse"] = True
    return [Part(KINDS[call.kind], options, _cell(call, ("cell",), call.config, ""), note=note)]


def one_value(kind: str, config: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The configuration of a layer that gives one of the values of a layer with states. Raises
    NotExpressible.
    """
    values = ("outputs", "state", *(("cell",) if kind == "LSTM" else ()))
    if kind not in KINDS or not config.get("return_state") or not 0 <= number < len(values):
        raise NotExpressible("Of the values that it gives, only the first can be expressed.")
    returns = bool(config.get("return_sequences")) and not number
    return {**config, "return_sequences": returns, "return_state": values[number]}


def _options(kind: str, config: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Options of one direction, and what is left out. Raises NotExpressible."""
    expected: dict[str, Any] = {
        "stateful": False,
        **({} if kind == "SimpleRNN" else {"activation": "tanh", "recurrent_activation": "sigmoid"}),
    }  # fmt: skip
    for name, value in expected.items():
        given = config.get(name, value)
        if given != value:
            raise NotExpressible(f"{name} is {str(given)[:80]!r}; only {value!r} can be expressed.")
    drops = config.get("dropout") or config.get("recurrent_dropout")
    options = {"units": config["units"], "return_sequences": bool(config.get("return_sequences"))}
    given = config.get("activation", "tanh")
    if given not in ("tanh", "relu"):
        raise NotExpressible(f"activation is {str(given)[:80]!r}; only 'tanh' and 'relu' can be expressed.")
    options |= {"activation": "relu"} if given == "relu" else {}
    options |= {"gives": "cell"} if config.get("return_state") == "cell" else {}
    options |= {"reset": "before"} if kind == "GRU" and not config.get("reset_after", True) else {}
    notes = ["Its dropout while training is left out."] if drops else []
    notes += [] if config.get("use_bias", True) else [NO_BIAS]
    return options, " ".join(notes)


def _cell(call: KerasCall, where: tuple[str, ...], config: Mapping[str, Any], end: str) -> Named:
    """The arrays of one direction, as nnstudio has them."""
    kind = KINDS[config.get("class", call.kind)]
    has_bias = config.get("use_bias", True)
    own = named(call.arrays(*where), "kernel", "recurrent", *(("bias",) if has_bias else ()))
    if own is None:
        return None
    columns = own["kernel"].shape[-1]
    # Two rows where the reset gate comes after the product, and its bias with it.
    shape = (2, columns) if kind == "gru" and config.get("reset_after", True) else (columns,)
    bias = own.get("bias", np.zeros(shape, np.float32))
    if bias.shape != shape:
        raise NotExpressible(f"Its bias has shape {bias.shape}; {shape} was expected.")
    kernel, recurrent = own["kernel"], own["recurrent"]
    if kind != "gru":
        return {f"weight{end}": kernel, f"recurrent_weight{end}": recurrent, f"bias{end}": bias}
    weights = {f"weight{end}": _r_first(kernel), f"recurrent_weight{end}": _r_first(recurrent)}
    if len(shape) == 1:
        return {**weights, f"bias{end}": _r_first(bias)}
    first, second = bias
    gates = 2 * (columns // 3)
    # Of the gates z and r, both rows are added before anything else.
    summed = np.concatenate([first[:gates] + second[:gates], first[gates:]])
    return {**weights, f"bias{end}": _r_first(summed), f"recurrent_bias{end}": second[gates:].copy()}


def _r_first(values: np.ndarray) -> np.ndarray:
    """Gates z r h as r z h."""
    third = values.shape[-1] // 3
    z, r, h = values[..., :third], values[..., third : 2 * third], values[..., 2 * third :]
    return np.concatenate([r, z, h], -1)


def _bidirectional(call: KerasCall) -> list[Part]:
    expect(call, merge_mode="concat")
    inner = call.config["layer"]
    kind = inner["class_name"]
    if kind not in KINDS:
        raise NotExpressible(f"No layer reads both ways as {str(kind)[:80]} does.")
    if inner["config"].get("go_backwards") or isinstance(call.inputs[0], Turned):
        raise NotExpressible("Its first direction reads from the last step to the first.")
    if inner["config"].get("return_state"):
        raise NotExpressible("It also gives the states of both directions, which no layer does one by one.")
    options, note = _options(kind, inner["config"])
    back = call.config.get("backward_layer")
    if back is not None:
        other, _ = _options(kind, back["config"])
        if back["class_name"] != kind or other != options or not back["config"].get("go_backwards"):
            raise NotExpressible("Its two directions differ; only two of one kind can be expressed.")
    config = {**inner["config"], "class": kind}
    first = _cell(call, ("forward_layer", "cell"), config, "")
    second = _cell(call, ("backward_layer", "cell"), config, "_reverse")
    arrays = None if first is None or second is None else {**first, **second}
    return [Part(KINDS[kind], {**options, "bidirectional": True}, arrays, note=note)]


def _attention(call: KerasCall) -> list[Part]:
    """Of a sequence to itself or to another, with as many values as it has."""
    c, width = call.config, call.shapes[0][-1]
    # Query, value, and the key where it is another than the value.
    if len(set(call.inputs[1:])) > 1:
        raise NotExpressible("Keys and values differ; only those of one sequence can be expressed.")
    axes = [len(call.shapes[0]) - 1]
    expect(call, output_shape=None, attention_axes=axes, use_gate=False, sliding_window=None)
    if c["num_heads"] * c["key_dim"] != width or c.get("value_dim") not in (None, c["key_dim"]):
        raise NotExpressible(
            f"{c['num_heads']} heads of {c['key_dim']} values are not the {width} values of a step."
        )
    options = {
        "heads": c["num_heads"], "causal": bool(call.arguments.get("use_causal_mask")),
        "bias": c.get("use_bias", True), "dropout": float(c.get("dropout", 0.0)),
    }  # fmt: skip
    if call.arguments.get("attention_mask") is not None:
        raise NotExpressible("It has a mask of its own.")
    return [Part("multiheadattention", options, _projections(call, "_dense", "output"), takes_one=True)]


def _projections(call: KerasCall, end: str, last: str) -> Named:
    """The arrays of the four projections, as nnstudio has them."""
    matrices: list[np.ndarray] = []
    biases: list[np.ndarray] = []
    width = call.shapes[0][-1]
    for inside in ("query", "key", "value", last):
        own = named(call.arrays(f"{inside}{end}"), "kernel", *(("bias",) if _has_bias(call) else ()))
        if own is None:
            return None
        if own["kernel"].size != width * width:
            raise NotExpressible(f"Its arrays do not have the shapes of {width} values of a step.")
        matrices.append(own["kernel"].reshape(width, width))
        biases += [own["bias"].reshape(-1)] if "bias" in own else []
    arrays = {"in_weight": np.concatenate(matrices[:3], 1), "out_weight": matrices[3]}
    if biases:
        arrays |= {"in_bias": np.concatenate(biases[:3]), "out_bias": biases[3]}
    return arrays


def _has_bias(call: KerasCall) -> bool:
    return bool(call.config.get("use_bias", True))


def _masked_attention(call: KerasCall) -> list[Part]:
    c = call.config
    options = {
        "heads": c["heads"], "causal": bool(c.get("causal")), "bias": c.get("use_bias", True),
        "dropout": float(c.get("dropout", 0.0)),
    }  # fmt: skip
    return [Part("multiheadattention", options, _projections(call, "", "attention_output"), takes_one=True)]


def _embedding(call: KerasCall) -> list[Part]:
    expect(call, lora_rank=None, quantization_config=None)
    options = {"size": call.config["input_dim"], "dimensions": call.config["output_dim"]}
    return [Part("embedding", options, named(call.arrays(), "weight"))]


def _waves(_call: KerasCall) -> list[Part]:
    return [Part("positionalencoding", {"kind": "sinusoidal"})]


def _positions(call: KerasCall) -> list[Part]:
    return [Part("positionalencoding", {"kind": "learned"}, named(call.arrays(), "weight"))]


SEQUENCE_READERS: Mapping[str, Read] = {
    **dict.fromkeys(KINDS, _recurrent),
    "Bidirectional": _bidirectional,
    "MultiHeadAttention": _attention,
    "Embedding": _embedding,
}
# Classes that nnstudio writes into a model.py.
SEQUENCE_OURS: Mapping[str, Read] = {
    "Waves": _waves, "Positions": _positions, "MaskedAttention": _masked_attention,
}  # fmt: skip


__all__ = ["SEQUENCE_OURS", "SEQUENCE_READERS", "one_value"]
