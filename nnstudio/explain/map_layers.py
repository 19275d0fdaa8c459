"""Layers whose maps can be had of pictures of any size, not of the network's own alone."""

from __future__ import annotations

from nnkernels.graph.network import Resolved
from nnkernels.planning.pullback import ancestors
from nnkernels.program import Layout
from nnkernels.spec import Role, show_shape
from nnstudio.data.dataset import DataError


def map_layers(layout: Layout) -> tuple[str, ...]:
    """Each convolution with what follows it value by value, such as a ReLU, in the order of the network.

    Raises DataError where there are none.
    """
    chosen = tuple(_end(layout, node) for node in layout.nodes.values() if _is_convolution(layout, node))
    if not chosen:
        shape = next(n.shape for n in layout.nodes.values() if n.layer.role == Role.INPUT)
        raise DataError(
            f"No convolution lies over the input of {show_shape(shape)}, so there are no maps to compare. "
            "Add a Conv2D right behind the Input, and train it."
        )
    return tuple(dict.fromkeys(chosen))


def _is_convolution(layout: Layout, node: Resolved) -> bool:
    """Whether it has filters, and only maps lie before it."""
    has_filters = any(len(parameter.shape) == 4 for parameter in node.parameters)
    return has_filters and all(len(layout.nodes[name].shape) == 3 for name in ancestors(layout, node.id))


def _end(layout: Layout, node: Resolved) -> str:
    """The last of a chain of layers behind a convolution that give maps of the same shape."""
    readers = [other for other in layout.nodes.values() if node.id in other.inputs]
    if len(readers) != 1 or readers[0].inputs != (node.id,) or readers[0].shape != node.shape:
        return node.id
    is_next = readers[0].layer.role == Role.OUTPUT or any(len(p.shape) == 4 for p in readers[0].parameters)
    return node.id if is_next else _end(layout, readers[0])
