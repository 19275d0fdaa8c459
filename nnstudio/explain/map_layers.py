"""Layers whose maps can be had of pictures of any size, not of the network's own alone."""

from __future__ import annotations

from collections.abc import Mapping

from nnkernels.graph.network import Resolved
from nnkernels.program import Layout
from nnkernels.spec import Role, show_shape
from nnstudio.data.dataset import DataError


def map_layers(layout: Layout) -> tuple[str, ...]:
    """Each convolution with what follows it value by value, such as a ReLU, in the order of the network.

    Raises DataError where there are none.
    """
    chosen = convolved(layout.nodes)
    if not chosen:
        shape = next(n.shape for n in layout.nodes.values() if n.layer.role == Role.INPUT)
        raise DataError(
            f"No convolution lies over the input of {show_shape(shape)}, so there are no maps to compare. "
            "Add a Conv2D right behind the Input, and train it."
        )
    return chosen


def convolved(nodes: Mapping[str, Resolved]) -> tuple[str, ...]:
    """As `map_layers`, of nodes in the order of computation; () where there are none."""
    # What only maps lie before; each node stands behind those that enter it.
    maps: set[str] = set()
    chosen = []
    for name, node in nodes.items():
        if len(node.shape) == 3 and maps.issuperset(node.inputs):
            maps.add(name)
            if any(len(parameter.shape) == 4 for parameter in node.parameters):
                chosen.append(_end(nodes, node))
    return tuple(dict.fromkeys(chosen))


def _end(nodes: Mapping[str, Resolved], node: Resolved) -> str:
    """The last of a chain of layers behind a convolution that give maps of the same shape."""
    readers = [other for other in nodes.values() if node.id in other.inputs]
    if len(readers) != 1 or readers[0].inputs != (node.id,) or readers[0].shape != node.shape:
        return node.id
    is_next = readers[0].layer.role == Role.OUTPUT or any(len(p.shape) == 4 for p in readers[0].parameters)
    return node.id if is_next else _end(nodes, readers[0])
