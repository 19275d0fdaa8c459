"""What people call a node of the engine: also one inside of a sub-network, or a part of a layer."""

from __future__ import annotations

from collections.abc import Mapping

from nnkernels.graph.network import outer_name
from nnkernels.spec import NAME_SEPARATOR


def known_layer(node: str, names: Mapping[str, str]) -> str:
    """The node that a person knows which a node of the engine is, or is a part of."""
    inside = node
    while inside not in names and NAME_SEPARATOR in inside:
        inside = inside.rpartition(NAME_SEPARATOR)[0]
    return inside if inside in names else outer_name(node)


def called(node: str, names: Mapping[str, str]) -> str:
    """The name of a layer, and of the part of it that a node of the engine is."""
    layer = known_layer(node, names)
    part = node.removeprefix(layer).strip(NAME_SEPARATOR)
    name = names.get(layer, layer)
    return f"{name} › {part.replace('_', ' ')}" if part else name
