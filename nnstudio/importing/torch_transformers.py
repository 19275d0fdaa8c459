"""Encoders of torch.nn: TransformerBlocks, or their parts where such a block lacks an option."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.layers.transformer import TransformerBlock
from nnkernels.spec import NodeSpec, layers
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_sequences import attention
from nnstudio.importing.torch_values import Module, Unknown, Value

# Arrays of each part of a block: our names by those of the modules.
PARTS: Mapping[str, Mapping[str, str]] = {
    "attention": {
        "self_attn.in_proj_weight": "in_weight", "self_attn.in_proj_bias": "in_bias",
        "self_attn.out_proj.weight": "out_weight", "self_attn.out_proj.bias": "out_bias",
    },
    **{
        part: {f"{module}.weight": "weight", f"{module}.bias": "bias"}
        for part, module in (
            ("dense1", "linear1"), ("dense2", "linear2"), ("norm1", "norm1"), ("norm2", "norm2")
        )
    },
}  # fmt: skip
ACTIVATIONS = ("relu", "gelu")
MOST_LEVELS = 100
NO_SHIFT = "It has no shift, which this layer does not know: here it begins at 0."


def encoder_layer(
    reader: ModuleReader, module: Module, value: Value, causal: bool = False, mask: Value | None = None
) -> Value:
    """nn.TransformerEncoderLayer. Raises NotExpressible."""
    o = module.options(
        d_model=None, nhead=None, dim_feedforward=2048, dropout=0.1, activation="relu", layer_norm_eps=1e-5,
        batch_first=False, norm_first=False, bias=True,
    )  # fmt: skip
    if not o["batch_first"]:
        raise NotExpressible(f"nn.{module.kind} is read with batch_first=True.")
    options = {
        "heads": o["nhead"], "hidden": o["dim_feedforward"], "causal": causal,
        "norm_first": bool(o["norm_first"]), "activation": _activation(o["activation"]),
        "dropout": float(o["dropout"]),
    }  # fmt: skip
    builder = reader.builder
    if builder.torch_shape(value)[-1] != o["d_model"]:
        raise NotExpressible(f"It takes {o['d_model']} features, but {value.shape} arrives.")
    inputs = [builder.natural(v) for v in (value, mask) if v is not None]
    if o["bias"] and o["layer_norm_eps"] == layers["layernorm"].complete({})["epsilon"]:
        names = {there: f"{part}.{here}" for part, own in PARTS.items() for there, here in own.items()}
        node = reader.add(module, "transformerblock", options, inputs[0], names, _turned, more=inputs[1:])
        return builder.in_order(node)
    return builder.in_order(_in_parts(reader, module, options, inputs, o["layer_norm_eps"], bool(o["bias"])))


def _activation(given: Any) -> str:
    told = given.kind if isinstance(given, Module) else given.text if isinstance(given, Unknown) else given
    name = str(told).split(".")[-1].lower()
    if name not in ACTIVATIONS or (isinstance(given, Module) and given.options(approximate="none") != PLAIN):
        raise NotExpressible(f"Its activation is {str(told)[:40]!r}; relu and gelu are read.")
    return name


PLAIN = {"approximate": "none"}


def _turned(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Matrices (out, in) as ours (in, out)."""
    return {name: v.T if v.ndim == 2 else v for name, v in arrays.items()}


def _in_parts(
    reader: ModuleReader, module: Module, options: Mapping[str, Any], inputs: Sequence[str], epsilon: float,
    bias: bool,
) -> str:  # fmt: skip
    """The block as layers of their own; the name of the last."""
    layer, builder = layers["transformerblock"], reader.builder
    assert isinstance(layer, TransformerBlock)
    named = {str(i): name for i, name in enumerate(inputs)}
    shapes = [builder.shape(name) for name in inputs]
    node = ""
    for part in layer.parts(layer.complete(options), shapes):
        settings = dict(part.options)
        if part.layer == "layernorm":
            settings["epsilon"] = epsilon
        elif part.id in PARTS:
            settings["bias"] = bias
        node = named[part.id] = _part(reader, module, part, settings, [named[s] for s in part.inputs], bias)
    return node


def _part(
    reader: ModuleReader, module: Module, part: NodeSpec, settings: Mapping[str, Any], inputs: Sequence[str],
    bias: bool,
) -> str:  # fmt: skip
    builder = reader.builder
    if part.id not in PARTS:
        return builder.add(f"{module.path}.{part.id}", part.layer, settings, inputs)
    is_norm = part.layer == "layernorm"
    names = {there: here for there, here in PARTS[part.id].items() if bias or "bias" not in here}

    def change(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {**({"bias": np.zeros_like(held["weight"])} if is_norm else {}), **_turned(held)}

    node = reader.add(
        module, part.layer, settings, inputs[0], names, change, part=f".{part.id}", more=inputs[1:]
    )
    if is_norm and not bias:
        builder.say(node, NO_SHIFT)
    return node


def encoder(
    reader: ModuleReader, module: Module, value: Value, causal: bool, mask: Value | None,
    applied: Callable[[Module, Value], Value],
) -> Value:  # fmt: skip
    """nn.TransformerEncoder: its layer so many times, each with arrays of its own, and a norm behind.
    Raises NotExpressible.
    """
    o = module.options(
        encoder_layer=None, num_layers=None, norm=None, enable_nested_tensor=True, mask_check=True
    )
    layer, norm, count = o["encoder_layer"], o["norm"], o["num_layers"]
    if not isinstance(layer, Module) or layer.kind != "TransformerEncoderLayer":
        raise NotExpressible("Its layer is no nn.TransformerEncoderLayer that is known.")
    if not isinstance(count, int) or not 0 < count <= MOST_LEVELS:
        raise NotExpressible(f"It has {str(count)[:40]} layers.")
    for level in range(count):
        own = replace(layer, path=f"{module.path}.layers.{level}")
        value = encoder_layer(reader, own, value, causal, mask)
    if norm is not None:
        value = applied(replace(norm, path=f"{module.path}.norm"), value)
    if mask is not None:
        reader.builder.say(
            value.node, "Steps that are hidden have values here; when PyTorch predicts, it may give 0 there."
        )
    return value


def attended(
    reader: ModuleReader, module: Module, inputs: Sequence[Value], causal: bool, mask: Value | None
) -> tuple[Value, None]:
    """nn.MultiheadAttention: what it gives, and no weights. Raises NotExpressible."""
    if len(inputs) != 3 or inputs[1].node != inputs[2].node or inputs[1].axes != inputs[2].axes:
        raise NotExpressible("Keys and values differ; only those of one sequence can be expressed.")
    is_same = inputs[0].node == inputs[1].node and inputs[0].axes == inputs[1].axes
    memory = None if is_same else inputs[1]
    return attention(reader, module, inputs[0], mask, causal, memory), None


__all__ = ["attended", "encoder", "encoder_layer"]
