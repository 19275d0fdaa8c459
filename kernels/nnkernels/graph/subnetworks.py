"""Puts the nodes of sub-networks in the place of the nodes that stand for them; must not import numba.

A sub-network is a network with one Output and any number of Inputs. The links that lead into a node of
kind "subnetwork" feed its Inputs in order, and what feeds its Output takes the node's own name, as with
the last part of a composite; everything else inside is called "node/inner".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nnkernels.spec import MAIN_GROUP, NAME_SEPARATOR, SUBNETWORK, NodeError, NodeSpec, Role, layers


@dataclass(frozen=True)
class _Scope:
    """The nodes on one canvas: their names in the flat network, and the options they inherit."""

    names: Mapping[str, str]
    frozen: bool = False
    factor: float = 1.0
    group: str = MAIN_GROUP
    # Names that the same nodes have in the node whose weights are shared, or none.
    owners: Mapping[str, str] | None = None


def flatten(
    nodes: Iterable[NodeSpec], subnetworks: Mapping[str, tuple[NodeSpec, ...]]
) -> tuple[NodeSpec, ...]:
    """The same network without sub-networks. Raises NodeError."""
    nodes = tuple(nodes)
    if all(n.layer != SUBNETWORK for n in nodes):
        return nodes
    flat: list[NodeSpec] = []
    _expand(nodes, _Scope({n.id: n.id for n in nodes}), subnetworks, (), flat)
    return tuple(flat)


def inner_names(
    node: str, inside: Sequence[NodeSpec], sources: Sequence[str], title: str = "This sub-network"
) -> dict[str, str]:
    """What the nodes inside are called in the flat network. Raises NodeError.

    ``sources`` are the flat names of what feeds the node.
    """
    inputs = [n.id for n in inside if layers[n.layer].role == Role.INPUT]
    outputs = [n for n in inside if layers[n.layer].role == Role.OUTPUT]
    if len(outputs) != 1 or len(outputs[0].inputs) != 1:
        raise NodeError(node, f"{title} needs exactly one Output inside, with a link to it.")
    if not inputs:
        raise NodeError(node, f"{title} has no Input inside. Open it and add one.")
    if len(inputs) != len(sources):
        links, ends = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in
                       ((len(sources), "link"), (len(inputs), "Input")))  # fmt: skip
        raise NodeError(
            node, f"{title} has {ends} inside, and {links} to them. Draw one link for each Input."
        )
    (end,) = outputs[0].inputs
    if end in inputs:
        raise NodeError(node, f"{title} does nothing: its Input leads straight to its Output.")
    names = {n.id: f"{node}{NAME_SEPARATOR}{n.id}" for n in inside}
    return names | dict(zip(inputs, sources, strict=True)) | {end: node, outputs[0].id: node}


def _expand(
    nodes: Sequence[NodeSpec], scope: _Scope, subnetworks: Mapping[str, tuple[NodeSpec, ...]],
    opened: tuple[str, ...], flat: list[NodeSpec],
) -> None:  # fmt: skip
    by_id = {n.id: n for n in nodes}
    for node in nodes:
        if opened and layers[node.layer].role in (Role.INPUT, Role.OUTPUT):
            continue
        shared = str(node.options.get("shares", ""))
        options = dict(node.options)
        if layers[node.layer].has_option("frozen"):
            options["frozen"] = scope.frozen or bool(options.get("frozen"))
            if options.get("optimizer_group", MAIN_GROUP) == MAIN_GROUP:
                options["optimizer_group"] = scope.group
            options["learning_rate_factor"] = scope.factor * float(options.get("learning_rate_factor", 1.0))
            if shared:
                options["shares"] = scope.names.get(shared, shared)
            elif scope.owners is not None:
                options["shares"] = scope.owners[node.id]
        named = NodeSpec(
            scope.names[node.id], node.layer, options, tuple(scope.names[s] for s in node.inputs)
        )
        if node.layer != SUBNETWORK:
            flat.append(named)
            continue
        network = str(options.get("network", ""))
        if network not in subnetworks:
            raise NodeError(
                named.id, "Its sub-network is not in this project. Undo its removal, or delete this node."
            )
        if network in opened:
            raise NodeError(named.id, "This sub-network contains itself. Open it and delete it there.")
        inside = subnetworks[network]
        inner = _Scope(
            inner_names(named.id, inside, named.inputs), bool(options.get("frozen")),
            options["learning_rate_factor"], options["optimizer_group"],
        )  # fmt: skip
        if options.get("shares"):
            other = by_id.get(shared)
            if other is not None and other.options.get("network") != network:
                raise NodeError(
                    named.id,
                    "It shares the weights of a different sub-network. Choose another copy of the same one.",
                )
            # The names of its sources do not matter: Inputs have no weights.
            inner = replace(inner, owners=inner_names(str(options["shares"]), inside, named.inputs))
        _expand(inside, inner, subnetworks, (*opened, network), flat)
