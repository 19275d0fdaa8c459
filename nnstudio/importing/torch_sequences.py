"""Attention of torch.nn as nnstudio's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import Apply, ModuleReader
from nnstudio.importing.torch_recurrent import RECURRENT
from nnstudio.importing.torch_values import Module, Value


def attention(
    reader: ModuleReader, module: Module, value: Value, mask: Value | None = None, causal: bool = False,
    memory: Value | None = None,
) -> Value:  # fmt: skip
    """Attention to another sequence or to itself, with a mask of steps where there is one."""
    o = module.options(
        embed_dim=None, num_heads=None, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False,
        kdim=None, vdim=None, batch_first=False,
    )  # fmt: skip
    if not o["batch_first"] or o["add_bias_kv"] or o["add_zero_attn"] or o["kdim"] or o["vdim"]:
        raise NotExpressible("MultiheadAttention is read with batch_first=True and one size of values.")
    options = {
        "heads": o["num_heads"], "dropout": float(o["dropout"]), "bias": bool(o["bias"]), "causal": causal
    }  # fmt: skip
    names = {"in_proj_weight": "in_weight", "out_proj.weight": "out_weight"}
    if o["bias"]:
        names |= {"in_proj_bias": "in_bias", "out_proj.bias": "out_bias"}
    builder = reader.builder
    arrays = None
    before = reader.used.get(module.path)
    if reader.tensors is not None and before is None:
        held = {here: reader.tensor(f"{module.path}.{there}") for there, here in names.items()}
        arrays = {name: v.T if name.endswith("weight") else v for name, v in held.items()}
    inputs = [builder.natural(given) for given in (value, memory, mask) if given is not None]
    shared = before[0] if before else ""
    node = builder.add(module.path, "multiheadattention", options, inputs, arrays, shared)
    reader.used.setdefault(module.path, (node, None))
    return builder.in_order(node)


def _attention(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> tuple[Value, None]:
    if len(inputs) != 3 or inputs[1].node != inputs[2].node or inputs[1].axes != inputs[2].axes:
        raise NotExpressible("Keys and values differ; only those of one sequence can be expressed.")
    is_same = inputs[0].node == inputs[1].node and inputs[0].axes == inputs[1].axes
    return attention(reader, module, inputs[0], memory=None if is_same else inputs[1]), None


SEQUENCES: Mapping[str, Apply] = {
    **RECURRENT, "MultiheadAttention": _attention
}  # fmt: skip


__all__ = ["SEQUENCES", "attention"]
