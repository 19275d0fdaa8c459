"""Attention of torch.nn as nnstudio's layer."""

from __future__ import annotations

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import ModuleReader
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
    inputs = [reader.builder.natural(given) for given in (value, memory, mask) if given is not None]

    def change(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: v.T if v.ndim == 2 else v for name, v in held.items()}

    node = reader.add(module, "multiheadattention", options, inputs[0], names, change, more=inputs[1:])
    return reader.builder.in_order(node)


__all__ = ["attention"]
