"""What people call a node of the engine: also one inside of a sub-network, or a part of a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnkernels.graph.network import outer_name
from nnkernels.spec import NAME_SEPARATOR
from nnstudio.data.dataset import DataError

# Of more layers than this, a sentence lists no more.
MOST_LISTED = 20


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


def layer_meant(text: str, names: Mapping[str, str]) -> str:
    """The identifier of the layer that a person wrote, by its name or by that. Parts of a layer have none of
    their own in ``names``, and are taken as they are written.

    Raises DataError where none is called so, or several are.
    """
    if text in names or known_layer(text, names) in names:
        return text
    meant = [node for node, name in names.items() if text.casefold() == name.casefold()]
    if len(meant) == 1:
        return meant[0]
    # Those that are called alike have their identifiers behind the name.
    alike = [node for node, name in names.items() if name.casefold() == f"{text} ({node})".casefold()]
    if alike:
        raise DataError(f"Several layers are called '{text}'. Write the identifier: {' or '.join(alike)}.")
    raise DataError(f"The network has no layer called '{text}'. It has: {listed(tuple(names.values()))}.")


def listed(names: Sequence[str]) -> str:
    """Names with commas, the first of many."""
    left = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {left} more" if left > 0 else "")
