"""GroupNormalization of Keras: a LayerNorm over rows of a group each, and a factor for each channel."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import size_of
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall, Part, named, permuted, shaped


def group_norm(call: KerasCall) -> list[Part]:
    """Rows of each group, normalised; a convolution of each channel by itself learns factor and shift."""
    shape, c = call.shapes[0], call.config
    channels, rank = shape[-1], len(shape)
    axis = c.get("axis", -1)
    if axis not in (-1, rank):
        raise NotExpressible(f"It works along axis {str(axis)[:40]}; only the last one can be expressed.")
    groups = channels if c.get("groups", 32) == -1 else c.get("groups", 32)
    if not isinstance(groups, int) or groups < 1 or channels % groups:
        raise NotExpressible(f"{channels} channels cannot be split into {str(groups)[:40]} groups.")
    positions, of_group = size_of(shape) // channels, channels // groups
    width = positions * of_group
    fixed = {"weight": np.ones(width, np.float32), "bias": np.zeros(width, np.float32)}
    picture = shape if rank == 3 else (positions, 1, channels)
    scale, center = c.get("scale", True), c.get("center", True)
    parts = [
        shaped((positions, groups, of_group), " split"),
        permuted("2, 1, 3", " groups"),
        shaped((groups, width), " rows"),
        Part("layernorm", {"epsilon": c.get("epsilon", 1e-3), "frozen": True}, fixed),
        shaped((groups, positions, of_group), " parted"),
        permuted("2, 1, 3", " channels"),
        shaped(picture if scale or center else shape, " joined"),
    ]
    if not (scale or center):
        return parts
    learned = {"weight": np.ones(channels, np.float32), "bias": np.zeros(channels, np.float32)}
    learned |= named(call.arrays(), *(("weight",) if scale else ()), *(("bias",) if center else ())) or {}
    arrays = {"weight": learned["weight"].reshape(1, 1, 1, channels), "bias": learned["bias"]}
    options = {"filters": channels, "kernel_size": 1, "groups": channels, "padding": "valid"}
    note = "" if scale and center else "It learns a scale and a shift, of which the file leaves one out."
    parts.append(Part("conv2d", options, arrays, " scale", note))
    return parts if rank == 3 else [*parts, shaped(shape, " as before")]


__all__ = ["group_norm"]
