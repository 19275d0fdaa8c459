"""A link as people know it: by the names of its ends, the shape that flows through it, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnkernels.spec import Shape
from nnstudio.model.graph import Graph, Link
from nnstudio.model.inference import NodeFacts


@dataclass(frozen=True)
class InspectedLink:
    """A link with what people call its ends.

    Attributes:
        shape: of each sample here; None where that is not known.
        number, inputs: at which of the inputs of its target it ends, from 1, and how many there are.
        others: further links that begin at its source.
    """

    link: Link
    source: str
    target: str
    shape: Shape | None
    number: int
    inputs: int
    others: int


def inspected_link(graph: Graph, facts: Mapping[str, NodeFacts], link: Link) -> InspectedLink:
    """What is known of a link of this graph."""
    entering, leaving = graph.sources(link.target), graph.targets(link.source)
    known = facts.get(link.source)
    return InspectedLink(
        link, graph[link.source].name, graph[link.target].name, known.shape if known is not None else None,
        entering.index(link.source) + 1, len(entering), len(leaving) - 1,
    )  # fmt: skip
