"""Recurrent modules and attention of torch.nn as nnstudio's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import Apply, ModuleReader
from nnstudio.importing.torch_values import Module, Outputs, Recurrent, Value


def _recurrent(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> tuple[Any, Any]:
    call = Recurrent(module, inputs[0])
    state: Any = Outputs(call, "state")
    return Outputs(call, "steps"), ((state, state) if module.kind == "LSTM" else state)


def recurrent_layer(reader: ModuleReader, call: Recurrent, sequences: bool) -> Value:
    """The layer of a recurrent call that gives all steps, or the last states."""
    module = call.module
    o = module.options(
        input_size=None, hidden_size=None, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False,
        dropout=0.0, bidirectional=False, proj_size=0,
    ) if module.kind == "RNN" else module.options(
        input_size=None, hidden_size=None, num_layers=1, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, proj_size=0,
    )  # fmt: skip
    if not o["batch_first"] or o["num_layers"] != 1 or o["proj_size"] or not o["bias"]:
        raise NotExpressible(
            f"nn.{module.kind} is read with batch_first=True, one layer, a bias, no projection."
        )
    activation = o.get("nonlinearity", "tanh")
    if activation not in ("tanh", "relu"):
        raise NotExpressible("Its activation is another than tanh and ReLU.")
    kind = {"RNN": "simplernn", "LSTM": "lstm", "GRU": "gru"}[module.kind]
    options = {
        "units": o["hidden_size"], "return_sequences": sequences, "bidirectional": bool(o["bidirectional"]),
        **({"activation": "relu"} if activation == "relu" else {}),
    }  # fmt: skip
    ends = ("", "_reverse") if o["bidirectional"] else ("",)
    names = {f"{t}_l0{e}": f"{t}{e}" for e in ends for t in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}

    def change(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        arrays: dict[str, np.ndarray] = {}
        for e in ends:
            first, second = held[f"bias_ih{e}"], held[f"bias_hh{e}"].copy()
            if kind == "gru":
                units = len(second) // 3
                arrays[f"recurrent_bias{e}"] = second[-units:].copy()
                second[-units:] = 0
            arrays |= {
                f"weight{e}": held[f"weight_ih{e}"].T, f"recurrent_weight{e}": held[f"weight_hh{e}"].T,
                f"bias{e}": first + second,
            }  # fmt: skip
        return arrays

    node = reader.builder.natural(call.source)
    return reader.builder.in_order(reader.add(module, kind, options, node, names, change))


def attention(
    reader: ModuleReader, module: Module, value: Value, mask: Value | None = None, causal: bool = False
) -> Value:
    """Self-attention, with a mask of steps where there is one."""
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
    inputs = [builder.natural(value), *([builder.natural(mask)] if mask is not None else [])]
    shared = before[0] if before else ""
    node = builder.add(module.path, "multiheadattention", options, inputs, arrays, shared)
    reader.used.setdefault(module.path, (node, None))
    return builder.in_order(node)


def _attention(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> tuple[Value, None]:
    if len(inputs) != 3 or len({value.node for value in inputs}) != 1:
        raise NotExpressible("Queries, keys and values differ; only those of one sequence can be expressed.")
    return attention(reader, module, inputs[0]), None


SEQUENCES: Mapping[str, Apply] = {
    "RNN": _recurrent, "LSTM": _recurrent, "GRU": _recurrent, "MultiheadAttention": _attention
}  # fmt: skip


__all__ = ["SEQUENCES", "attention", "recurrent_layer"]
