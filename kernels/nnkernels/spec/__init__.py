"""What layers, losses, optimizers and schedules declare about themselves; must not import numba.

The names here are the door for whoever adds one, in this repository or in a package of their own.
"""

from nnkernels.spec.declarations import (
    NAME_SEPARATOR,
    PLACEHOLDER,
    SUBNETWORK,
    TRAINED_OPTIONS,
    UNBOUNDED,
    Bounds,
    Layer,
    Loss,
    NodeSpec,
    Optimizer,
    Parameter,
    Samples,
    Schedule,
    Shape,
    layers,
    losses,
    optimizers,
    schedules,
    show_shape,
    size_of,
)
from nnkernels.spec.declared import Declared, NodeError, Option, Options, SpecError, in_steps

__all__ = [
    "NAME_SEPARATOR",
    "PLACEHOLDER",
    "SUBNETWORK",
    "TRAINED_OPTIONS",
    "UNBOUNDED",
    "Bounds",
    "Declared",
    "Layer",
    "Loss",
    "NodeError",
    "NodeSpec",
    "Optimizer",
    "Option",
    "Options",
    "Parameter",
    "Samples",
    "Schedule",
    "Shape",
    "SpecError",
    "in_steps",
    "layers",
    "losses",
    "optimizers",
    "schedules",
    "show_shape",
    "size_of",
]
