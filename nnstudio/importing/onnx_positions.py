"""What is added to each step of a sequence, the same for all samples: PositionalEncoding."""

from __future__ import annotations

import numpy as np

from nnkernels.layers.positional import waves
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_values import Value


def with_positions(graph: GraphReader, value: Value, constant: np.ndarray, name: str) -> Value | None:
    """The sequence with a constant (steps, features) added; None where it is none, or varies less."""
    shape = value.shape or ()
    if any(n != 1 for n in constant.shape[:-2]):
        return None
    added = constant.reshape(constant.shape[max(constant.ndim - 2, 0) :])
    if len(shape) != 2 or value.lies != (0, 1) or value.flat is not None or value.batch:
        return None
    if tuple(added.shape) != shape or added.size != constant.size or len(np.unique(added, axis=0)) == 1:
        return None
    if np.allclose(added, waves(*shape), atol=1e-6):
        return graph.layer("positionalencoding", [value], {"kind": "sinusoidal"})
    graph.say("A number for each step and feature, which is trained.")
    arrays = {"weight": np.ascontiguousarray(added, np.float32)}
    return graph.layer("positionalencoding", [value], {"kind": "learned"}, arrays, [name])


__all__ = ["with_positions"]
