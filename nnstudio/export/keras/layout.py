"""Arrays as the layers of Keras 3 keep them, and back: shapes, order of gates, names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from nnkernels.graph.network import Resolved
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.layout import module_names

KERAS_LAYOUT = (
    "Keras: channels last; dense kernels (in, out); convolution kernels (height, width, in, out); gates "
    "i f c o and z r h"
)
Arrays = dict[str, np.ndarray]
# What the text of a model calls things, beside what `module_names` avoids anyway.
NAMES = """
argparse build features i inputs j keras layers load_file mean_pool model np numbers ops outputs path
predict prepare rows x
"""
CELLS = {"simplernn": "simple_rnn_cell", "lstm": "lstm_cell", "gru": "gru_cell"}
RUNS = {"simplernn": "simple_rnn", "lstm": "lstm", "gru": "gru"}
PARTS = ("query", "key", "value")


class Translation(NamedTuple):
    """How the arrays of a node become those of a Keras layer, by the path inside it, and back."""

    to_keras: Callable[[Arrays, Resolved], Arrays]
    from_keras: Callable[[Arrays], Arrays]


def _renamed(**names: str) -> Translation:
    """Names here by names there; arrays as they are."""
    return Translation(
        lambda arrays, _node: {there: arrays[here] for there, here in names.items() if here in arrays},
        lambda tensors: {here: tensors[there] for there, here in names.items() if there in tensors},
    )


def _prelu(arrays: Arrays, node: Resolved) -> Arrays:
    return {"alpha": arrays["weight"].reshape((*(1,) * (len(node.shape) - 1), -1))}


def _transposed(arrays: Arrays, node: Resolved) -> Arrays:
    """Filters are (window, out / groups, in); each group has a layer of its own there."""
    groups = node.options["groups"]
    if groups == 1:
        return _KERNEL.to_keras(arrays, node)
    tensors: Arrays = {}
    for name, values in _KERNEL.to_keras(arrays, node).items():
        for i, part in enumerate(np.split(values, groups, -1)):
            tensors[f"group_{i + 1}/{name}"] = part
    return tensors


def _from_transposed(tensors: Arrays) -> Arrays:
    if "kernel" in tensors:
        return _KERNEL.from_keras(tensors)
    joined: Arrays = {}
    for name in ("kernel", "bias"):
        numbers = range(1, len(tensors) + 1)
        parts = [tensors[key] for key in (f"group_{i}/{name}" for i in numbers) if key in tensors]
        joined |= {name: np.concatenate(parts, -1)} if parts else {}
    return _KERNEL.from_keras(joined)


def _recurrent(kind: str) -> Translation:
    """Directions have layers of their own inside Bidirectional; GRU's gates are z r h there, r z n here."""
    cell, run, is_gru = CELLS[kind], RUNS[kind], kind == "gru"

    def to_keras(arrays: Arrays, _node: Resolved) -> Arrays:
        both = "weight_reverse" in arrays
        tensors: Arrays = {}
        for end, direction in (("", "forward"), ("_reverse", "backward")):
            if f"weight{end}" not in arrays:
                continue
            start = f"{direction}_{run}/{cell}" if both else cell
            bias = _swapped(arrays[f"bias{end}"], is_gru)
            if f"recurrent_bias{end}" in arrays:
                second = np.zeros_like(bias)
                second[len(bias) // 3 * 2 :] = arrays[f"recurrent_bias{end}"]
                bias = np.stack([bias, second])
            tensors |= {
                f"{start}/kernel": _swapped(arrays[f"weight{end}"], is_gru),
                f"{start}/recurrent_kernel": _swapped(arrays[f"recurrent_weight{end}"], is_gru),
                f"{start}/bias": bias,
            }
        return tensors

    def from_keras(tensors: Arrays) -> Arrays:
        arrays: Arrays = {}
        for start, end in ((cell, ""), (f"forward_{run}/{cell}", ""), (f"backward_{run}/{cell}", "_reverse")):
            if f"{start}/kernel" not in tensors:
                continue
            arrays |= _cell_arrays(
                kind, tensors[f"{start}/kernel"], tensors[f"{start}/recurrent_kernel"],
                tensors[f"{start}/bias"], end,
            )  # fmt: skip
        return arrays

    return Translation(to_keras, from_keras)


def _cell_arrays(
    kind: str, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray, end: str = ""
) -> Arrays:
    """What Keras keeps of one direction of a recurrent layer, as nnstudio has it."""
    is_gru, apart = kind == "gru", {}
    # With reset_after=False, as nnstudio's reset "before", there is one row of biases.
    if bias.ndim == 2:
        first, second = bias
        gates = 2 * recurrent.shape[0]
        # Of the gates z and r, both rows are added before anything else.
        bias = np.concatenate([(first + second)[:gates], first[gates:]])
        apart = {f"recurrent_bias{end}": second[gates:].copy()}
    return {
        f"weight{end}": _swapped(kernel, is_gru),
        f"recurrent_weight{end}": _swapped(recurrent, is_gru),
        f"bias{end}": _swapped(bias, is_gru),
        **apart,
    }


def _swapped(values: np.ndarray, is_gru: bool) -> np.ndarray:
    """With the first two of three gates in the other order, for a GRU."""
    if not is_gru:
        return values
    first, second, third = np.split(values, 3, -1)
    return np.concatenate([second, first, third], -1)


def _attention(arrays: Arrays, node: Resolved) -> Arrays:
    """With an axis for the heads; in matrices where there is a mask, for which a layer of its own stands."""
    heads = () if len(node.input_shapes[-1]) == 1 else (node.options["heads"],)
    out = arrays["out_weight"]
    tensors = {"attention_output/kernel": out.reshape(*heads, -1, out.shape[1])}
    for name, weight in zip(PARTS, np.split(arrays["in_weight"], 3, 1), strict=True):
        tensors[f"{name}/kernel"] = weight.reshape(len(weight), *heads, -1)
    if "in_bias" in arrays:
        for name, bias in zip(PARTS, np.split(arrays["in_bias"], 3), strict=True):
            tensors[f"{name}/bias"] = bias.reshape(*heads, -1)
        tensors["attention_output/bias"] = arrays["out_bias"]
    return tensors


def _from_attention(tensors: Arrays) -> Arrays:
    out = tensors["attention_output/kernel"]
    width = out.shape[-1]
    matrices = [tensors[f"{name}/kernel"].reshape(width, width) for name in PARTS]
    arrays = {"in_weight": np.concatenate(matrices, 1), "out_weight": out.reshape(width, width)}
    if "query/bias" in tensors:
        arrays["in_bias"] = np.concatenate([tensors[f"{name}/bias"].ravel() for name in PARTS])
        arrays["out_bias"] = tensors["attention_output/bias"]
    return arrays


_KERNEL = _renamed(kernel="weight", bias="bias")
# By identifier of the layer.
TRANSLATIONS: Mapping[str, Translation] = {
    **dict.fromkeys(
        ("dense", "conv1d", "conv2d"), _KERNEL
    ),
    **dict.fromkeys(
        ("convtranspose1d", "convtranspose2d"), Translation(_transposed, _from_transposed)
    ),
    "batchnorm": _renamed(
        gamma="weight", beta="bias", moving_mean="running_mean", moving_variance="running_var"
    ),
    "layernorm": _renamed(gamma="weight", beta="bias"),
    "embedding": _renamed(embeddings="weight"),
    "positionalencoding": _renamed(positions="weight"),
    "prelu": Translation(_prelu, lambda tensors: {"weight": tensors["alpha"].reshape(-1)}),
    **{kind: _recurrent(kind) for kind in CELLS},
    "multiheadattention": Translation(_attention, _from_attention),
}  # fmt: skip


def layer_names(nodes: Iterable[str]) -> dict[str, str]:
    """A name for each node, of its layer and of the variable for what it gives."""
    return module_names(nodes, NAMES.split())


def weights_of(network: ExportedNetwork) -> Arrays:
    """All arrays by the paths of the model's weights, such as dense1/kernel; shared ones once."""
    names = layer_names(node.id for node in network.nodes)
    tensors: Arrays = {}
    for node in network.nodes:
        if network.owners.get(node.id) != node.id or not node.parameters:
            continue
        own = TRANSLATIONS[node.layer.id].to_keras(network.parameters(node), node)
        tensors |= {f"{names[node.id]}/{name}": np.ascontiguousarray(v) for name, v in own.items()}
    return tensors


__all__ = ["KERAS_LAYOUT", "TRANSLATIONS", "layer_names", "weights_of"]
