"""Arrays as PyTorch's modules keep them, and back: axes, order of gates, names."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from nnkernels.spec import Options, Shape
from nnstudio.export.channels_first import ChannelsFirst, order_of_flatten
from nnstudio.export.network import ExportedNetwork

# How arrays lie in memory, in words for whoever reads a file.
TORCH_LAYOUT = (
    "PyTorch: pictures channels first; linear weights (out, in); convolution weights (out, in, height, "
    "width); gates i f g o and r z n"
)
Arrays = dict[str, np.ndarray]
# What nn.Module and nn.Sequential have as attributes, and what generated code calls things.
RESERVED = """
add_module append apply attend bfloat16 buffers call_super_init children compile cpu cuda double
dump_patches eval extend extra_repr float forward functional get_buffer get_extra_state
get_parameter get_submodule half insert ipu len load load_state_dict logits math modules mtia
named_buffers named_children named_modules named_parameters nn np output outputs parameters pop
predict prepare register_backward_hook register_buffer register_forward_hook
register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ self
set_extra_state set_submodule share_memory state state_dict super t_destination to to_empty torch
train training type x xpu zero_grad
"""
TAKEN = frozenset(RESERVED.split())
LONGEST_NAME = 40


# The array of BatchNorm that only cumulative statistics have.
BATCHES = "running_batches"


class Translation(NamedTuple):
    """How the arrays of a kind of layer become those of a module, and the other way round."""

    to_torch: Callable[[Arrays], Arrays]
    from_torch: Callable[[Arrays], Arrays]


def _with_axes(*axes: int) -> Translation:
    """The weight with its axes in another order; a bias as it is."""
    back = tuple(int(axis) for axis in np.argsort(axes))

    def turned(arrays: Arrays, order: tuple[int, ...]) -> Arrays:
        return {k: v.transpose(order) if k == "weight" else v for k, v in arrays.items()}

    return Translation(lambda a: turned(a, axes), lambda a: turned(a, back))


def _batch_norm(arrays: Arrays) -> Arrays:
    """The module counts batches in any case; here they are counted where all count the same."""
    count = arrays.get(BATCHES, np.zeros(1))
    rest = {k: v for k, v in arrays.items() if k != BATCHES}
    return {**rest, "num_batches_tracked": np.array(round(float(count[0])), np.int64)}


def _from_batch_norm(tensors: Arrays) -> Arrays:
    count = tensors["num_batches_tracked"].astype(np.float32).reshape(1)
    return {**{k: v for k, v in tensors.items() if k != "num_batches_tracked"}, BATCHES: count}


def _recurrent(arrays: Arrays) -> Arrays:
    """Two biases, of which ours is the first; GRU's second one counts for n alone."""
    tensors: Arrays = {}
    for end in ("", "_reverse"):
        if f"weight{end}" not in arrays:
            continue
        bias = arrays[f"bias{end}"]
        second = np.zeros_like(bias)
        if (apart := arrays.get(f"recurrent_bias{end}")) is not None:
            second[-len(apart) :] = apart
        tensors |= {
            f"weight_ih_l0{end}": arrays[f"weight{end}"].T,
            f"weight_hh_l0{end}": arrays[f"recurrent_weight{end}"].T,
            f"bias_ih_l0{end}": bias,
            f"bias_hh_l0{end}": second,
        }
    return tensors


def _from_recurrent(tensors: Arrays, apart: bool) -> Arrays:
    arrays: Arrays = {}
    for end in ("", "_reverse"):
        if f"weight_ih_l0{end}" not in tensors:
            continue
        bias, second = tensors[f"bias_ih_l0{end}"], tensors[f"bias_hh_l0{end}"].copy()
        units = tensors[f"weight_hh_l0{end}"].shape[1]
        if apart:
            arrays[f"recurrent_bias{end}"] = second[-units:].copy()
            second[-units:] = 0
        arrays |= {
            f"weight{end}": tensors[f"weight_ih_l0{end}"].T,
            f"recurrent_weight{end}": tensors[f"weight_hh_l0{end}"].T,
            f"bias{end}": bias + second,
        }
    return arrays


# Name here, name there, whether it is transposed.
ATTENTION = (
    ("in_weight", "in_proj_weight", True), ("in_bias", "in_proj_bias", False),
    ("out_weight", "out_proj.weight", True), ("out_bias", "out_proj.bias", False),
)  # fmt: skip


