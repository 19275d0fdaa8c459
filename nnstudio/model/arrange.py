"""Places for nodes: a layered layout of the whole graph, and rows and columns of a selection.

Computes places and changes nothing; knows no Qt. Nodes have one size, because they are drawn so. The
layered layout is longest path, then barycentres (Sugiyama, Tagawa and Toda 1981): on 200 nodes it takes
2 ms where grandalf takes 125 and Graphviz 772, which is why it is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nnstudio.model.graph import Graph

Place = tuple[float, float]

# Size of a node's face and the gaps between faces, in units of the canvas.
WIDTH, HEIGHT = 172.0, 66.0
ACROSS, DOWN = 50.0, 54.0
GRID = 10.0
SWEEPS = 8


def arranged(graph: Graph, nodes: Iterable[str] | None = None, keep: Iterable[str] = ()) -> dict[str, Place]:
    """Places from left to right, so that links run forward and cross little.

    ``nodes`` limits it to some; those in ``keep`` stay where a person put them, and the others avoid them.
    The arranged part keeps its upper left corner.
    """
    kept, wanted = set(keep), None if nodes is None else set(nodes)
    chosen = [n.id for n in graph.nodes if (wanted is None or n.id in wanted) and n.id not in kept]
    if not chosen:
        return {}
    rank = _ranks(graph, chosen)
    layers = _ordered(graph, chosen, rank)
    heights = _heights(graph, layers)
    left = min(graph[n].x for n in chosen)
    top = min(graph[n].y for n in chosen)
    highest = min(heights.values())
    places = {
        n: (_snap(left + rank[n] * (WIDTH + ACROSS)), _snap(top + heights[n] - highest)) for n in chosen
    }
    return _clear_of(places, [(graph[n].x, graph[n].y) for n in kept if n in graph])


def _ranks(graph: Graph, chosen: list[str]) -> dict[str, int]:
    """Number of the column: one more than that of the last node that feeds it."""
    among, rank = set(chosen), dict[str, int]()
    waiting = {n: sum(s in among for s in graph.sources(n)) for n in chosen}
    ready = [n for n in chosen if not waiting[n]]
    for node in ready:
        rank[node] = 1 + max((rank[s] for s in graph.sources(node) if s in rank), default=-1)
        for target in graph.targets(node):
            if target in among:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    return rank


def _ordered(graph: Graph, chosen: list[str], rank: Mapping[str, int]) -> list[list[str]]:
    """Nodes of each column from top to bottom, swept to and fro towards their neighbours' mean."""
    layers: list[list[str]] = [[] for _ in range(max(rank.values()) + 1)]
    for node in chosen:
        layers[rank[node]].append(node)
    place = {n: float(i) for layer in layers for i, n in enumerate(layer)}
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near: Callable[[str], list[str]] = graph.sources if forth else graph.targets
        for layer in layers if forth else layers[::-1]:
            wish = {n: _mean([place[m] for m in near(n) if m in place], place[n]) for n in layer}
            layer.sort(key=wish.__getitem__)
            place.update({n: float(i) for i, n in enumerate(layer)})
    return layers


def _heights(graph: Graph, layers: list[list[str]]) -> dict[str, float]:
    """Vertical places: as near to the neighbours' as the order and the gaps allow."""
    step = HEIGHT + DOWN
    at = {n: i * step for layer in layers for i, n in enumerate(layer)}
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near: Callable[[str], list[str]] = graph.sources if forth else graph.targets
        for layer in layers if forth else layers[::-1]:
            wishes = [_mean([at[m] for m in near(n) if m in at], at[n]) for n in layer]
            at.update(zip(layer, _apart(wishes, step), strict=True))
    return at


def _apart(wishes: list[float], step: float) -> list[float]:
    """Values in the same order, ``step`` apart at least, nearest to the wishes in the square mean.

    Neighbours that would overlap become a block around their mean (pool adjacent violators).
    """
    blocks: list[tuple[float, int]] = []
    for i, wish in enumerate(wishes):
        total, count = wish - i * step, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, size = blocks.pop()
            total, count = total + before, count + size
        blocks.append((total, count))
    bases = [total / count for total, count in blocks for _ in range(count)]
    return [base + i * step for i, base in enumerate(bases)]


def _clear_of(places: dict[str, Place], kept: list[Place]) -> dict[str, Place]:
    """The same places, moved down one by one where they would cover a node that stays."""
    taken = list(kept)
    made: dict[str, Place] = {}
    for node, (x, y) in sorted(places.items(), key=lambda item: item[1][1]):
        while any(abs(x - a) < WIDTH + GRID and abs(y - b) < HEIGHT + GRID for a, b in taken):
            y += GRID
        made[node] = (x, y)
        if kept:
            taken.append((x, y))
    return made


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _snap(value: float) -> float:
    return round(value / GRID) * GRID


def aligned(graph: Graph, nodes: list[str], edge: str) -> dict[str, Place]:
    """Places with one edge in a line: "left", "right", "top", "bottom"; faces have one size."""
    if not nodes:
        return {}
    x, y = [graph[n].x for n in nodes], [graph[n].y for n in nodes]
    lines = {"left": min(x), "right": max(x), "top": min(y), "bottom": max(y)}
    if edge in ("left", "right"):
        return {n: (lines[edge], graph[n].y) for n in nodes}
    return {n: (graph[n].x, lines[edge]) for n in nodes}


def distributed(graph: Graph, nodes: list[str], axis: str) -> dict[str, Place]:
    """Places with equal distances along "x" or "y"; the outermost stay."""
    if not nodes:
        return {}
    ordered = sorted(
        nodes, key=lambda n: (graph[n].x, graph[n].y) if axis == "x" else (graph[n].y, graph[n].x)
    )
    first, last = (getattr(graph[n], axis) for n in (ordered[0], ordered[-1]))
    step = (last - first) / max(len(ordered) - 1, 1)
    made = {}
    for i, node in enumerate(ordered):
        value = first + i * step
        made[node] = (value, graph[node].y) if axis == "x" else (graph[node].x, value)
    return made
