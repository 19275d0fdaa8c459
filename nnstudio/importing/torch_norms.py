"""Normalisation of a sample's channels in groups, and pictures that are enlarged smoothly, of torch.nn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.interpolation import matrix_of
from nnstudio.importing.torch_reader import Apply, ModuleReader
from nnstudio.importing.torch_values import Module, Value

# Of a matrix.
MOST_NUMBERS = 2**24


def _group_norm(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(num_groups=None, num_channels=None, eps=1e-5, affine=True)
    return _normalised(reader, module, inputs[0], o["num_channels"], o["num_groups"], o)


def _instance_norm(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(num_features=None, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False)
    if o["track_running_stats"]:
        raise NotExpressible("It predicts by statistics of training.")
    return _normalised(reader, module, inputs[0], o["num_features"], o["num_features"], o)


def _normalised(
    reader: ModuleReader, module: Module, value: Value, channels: Any, groups: Any, o: Mapping[str, Any]
) -> Value:
    """A LayerNorm over rows of a group each; a convolution of each channel by itself learns the rest."""
    builder, path = reader.builder, module.path
    shape = builder.torch_shape(value)
    if shape[0] != channels or groups < 1 or channels % groups:
        raise NotExpressible(f"{shape[0]} channels cannot be split into {groups} groups.")
    positions, width = size_of(shape) // channels, size_of(shape) // groups

    def shaped(node: str, target: Sequence[int], step: str) -> str:
        return builder.add(f"{path}{step}", "reshape", {"target": ", ".join(map(str, target))}, [node])

    rows = shaped(builder.natural(value), (groups, width), ".rows")
    fixed = {"weight": np.ones(width, np.float32), "bias": np.zeros(width, np.float32)}
    name = path if not o["affine"] else f"{path}.normalised"
    node = builder.add(name, "layernorm", {"epsilon": o["eps"], "frozen": True}, [rows], fixed)
    if not o["affine"]:
        return builder.in_order(shaped(node, shape, ".as before"))
    columns = shaped(node, (channels, positions), ".columns")
    turned = builder.add(f"{path}.turned", "permute", {"axes": "2, 1"}, [columns])
    picture = (*shape[1:], channels) if len(shape) == 3 else (positions, 1, channels)
    scaled = _scaled(reader, module, shaped(turned, picture, ".picture"), channels)
    last = (*shape[1:], channels)
    return builder.channels_first(scaled if picture == last else shaped(scaled, last, ".as before"))


def _scaled(reader: ModuleReader, module: Module, node: str, channels: int) -> str:
    """A factor and a shift for each channel, which begin as the identity where there are no weights."""

    def change(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"weight": held["weight"].reshape(1, 1, 1, -1), "bias": held["bias"]}

    is_new = module.path not in reader.used
    options = {"filters": channels, "kernel_size": 1, "groups": channels, "padding": "valid"}
    name = reader.add(module, "conv2d", options, node, {"weight": "weight", "bias": "bias"}, change)
    if reader.tensors is None and is_new:
        fresh = {"weight": np.ones((1, 1, 1, channels), np.float32), "bias": np.zeros(channels, np.float32)}
        reader.builder.nodes[name] = replace(reader.builder.nodes[name], arrays=fresh)
    return name


def enlarged(reader: ModuleReader, module: Module, value: Value, o: Mapping[str, Any]) -> Value:
    """Upsample with the mode bilinear: Dense layers that are frozen interpolate along each axis."""
    builder, path = reader.builder, module.path
    channels, *sizes = builder.torch_shape(value)
    if len(sizes) != 2:
        raise NotExpressible("The mode bilinear is for pictures.")
    node, how = builder.natural(value), "align_corners" if o["align_corners"] else "half_pixel"
    for axis, step in ((1, ".width"), (0, ".height")):
        n, other = sizes[axis], sizes[1 - axis]
        end, scale = _length(n, axis, o)
        matrix = matrix_of(n, end, scale, {"mode": "linear", "coordinate_transformation_mode": how})
        rows = {"target": f"{channels * other}, {n}"}
        flat = builder.add(f"{path}{step}.rows", "reshape", rows, [node])
        options = {"units": end, "bias": False, "frozen": True}
        given = builder.add(f"{path}{step}", "dense", options, [flat], {"weight": matrix})
        parted = {"target": f"{channels}, {other}, {end}"}
        node = builder.add(f"{path}{step}.parted", "reshape", parted, [given])
        node = builder.add(f"{path}{step}.turned", "permute", {"axes": "1, 3, 2"}, [node])
        sizes[axis] = end
    return builder.in_order(node)


def _length(n: int, axis: int, o: Mapping[str, Any]) -> tuple[int, float]:
    """How many values come out along an axis, and how many for each that goes in. Raises NotExpressible."""
    given = o["size"] if o["size"] is not None else o["scale_factor"]
    own = given[axis] if isinstance(given, tuple | list) else given
    end = int(own) if o["size"] is not None else int(np.floor(n * own))
    if end < 1 or n * end > MOST_NUMBERS:
        raise NotExpressible(f"It makes {end} values of {n}.")
    # Corners alone say where values lie.
    return end, end / n if o["size"] is not None or o["align_corners"] else float(own)


NORMS: Mapping[str, Apply] = {
    "GroupNorm": _group_norm, "InstanceNorm1d": _instance_norm, "InstanceNorm2d": _instance_norm,
}  # fmt: skip


__all__ = ["NORMS", "enlarged"]
