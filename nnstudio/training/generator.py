"""Where in a network something is generated out of noise, and who judges it."""

from __future__ import annotations

from dataclasses import dataclass

from nnkernels.graph.network import Resolved
from nnkernels.planning.optimizer_groups import group_of
from nnkernels.planning.pullback import ancestors
from nnkernels.program import Layout
from nnkernels.spec import Shape, size_of


@dataclass(frozen=True)
class Generator:
    """Where something is generated in a network.

    Attributes:
        node: whose values are generated samples.
        group: the optimizer group of the layers that make them.
        answer: the node with the judge's answer to them.
    """

    node: str
    group: str
    answer: str


def generator_of(layout: Layout, input_shape: Shape) -> Generator | None:
    """The last node whose values depend on noise, have a sample's shape, and come of one optimizer group that
    an Output behind it trains, while other layers there belong to another; None where there is none.

    Where none has that shape, as many values are enough.
    """
    for has_shape in (True, False):
        for node in reversed(list(layout.nodes.values())):
            fits = node.shape == input_shape if has_shape else size_of(node.shape) == size_of(input_shape)
            if fits and (maker := _generator_at(layout, node)) is not None:
                return maker
    return None


def _generator_at(layout: Layout, node: Resolved) -> Generator | None:
    """A node as the end of a generator; None where it is none."""
    before = ancestors(layout, node.id)
    groups = {group_of(layout, layout.nodes[n]) for n in before if layout.nodes[n].parameters}
    if len(groups) != 1 or not any(layout.nodes[n].layer.id == "noise" for n in before):
        return None
    (group,) = groups
    for target in layout.targets:
        if target.teaches(group) and node.id in ancestors(layout, target.node) - {target.node}:
            return Generator(node.id, group, target.node)
    return None
