"""Places for nodes: a layered layout of the whole graph, and rows and columns of a selection.

Computes positions and changes nothing; knows no Qt. Nodes have one size, because they are drawn so. Layers,
their order and heights are the library's (Sugiyama, Tagawa and Toda 1981; Brandes and Koepf 2002).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum, auto

from nnstudio.model.graph import Graph, Note

Position = tuple[float, float]


class Edge(StrEnum):
    """An edge of a node."""

    LEFT = auto()
    RIGHT = auto()
    TOP = auto()
    BOTTOM = auto()


class Axis(StrEnum):
    """An axis of the canvas."""

    X = auto()
    Y = auto()


# Size of a node and the gaps between nodes, in units of the canvas.
WIDTH, HEIGHT = 172.0, 86.0
ACROSS, DOWN = 50.0, 34.0
GRID = 10.0
# What a frame leaves free around what lies in it, and above that for its title.
ROOM, HEAD = 20.0, 50.0


def arranged(
    graph: Graph, nodes: Iterable[str] | None = None, keep: Iterable[str] = ()
) -> dict[str, Position]:
    """Places from left to right, so that links run forward and cross little.

    ``nodes`` limits it to some; those in ``keep`` stay where a person put them, and the others avoid them.
    The arranged part keeps its upper left corner.
    """
    kept, wanted = set(keep), None if nodes is None else set(nodes)
    chosen = [n.id for n in graph.nodes if (wanted is None or n.id in wanted) and n.id not in kept]
    if not chosen:
        return {}
    left = min(graph[n].x for n in chosen)
    top = min(graph[n].y for n in chosen)
    positions = {n: (_snap(left + x), _snap(top + y)) for n, (x, y) in _layered(graph, chosen).items()}
    return _clear_of(positions, [(graph[n].x, graph[n].y) for n in kept if n in graph])


def are_piled(graph: Graph) -> bool:
    """Whether each node lies within half a width and height of another one, so that nobody can tell them
    apart, as in projects that a script wrote without a thought for positions. One node alone is no pile.
    """
    spots = [(node.x, node.y) for node in graph.nodes]
    # Where people laid nodes out, the first one tells.
    return bool(spots) and all(
        any(i != j and abs(x - a) < WIDTH / 2 and abs(y - b) < HEIGHT / 2 for j, (a, b) in enumerate(spots))
        for i, (x, y) in enumerate(spots)
    )


def _layered(graph: Graph, chosen: list[str]) -> dict[str, Position]:
    """Columns of the linked parts, one part below the other, and single nodes below them all."""
    # Not at start-up: it takes 40 ms.
    from fast_sugiyama import from_edges

    step, among = HEIGHT + DOWN, set(chosen)
    # Numbers, in the order of the file: the library's own would follow the hash seed.
    number = {n: i for i, n in enumerate(chosen)}
    edges = [(number[s], number[n]) for n in chosen for s in dict.fromkeys(graph.sources(n)) if s in among]
    positions: dict[str, Position] = {}
    bottom = 0.0
    # Frames around the parts must not meet.
    between = step + (ROOM + HEAD if any(note.frame for note in graph.notes.values()) else 0.0)
    parts = from_edges(edges, vertex_spacing=step, dummy_vertices=False) if edges else []
    for part, _width, _height, _edges in parts:
        # The library's layers lie one below the other, ours from left to right. Sorted, because it gives
        # the nodes in another order each time.
        column = {chosen[int(i)]: -y / step for i, (_x, y) in sorted(part)}
        height = {chosen[int(i)]: x for i, (x, _y) in sorted(part)}
        first = min(column.values())
        if _is_mirrored(graph, height):
            height = {n: -h for n, h in height.items()}
        highest = min(height.values())
        for n, h in height.items():
            positions[n] = ((column[n] - first) * (WIDTH + ACROSS), bottom + h - highest)
        bottom = max(y for _, y in positions.values()) + between
    for n in chosen:
        if n not in positions:
            positions[n] = (0.0, bottom)
            bottom += step
    return positions


def _is_mirrored(graph: Graph, heights: dict[str, float]) -> bool:
    """Whether upside down is nearer to how a person had it, or to the order of the file."""
    ranked = sorted(heights, key=lambda n: graph[n].y)  # stable: the file decides between equals
    middle = sum(heights.values()) / len(heights)
    return sum((heights[n] - middle) * i for i, n in enumerate(ranked)) < 0


def _clear_of(positions: dict[str, Position], kept: list[Position]) -> dict[str, Position]:
    """The same positions, moved down one by one where they would cover a node that stays."""
    taken = list(kept)
    free: dict[str, Position] = {}
    for node, (x, y) in sorted(positions.items(), key=lambda item: item[1][1]):
        while any(abs(x - a) < WIDTH + GRID and abs(y - b) < HEIGHT + GRID for a, b in taken):
            y += GRID
        free[node] = (x, y)
        if kept:
            taken.append((x, y))
    return free


def with_room(
    graph: Graph, position: Position, without: Iterable[str] = ()
) -> tuple[Position, dict[str, Position]]:
    """Where a node goes that is put at a position in a row of others, and where those behind it make room.

    Both only where it would cover one. ``without`` are nodes that do not count.
    """
    (x, y), out = position, set(without)
    others = [n for n in graph.nodes if n.id not in out]
    row = [n for n in others if abs(n.y - y) < HEIGHT]
    if not any(abs(n.x - x) < WIDTH for n in row):
        return position, {}
    before, behind = [n.x for n in row if n.x < x], [n for n in row if n.x >= x]
    own = max([x, *(left + WIDTH + ACROSS for left in before)])
    step = max([0.0, *(own + WIDTH + ACROSS - n.x for n in behind)])
    spots = {n.id: (n.x, n.y) for n in others}
    moving = _with_those_behind(graph, [n.id for n in behind], spots, HEIGHT) if step else []
    return (_snap(own), y), {n: (_snap(spots[n][0] + step), spots[n][1]) for n in moving}


def room_between(graph: Graph, source: str, target: str) -> tuple[Position, dict[str, Position]]:
    """Where a node goes that is put between two, and where others move for it; it will cover none.

    It stands next to the source on the way to the target: to the right, also where the target begins another
    row, to the left or below. What is on from there moves on, and all links lead the same way as before.
    """
    a, b = graph[source], graph[target]
    is_level = abs(b.y - a.y) < HEIGHT
    is_down = abs(b.x - a.x) < WIDTH and b.y >= a.y + HEIGHT
    sign = -1 if is_level and b.x <= a.x - WIDTH else 1

    def turned(x: float, y: float) -> Position:
        """A position as steps along and across; the same again turns it back."""
        return (y, x) if is_down else (sign * x, y)

    length, breadth = (HEIGHT, WIDTH) if is_down else (WIDTH, HEIGHT)
    step = length + (DOWN if is_down else ACROSS)
    spots = {n.id: turned(n.x, n.y) for n in graph.nodes}
    (along, across), (end, beside) = spots[source], spots[target]
    leads_on = end >= along + length
    if leads_on and len(graph.targets(source)) > 1:
        across = beside
    new = math.ceil((along + step) / GRID) * GRID
    tight = [n for n, (at, row) in spots.items() if along < at < new + step and abs(row - across) < breadth]
    if leads_on and end < new + step:
        tight.append(target)
    # In whole steps of the grid, so that what moves together stays as it was.
    shift = max((math.ceil((new + step - spots[n][0]) / GRID) * GRID for n in tight), default=0.0)
    moving = _with_those_behind(graph, tight, spots, breadth)
    return turned(new, across), {n: turned(spots[n][0] + shift, spots[n][1]) for n in moving}


def _with_those_behind(
    graph: Graph, first: Iterable[str], spots: Mapping[str, Position], breadth: float
) -> list[str]:
    """These nodes, and all that they would cover or pass at the other end of a link, had they moved on.

    ``spots`` are positions along and across; nodes that are not in it stay.
    """
    moving, waiting = dict.fromkeys(first), list(first)
    while waiting:
        along, across = spots[name := waiting.pop()]
        linked = {*graph.targets(name), *graph.sources(name)}
        for other, (at, row) in spots.items():
            is_covered = at >= along and abs(row - across) < breadth
            if other not in moving and (is_covered or (other in linked and at > along)):
                moving[other] = None
                waiting.append(other)
    return list(moving)


def _snap(value: float) -> float:
    return round(value / GRID) * GRID


def box_around(positions: Iterable[Position], frames: int = 1) -> tuple[float, float, float, float]:
    """x, y, width and height of a frame around nodes at these positions; room for ``frames - 1`` in it."""
    spots, room, head = list(positions), ROOM * frames, HEAD * frames
    left, top = min(x for x, _ in spots) - room, min(y for _, y in spots) - head
    right, bottom = max(x for x, _ in spots) + WIDTH + room, max(y for _, y in spots) + HEIGHT + room
    return left, top, right - left, bottom - top


def refitted(graph: Graph, positions: Mapping[str, Position]) -> list[Note]:
    """Frames around what they hold, where nodes in them move elsewhere."""
    frames = [note for note in graph.notes.values() if note.frame]
    held = {f.id: {n.id for n in graph.nodes if f.holds(n.x, n.y, WIDTH, HEIGHT)} for f in frames}
    changed = []
    for frame in frames:
        inside = held[frame.id]
        if inside & positions.keys():
            depth = 1 + sum(bool(inner) and inner < inside for inner in held.values())
            x, y, width, height = box_around([positions.get(n, graph.position_of(n)) for n in inside], depth)
            changed.append(replace(frame, x=x, y=y, width=width, height=height))
    return changed


def aligned(graph: Graph, nodes: list[str], edge: Edge) -> dict[str, Position]:
    """Positions with one edge in a line; nodes have one size."""
    if not nodes:
        return {}
    x, y = [graph[n].x for n in nodes], [graph[n].y for n in nodes]
    lines = {Edge.LEFT: min(x), Edge.RIGHT: max(x), Edge.TOP: min(y), Edge.BOTTOM: max(y)}
    if edge in (Edge.LEFT, Edge.RIGHT):
        return {n: (lines[edge], graph[n].y) for n in nodes}
    return {n: (graph[n].x, lines[edge]) for n in nodes}


def distributed(graph: Graph, nodes: list[str], axis: Axis) -> dict[str, Position]:
    """Positions with equal distances along an axis; the outermost stay."""
    if not nodes:
        return {}
    ordered = sorted(
        nodes, key=lambda n: (graph[n].x, graph[n].y) if axis == Axis.X else (graph[n].y, graph[n].x)
    )
    first, last = (getattr(graph[n], axis) for n in (ordered[0], ordered[-1]))
    step = (last - first) / max(len(ordered) - 1, 1)
    positions = {}
    for i, node in enumerate(ordered):
        value = first + i * step
        positions[node] = (value, graph[node].y) if axis == Axis.X else (graph[node].x, value)
    return positions
