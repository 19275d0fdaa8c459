"""Whether a chain closes by itself where nodes are deleted. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from nnstudio.model.commands import Remove
from nnstudio.model.document import Document
from nnstudio.model.graph import Graph, Link
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import Path, facts_at, graph_at


def rejoining(
    document: Document, path: Path, items: Sequence[str], data: DataFacts | None
) -> tuple[Link, ...]:
    """Links that keep chains connected when these nodes and notes of the graph at a path are deleted.

    None where there are several ways to connect what is left, or where it would be wrong: some node that has
    no fault now would have one. Without ``data`` nothing is known of shapes, and the ends are joined.
    """
    step = Remove(graph_at(document, path), items, bridge=True)
    gaps = tuple(link for link in dict.fromkeys(step.gaps()) if link not in step.graph.links)
    ends = [link.source for link in gaps], [link.target for link in gaps]
    if not gaps or any(len(set(names)) < len(names) for names in ends):
        return ()
    if data is None:
        return gaps
    before, trial = facts_at(document, data, path), document.copy()
    Remove(graph_at(trial, path), items, bridge=True).redo()
    after = facts_at(trial, data, path)
    spoilt = any(facts.error and name in before and not before[name].error for name, facts in after.items())
    return () if spoilt else gaps


def told_of_rejoined(graph: Graph, links: Sequence[Link]) -> str:
    """What deleting has joined, and the way back."""
    told = ", ".join(f"{graph[link.source].name} leads to {graph[link.target].name}" for link in links)
    return f"{told} now; Undo brings back what was deleted."
