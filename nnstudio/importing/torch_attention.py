"""Calls of modules that attend: their arguments by name, tensors apart from masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_functions import tensor
from nnstudio.importing.torch_masks import is_causal, seen
from nnstudio.importing.torch_modules import apply
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_transformers import attended, encoder, encoder_layer
from nnstudio.importing.torch_values import Module

# Arguments of forward: tensors, the mask, and the mask of padding.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "MultiheadAttention": (
        "query", "key", "value", "key_padding_mask", "need_weights", "attn_mask", "average_attn_weights",
        "is_causal",
    ),
    "TransformerEncoderLayer": ("src", "src_mask", "src_key_padding_mask", "is_causal"),
    "TransformerEncoder": ("src", "mask", "src_key_padding_mask", "is_causal"),
}  # fmt: skip
TENSORS = ("query", "key", "value", "src")


def called(reader: ModuleReader, module: Module, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What a module of `ARGUMENTS` gives. Raises NotExpressible."""
    names = ARGUMENTS[module.kind]
    given = {**dict(zip(names, values, strict=False)), **named}
    odd = sorted(given.keys() - {*names})
    if odd or len(values) > len(names):
        raise NotExpressible(f"It is called with more than its arguments: {', '.join(odd) or 'others'}.")
    mask = next((given[n] for n in ("attn_mask", "src_mask", "mask") if n in given), None)
    padding = next((given[n] for n in ("key_padding_mask", "src_key_padding_mask") if n in given), None)
    causal, hidden = is_causal(mask, given.get("is_causal")), seen(padding)
    if hidden is not None:
        hidden = replace(hidden, is_index=False)
    inputs = [tensor(reader, given[name]) for name in TENSORS if name in given]
    match module.kind:
        case "MultiheadAttention":
            return attended(reader, module, inputs, causal, hidden)
        case "TransformerEncoderLayer":
            return encoder_layer(reader, module, inputs[0], causal, hidden)
    return encoder(
        reader, module, inputs[0], causal, hidden, lambda norm, value: apply(reader, norm, [value])
    )


__all__ = ["ARGUMENTS", "called"]
