"""Links as people know them: by the names of their ends, the shape that flows through, and where they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
        beside: further links that are selected with it.
    """

    link: Link
    source: str
    target: str
    shape: Shape | None
    number: int
    inputs: int
    others: int
    beside: tuple[InspectedLink, ...] = ()

    @property
    def every(self) -> tuple[InspectedLink, ...]:
        """It and those beside it."""
        return (self, *self.beside)


def inspected_links(
    graph: Graph, facts: Mapping[str, NodeFacts], links: Sequence[Link]
) -> InspectedLink | None:
    """What is known of the first of these links, with the others beside it; None for none."""
    every = [inspected_link(graph, facts, link) for link in links]
    return replace(every[0], beside=tuple(every[1:])) if every else None


def inspected_link(graph: Graph, facts: Mapping[str, NodeFacts], link: Link) -> InspectedLink:
    """What is known of a link of this graph."""
    entering, leaving = graph.sources(link.target), graph.targets(link.source)
    known = facts.get(link.source)
    return InspectedLink(
        link, graph[link.source].name, graph[link.target].name, known.shape if known is not None else None,
        entering.index(link.source) + 1, len(entering), len(leaving) - 1,
    )  # fmt: skip