def _attention(arrays: Arrays) -> Arrays:
    known = [row for row in ATTENTION if row[0] in arrays]
    return {there: arrays[here].T if turned else arrays[here] for here, there, turned in known}


def _from_attention(tensors: Arrays) -> Arrays:
    known = [row for row in ATTENTION if row[1] in tensors]
    return {here: tensors[there].T if turned else tensors[there] for here, there, turned in known}


_AS_THEY_ARE = Translation(dict, dict)
_GATED = Translation(_recurrent, lambda tensors: _from_recurrent(tensors, apart=False))
# By identifier of the layer; the arrays of all others are the same there.
TRANSLATIONS: Mapping[str, Translation] = {
    "dense": _with_axes(1, 0),
    "conv1d": _with_axes(2, 1, 0),
    "conv2d": _with_axes(3, 2, 0, 1),
    "convtranspose1d": _with_axes(2, 1, 0),
    "convtranspose2d": _with_axes(3, 2, 0, 1),
    "batchnorm": Translation(_batch_norm, _from_batch_norm),
    "simplernn": _GATED,
    "lstm": _GATED,
    "gru": Translation(_recurrent, lambda tensors: _from_recurrent(tensors, apart=True)),
    "multiheadattention": Translation(_attention, _from_attention),
}


def to_torch(layer: str, arrays: Mapping[str, np.ndarray], flattened: Shape = ()) -> Arrays:
    """A layer's arrays by the names that its module gives them, contiguous.

    ``flattened`` is the shape, channels last, of what a Flatten before a Dense takes; empty where there is
    none or it does not matter.
    """
    own = dict(arrays)
    if flattened:
        own["weight"] = own["weight"][order_of_flatten(flattened)]
    tensors = TRANSLATIONS.get(layer, _AS_THEY_ARE).to_torch(own)
    return {name: np.ascontiguousarray(v).reshape(v.shape) for name, v in tensors.items()}


def from_torch(
    layer: str, tensors: Mapping[str, np.ndarray], options: Options, flattened: Shape = ()
) -> Arrays:
    """The other way round; ``options`` are the layer's. Raises KeyError where an array of the module is
    missing.
    """
    translation = _GATED if options.get("reset") == "before" else TRANSLATIONS.get(layer, _AS_THEY_ARE)
    arrays = translation.from_torch(dict(tensors))
    if options.get("statistics") != "cumulative":
        arrays.pop(BATCHES, None)
    if flattened:
        weight = np.empty_like(arrays["weight"])
        weight[order_of_flatten(flattened)] = arrays["weight"]
        arrays["weight"] = weight
    return {name: np.ascontiguousarray(v) for name, v in arrays.items()}


def module_names(nodes: Iterable[str], also: Iterable[str] = ()) -> dict[str, str]:
    """An identifier for each node, from its name: plain letters, digits and underscores, no two the same, and
    none of those that modules or generated code have, nor of ``also``.
    """
    names: dict[str, str] = {}
    reserved = TAKEN | set(also)
    taken = set(reserved)
    for node in nodes:
        letters = unicodedata.normalize("NFKD", node).encode("ascii", "ignore").decode().lower()
        name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST_NAME] or "layer"
        if name[0].isdigit():
            name = f"layer_{name}"
        if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in reserved:
            name = f"{name}_layer"
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        taken.add(unique)
        names[node] = unique
    return names


def flattened_shapes(network: ExportedNetwork) -> dict[str, Shape]:
    """For each Dense that follows a Flatten whose order is another there: the shape before the Flatten."""
    nodes = {node.id: node for node in network.nodes}
    shapes: dict[str, Shape] = {}
    for step in ChannelsFirst.of(network).steps:
        if step.order is None:
            continue
        node = nodes[nodes[step.name].inputs[0]]
        while node.layer.id != "flatten":
            node = nodes[node.inputs[0]]
        shapes[step.name] = node.input_shapes[0]
    return shapes


def state_dict(network: ExportedNetwork) -> Arrays:
    """All arrays by the names of `load_state_dict` of the generated model; shared ones once."""
    names, shapes = module_names(node.id for node in network.nodes), flattened_shapes(network)
    tensors: Arrays = {}
    for node in network.nodes:
        if network.owners.get(node.id) == node.id:
            own = to_torch(node.layer.id, network.parameters(node), shapes.get(node.id, ()))
            tensors |= {f"{names[node.id]}.{name}": values for name, values in own.items()}
    return tensors


__all__ = ["TORCH_LAYOUT", "from_torch", "module_names", "state_dict", "to_torch"]
