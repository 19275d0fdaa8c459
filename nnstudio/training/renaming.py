"""The same computation under other names, as a part of it becomes a sub-network or is dissolved again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnkernels.graph.network import Resolved
from nnkernels.program import Layout
from nnkernels.spec import IDENTITY, TRAINED_OPTIONS


def renamed(before: Layout, now: Layout) -> Layout:
    """The layout ``before`` under the names that its nodes have ``now``.

    Nodes are told by their name. One whose name is gone because it went into or out of a sub-network is told
    by what it does: it leads to the same Output in the same way, through nodes of the same kinds, as one
    whose name is new.
    """
    names = new_names(before, now)
    if not names:
        return before
    slots = tuple(replace(slot, node=names.get(slot.node, slot.node)) for slot in before.parameters)
    targets = tuple(replace(t, logits=names.get(t.logits, t.logits)) for t in before.targets)
    nodes = {}
    for node in before.nodes.values():
        inputs = tuple(names.get(name, name) for name in node.inputs)
        own = names.get(node.id, node.id)
        nodes[own] = replace(node, id=own, inputs=inputs)
    owners = {names.get(a, a): names.get(b, b) for a, b in before.owners.items()}
    return replace(before, nodes=nodes, parameters=slots, targets=targets, owners=owners)


def computes_the_same(before: Layout, now: Layout) -> bool:
    """Whether both are one network, be it under other names: the same layers with the same options and links,
    whatever the loss is. Dots in links compute nothing.
    """
    ends = [[target.node for target in layout.targets] for layout in (before, now)]
    if _layers_of(before) != _layers_of(now) or ends[0] != ends[1]:
        return False
    pairs, seen = [(end, end) for end in ends[0]], set[tuple[str, str]]()
    while pairs:
        pair = pairs.pop()
        if pair in seen:
            continue
        seen.add(pair)
        one, other = before.nodes[pair[0]], now.nodes[pair[1]]
        if one.layer is not other.layer or len(one.inputs) != len(other.inputs):
            return False
        if _own_options(one) != _own_options(other):
            return False
        pairs += zip(_sources(before, one), _sources(now, other), strict=True)
    return True


def compares_the_same(before: Layout, now: Layout) -> bool:
    """Whether the same Outputs are compared in the same way with what the same layers give."""
    one, other = (
        [replace(t, logits=_before_dots(layout, t.logits)) for t in layout.targets]
        for layout in (before, now)
    )
    return one == other


def _layers_of(layout: Layout) -> int:
    """How many nodes compute something."""
    return sum(node.layer.id != IDENTITY for node in layout.nodes.values())


def _sources(layout: Layout, node: Resolved) -> tuple[str, ...]:
    """What feeds a node, behind the dots that links run through."""
    return tuple(_before_dots(layout, name) for name in node.inputs)


def _before_dots(layout: Layout, name: str) -> str:
    while layout.nodes[name].layer.id == IDENTITY:
        (name,) = layout.nodes[name].inputs
    return name


def _own_options(node: Resolved) -> dict[str, Any]:
    """Options that say what it computes; whose weights it shares is a name, and how it learns is apart."""
    learning = tuple(option.name for option in TRAINED_OPTIONS)
    return {name: value for name, value in node.options.items() if name not in learning}


def _is_another(old: Resolved, new: Resolved) -> bool:
    """Whether two nodes of a kind are two layers that a person drew, and not one that was moved into or out
    of a sub-network: who deletes a layer and draws another one begins anew.
    """
    return old.id != new.id and all(node.id.startswith(f"{node.layer.id}_") for node in (old, new))


def new_names(before: Layout, now: Layout) -> dict[str, str]:
    """The names that nodes have ``now``, by those that are gone."""
    if before.nodes.keys() == now.nodes.keys():
        return {}
    names: dict[str, str] = {}
    # Inputs are in order, so that a walk from the Outputs meets each node in one way only.
    ends = {target.node for target in before.targets}
    pairs = [(target.node, target.node) for target in now.targets if target.node in ends]
    seen: set[tuple[str, str]] = set()
    while pairs:
        pair = pairs.pop()
        old, new = pair
        if pair in seen or before.nodes[old].layer is not now.nodes[new].layer:
            continue
        seen.add(pair)
        is_taken = old in now.nodes or new in before.nodes or _is_another(before.nodes[old], now.nodes[new])
        if old != new and (is_taken or names.setdefault(old, new) != new):
            continue
        pairs += zip(_sources(before, before.nodes[old]), _sources(now, now.nodes[new]), strict=False)
    return names
