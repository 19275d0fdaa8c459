"""The plane of two inputs as each layer moves it: a grid and the samples, before and after every layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.dense import Dense
from nnkernels.spec import Role
from nnstudio.explain.activations import as_sample
from nnstudio.explain.boundary import plane_extent
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.weights import weights_of

# About so many lines of the grid at the most lie over the samples in each direction; points from one line to
# the next, as where layers bend, a line is drawn through them.
MOST_LINES, BETWEEN = 15, 4
# Samples that are drawn at the most.
MOST_SAMPLES = 300


@dataclass(frozen=True, eq=False)
class PlaneStage:
    """Where all points are behind a layer.

    Attributes:
        title: of the layer.
        units: how many numbers it gives; ``shown``: which of them run to the right and up, from 0. A single
            one runs to the right, and all points lie on a line.
        points: float64 (points, 2); what is no finite number stays so.
        weights, bias: of a Dense layer that gets two numbers, float64 (2, shown) and (shown,); else None.
    """

    node: str
    title: str
    units: int
    shown: tuple[int, ...]
    points: np.ndarray
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane behind the layers of one path through the network, as it is at a step.

    Attributes:
        stages: the Input, then each layer that gives a list of numbers.
        lines, along: the grid's lines come first among the points: so many, half of them upright and half
            level, with so many points each.
        spacing: between two lines, in what enters the network.
        targets: (samples, t) of those that come behind the lines; the last point is the chosen sample.
        total: how many samples the training part has.
        sample: the chosen one; -1 for one that a person made.
        left_out: nodes of the path that give no list of numbers.
        is_all: whether every layer is on the path.
    """

    step: int
    stages: tuple[PlaneStage, ...]
    lines: int
    along: int
    spacing: float
    targets: np.ndarray
    total: int
    sample: int
    left_out: tuple[str, ...]
    is_all: bool


@dataclass(frozen=True)
class PlaneProbe:
    """The plane behind each layer; of layers with more than two units, the two that are chosen, from 0.

    ``own``: a sample that a person made, as the network gets it, flat; it takes the place of ``sample``.
    """

    units: tuple[int, int] = (0, 1)
    sample: int = 0
    own: tuple[float, ...] | None = None

    def run(self, session: Evaluation) -> Iterator[Plane]:
        data = session.data
        if not data.is_plane:
            return
        watched = session.samples()[0]
        index = self.sample % len(watched) if self.own is None else -1
        one = watched[index : index + 1] if self.own is None else as_sample(session, self.own)
        grid, lines, spacing = _grid(data.all_inputs())
        shown = data.x_train[:MOST_SAMPLES]
        points = np.concatenate([grid, shown, one]).astype(np.float32)
        path = _path(session)
        nodes = [node for node in path if len(node.shape) == 1 and not _changes_nothing(node)]
        # At once, though in pieces: all points must be of the same weights.
        pieces = [
            _values(session, points[start : start + EVALUATION_BATCH], nodes)
            for start in range(0, len(points), EVALUATION_BATCH)
        ]
        values = {node.id: np.concatenate([piece[node.id] for piece in pieces]) for node in nodes}
        layers = {node.id for node in session.layout.nodes.values() if node.layer.role == Role.LAYER}
        yield Plane(
            session.steps, tuple(self._stage(session, node, values[node.id]) for node in nodes), lines,
            len(grid) // lines, spacing, data.y_train[: len(shown)], len(data.x_train), index,
            tuple(node.id for node in path if len(node.shape) != 1),
            layers <= {node.id for node in path},
        )  # fmt: skip

    def _stage(self, session: Evaluation, node: Resolved, values: np.ndarray) -> PlaneStage:
        units = node.shape[0]
        shown = tuple(range(units)) if units <= 2 else tuple(min(u, units - 1) for u in self.units)
        points = np.zeros((len(values), 2))
        points[:, : len(shown)] = values[:, list(shown)]
        weights = bias = None
        if isinstance(node.layer, Dense) and node.input_shapes == ((2,),):
            arrays = weights_of(session, node.id)
            weights = arrays["weight"][:, list(shown)].astype(np.float64)
            bias = arrays.get("bias", np.zeros(units))[list(shown)].astype(np.float64)
        return PlaneStage(node.id, node.layer.title, units, shown, points, weights, bias)


def _path(session: Evaluation) -> list[Resolved]:
    """From an Input to the Output, by the first input of each node."""
    nodes = session.layout.nodes
    path = [nodes[session.layout.output]]
    while path[-1].inputs:
        path.append(nodes[path[-1].inputs[0]])
    return path[::-1]


def _changes_nothing(node: Resolved) -> bool:
    return node.layer.role == Role.OUTPUT or node.layer.is_view(node.options, False)


def _values(session: Evaluation, points: np.ndarray, nodes: list[Resolved]) -> dict[str, np.ndarray]:
    """What nodes give for some points. As many as other views ask for go through, so that all share one
    program.
    """
    filled = np.zeros((EVALUATION_BATCH, points.shape[1]), np.float32)
    filled[: len(points)] = points
    values = session.predict_all(filled, [node.id for node in nodes])
    return {name: given[: len(points)] for name, given in values.items()}


def _grid(samples: np.ndarray) -> tuple[np.ndarray, int, float]:
    """Points (n, 2) of upright and then of level lines at round numbers, over all samples and one beyond; how
    many lines that are; and how far they are apart.
    """
    left, bottom, right, top = plane_extent(samples)
    spacing = _round_step((right - left) / MOST_LINES)
    first, last = (np.floor(np.array([left, bottom]) / spacing), np.ceil(np.array([right, top]) / spacing))
    count = int((last - first).max()) + 1
    at = first[:, None] + np.arange(count)
    along = first[:, None] + np.linspace(0, count - 1, (count - 1) * BETWEEN + 1)
    upright = np.stack(np.meshgrid(at[0], along[1], indexing="ij"), -1)
    level = np.stack(np.meshgrid(along[0], at[1]), -1)
    points = np.concatenate([upright.reshape(-1, 2), level.reshape(-1, 2)]) * spacing
    return points, 2 * count, spacing


def _round_step(least: float) -> float:
    """The next of .., 1, 2, 5, 10, .. that is not less."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(base * power for base in (1, 2, 5, 10) if base * power >= least * (1 - 1e-9)))
