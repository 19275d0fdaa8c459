"""Parts of a network that hang together but lead from no Input or to no Output, and what would join them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from nnkernels.spec import Role
from nnstudio.model.graph import Graph, Link


def parts(graph: Graph, nodes: Sequence[str]) -> list[list[str]]:
    """These nodes in groups that hang together by links between them, in their order."""
    left, groups = dict.fromkeys(nodes), []
    while left:
        reached, ahead = set(), [next(iter(left))]
        while ahead:
            node = ahead.pop()
            if node in left and node not in reached:
                reached.add(node)
                ahead += [*graph.sources(node), *graph.targets(node)]
        groups.append([node for node in left if node in reached])
        for node in groups[-1]:
            del left[node]
    return groups


def joining(graph: Graph, nodes: Collection[str], inner: Iterable[Link] = (), source: str = "") -> list[Link]:
    """Links that put some nodes between the only Input that leads nowhere and the only Output that nothing
    feeds, in that order; empty where that is not clear.

    ``inner`` are links between the nodes that the graph does not have yet. From a ``source``, which takes the
    place of the Input, there is a link in any case.
    """
    roles = {n.id: graph.registry[n.kind].role for n in graph.nodes if n.id not in nodes}
    inputs = [source] if source else [n for n in roles if roles[n] == Role.INPUT and not graph.targets(n)]
    outputs = [n for n, role in roles.items() if role == Role.OUTPUT and not graph.sources(n)]
    links = [*inner, *(k for k in graph.links if k.source in nodes and k.target in nodes)]
    starts = set(nodes) - {k.target for k in links}
    ends = set(nodes) - {k.source for k in links}
    is_clear = len(inputs) == len(outputs) == len(starts) == len(ends) == 1
    if source:
        first = Link(source, next(n for n in nodes if n in starts))
        return [first, Link(ends.pop(), outputs[0])] if is_clear else [first]
    return [Link(inputs[0], starts.pop()), Link(ends.pop(), outputs[0])] if is_clear else []
