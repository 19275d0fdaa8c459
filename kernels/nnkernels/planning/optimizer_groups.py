"""Optimizer groups of a network: which layers learn together, from which losses, and who is next.

Groups take their steps in turn. In a group's step only its layers change; gradients go back through those of
others. So a step of one group is that of an ordinary network, `of_group`, in the same flat parameters.
"""

from __future__ import annotations

from dataclasses import replace

from nnkernels.graph.network import NodeError, Resolved
from nnkernels.planning.pullback import toward
from nnkernels.program import Layout
from nnkernels.spec import MAIN_GROUP, SpecError, read_turns

# A group and how many steps it takes in a row.
Turn = tuple[str, int]


def group_of(layout: Layout, node: Resolved) -> str:
    """The group that a node with parameters belongs to: that of the node whose weights it uses."""
    owner = layout.nodes[layout.owners.get(node.id, node.id)]
    return str(owner.options.get("optimizer_group", MAIN_GROUP))


def groups_of(layout: Layout) -> tuple[str, ...]:
    """The groups in which something learns, in the order of the network; one where all learn together."""
    learning = (n for n in layout.nodes.values() if n.parameters and not layout.is_frozen(n))
    return tuple(dict.fromkeys(group_of(layout, n) for n in learning)) or (MAIN_GROUP,)


def takes_turns(layout: Layout) -> bool:
    """Whether there are several groups."""
    return len(groups_of(layout)) > 1


def turns_of(layout: Layout, text: str) -> tuple[Turn, ...]:
    """Who takes how many steps in a row, as a text says; without one each group makes one step.

    A single group makes all steps, whatever the text.

    Raises NodeError or SpecError with a sentence where a group could never learn, or is not there.
    """
    groups = groups_of(layout)
    for target in layout.targets:
        for name in target.trains or ():
            if name not in groups:
                raise NodeError(
                    target.node,
                    f"It trains the optimizer group '{name}', but no layer that learns belongs to it. The "
                    f"groups are: {', '.join(groups)}. Change what this Output trains, or a layer's group.",
                )
    if len(groups) == 1:
        # Of the text nothing is left to say.
        return ((groups[0], 1),)
    turns = read_turns(text) or tuple((name, 1) for name in groups)
    for name in dict.fromkeys([*groups, *(name for name, _ in turns)]):
        if name not in groups:
            raise SpecError(
                f"Turns names the optimizer group '{name}', but no layer that learns belongs to it. The "
                f"groups are: {', '.join(groups)}."
            )
        if name not in dict(turns):
            raise SpecError(f"The optimizer group '{name}' never takes a turn. Name it in Turns, too.")
        if not of_group(layout, name).learning():
            raise SpecError(
                f"No loss trains the optimizer group '{name}'. Let an Output behind its layers train it."
            )
    return turns


def of_group(layout: Layout, group: str) -> Layout:
    """The network in a step of one group: its losses, what they depend on, and all other layers frozen."""
    part = toward(layout, [t for t in layout.targets if t.teaches(group)])
    nodes = {name: _as_in(layout, node, group) for name, node in part.nodes.items()}
    return replace(part, nodes=nodes)


def _as_in(layout: Layout, node: Resolved, group: str) -> Resolved:
    """A node as it is in a step of a group."""
    if not node.parameters or (group_of(layout, node) == group and not layout.is_frozen(node)):
        return node
    return replace(node, options={**node.options, "frozen": True})


__all__ = ["Turn", "group_of", "groups_of", "of_group", "takes_turns", "turns_of"]
