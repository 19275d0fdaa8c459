"""Two directions in the space of a network's parameters, over which its loss is looked at.

Filter-normalised random directions and the principal components of the path are those of Li et al.
2018, "Visualizing the Loss Landscape of Neural Nets" (sections 4 and 7). Biases are left out of random
directions, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum, auto

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.program import ParameterSlot
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import slots_of

# Of a longer path only so many points are used to find its main directions.
MOST_CHECKPOINTS = 64
# How far beyond the path the picture reaches.
MARGIN = 1.25


@dataclass(frozen=True)
class Pick:
    """One trained value: of an array of a node, by flat index."""

    node: str
    array: str
    index: int


@dataclass(frozen=True)
class Plane:
    """Where the loss is looked at: centre + a first + b second, for a and b from -1 to 1.

    Attributes:
        centre, first, second: flat parameters, float64; ``second`` is None on a line.
        method: how the directions were chosen, for the caption.
        axes: what runs right and up.
        origin, unit: what the axes read: origin + a unit, for each of the two.
        explained: share of the path's variance that lies in the plane, or None.
        picks: the values that the axes are, where they are single ones.
        is_exact: whether it holds all that the network learns, so that there is nothing to choose.
    """

    centre: np.ndarray
    first: np.ndarray
    second: np.ndarray | None
    method: str
    axes: tuple[str, str] = ("direction 1", "direction 2")
    origin: tuple[float, float] = (0.0, 0.0)
    unit: tuple[float, float] = (1.0, 1.0)
    explained: float | None = None
    picks: tuple[Pick, ...] = ()
    is_exact: bool = False

    def project(self, points: Iterable[np.ndarray]) -> np.ndarray:
        """Least-squares coordinates (n, 2) of flat parameters in the plane, as the axes read them."""
        basis = self.first[None] if self.second is None else np.stack([self.first, self.second])
        # One by one: together, a long path of a large network would fill the memory.
        dots = np.array([basis @ (point - self.centre) for point in points]).reshape(-1, len(basis))
        coordinates = np.zeros((len(dots), 2))
        coordinates[:, : len(basis)] = dots @ np.linalg.pinv(basis @ basis.T)
        result: np.ndarray = np.array(self.origin) + coordinates * np.array(self.unit)
        return result


def random_plane(network: Evaluation, seed: int, reach: float = 1.0) -> Plane:
    """Random directions whose filters have the norm of the filters that they disturb."""
    centre = network.parameters.astype(np.float64)
    rng = np.random.default_rng(seed)
    directions = []
    for _ in range(2):
        direction = np.zeros(len(centre))
        for slot in network.layout.parameters:
            part = slice(slot.offset, slot.offset + slot.size)
            direction[part] = _normalised(rng.normal(size=slot.size), centre[part], slot)
        directions.append(reach * direction)
    return Plane(
        centre, directions[0], directions[1], f"filter-normalised random directions, seed {seed}",
        unit=(reach, reach),
    )  # fmt: skip


def _normalised(noise: np.ndarray, weights: np.ndarray, slot: ParameterSlot) -> np.ndarray:
    """Noise whose filters (one per unit, or row of a table) have the norms of the weights'."""
    if len(slot.shape) < 2 or not slot.trained:
        return np.zeros(slot.size)
    noise, weights = noise.reshape(slot.shape), weights.reshape(slot.shape)
    unit = slot.unit_axis % len(slot.shape)
    others = tuple(axis for axis in range(len(slot.shape)) if axis != unit)
    norms, wanted = (np.sqrt((v * v).sum(others, keepdims=True)) for v in (noise, weights))
    result: np.ndarray = (noise * (wanted / np.where(norms > 0, norms, 1))).ravel()
    return result


def path_plane(network: Evaluation, seed: int) -> Plane:
    """The two main directions of the training path, wide enough to show all of it.

    Before there is a path, random directions.
    """
    here = network.parameters
    # Longer paths are thinned evenly; their first point stays.
    path = (
        network.parameter_history[:: -(-len(network.parameter_history) // MOST_CHECKPOINTS)]
        if network.parameter_history
        else []
    )
    offsets = np.array([point - here for point in path], np.float32).reshape(len(path), -1)
    # Statistics of batch norm are not learned: they stay as they are.
    learned = sum(slot.size for slot in network.layout.parameters if slot.trained)
    offsets[:, learned:] = 0
    products = (offsets @ offsets.T).astype(np.float64)
    strengths, vectors = np.linalg.eigh(products if len(path) > 2 else np.zeros((2, 2)))
    if float(strengths[-2]) <= 1e-12 * max(float(strengths[-1]), 1e-30):
        random = random_plane(network, seed)
        return Plane(random.centre, random.first, random.second, random.method + " (no path yet)")
    directions = []
    for k in (-1, -2):
        direction = (offsets.T @ vectors[:, k].astype(np.float32)).astype(np.float64)
        direction /= np.linalg.norm(direction)
        along = offsets @ direction
        # The sign is free: the start always lies to the right of, or above, where the weights are.
        direction *= np.sign(along[0]) or 1.0
        directions.append(direction * max(float(np.abs(along).max()) * MARGIN, 1e-9))
    total = float(strengths.sum())
    share = float(strengths[-1] + strengths[-2]) / total
    lengths = [float(np.linalg.norm(d)) for d in directions]
    return Plane(
        here.astype(np.float64), directions[0], directions[1], "main directions of the path (PCA)",
        ("1st component", "2nd component"), (0.0, 0.0), (lengths[0], lengths[1]), share,
    )  # fmt: skip


def picked_plane(network: Evaluation, picks: tuple[Pick, Pick], method: str = "two picked weights") -> Plane:
    """Two trained values; all others stay. Raises KeyError where one is gone."""
    centre = network.parameters.astype(np.float64)
    points = [index_of(network, pick) for pick in picks]
    scales = [max(abs(centre[p]) * 1.5, 1.0) for p in points]
    axes = np.zeros((2, len(centre)))
    for axis, position, scale in zip(axes, points, scales, strict=True):
        axis[position] = scale
    return Plane(
        centre, axes[0], axes[1], method, (_entry(network, picks[0]), _entry(network, picks[1])),
        (centre[points[0]], centre[points[1]]), (scales[0], scales[1]), picks=picks,
    )  # fmt: skip


def index_of(network: Evaluation, pick: Pick) -> int:
    """Index of a value in the flat parameters. Raises KeyError where it is gone."""
    slot = slots_of(network, pick.node).get(pick.array)
    if slot is None or not 0 <= pick.index < slot.size:
        raise KeyError(name_of(pick))
    return slot.offset + pick.index


def _entry(network: Evaluation, pick: Pick) -> str:
    """A trained value with its indices along axes of more than one entry: "dense_1.weight[2, 3]"."""
    shape = slots_of(network, pick.node)[pick.array].shape
    at = [int(i) + 1 for i, size in zip(np.unravel_index(pick.index, shape), shape, strict=True) if size > 1]
    return f"{outer_name(pick.node)}.{pick.array}{at or ''}"


def name_of(pick: Pick) -> str:
    """A trained value as it stands in a message."""
    return f"{outer_name(pick.node)}.{pick.array}[{pick.index + 1}]"


def all_picks(network: Evaluation) -> list[Pick]:
    """Every trained value of a network that has at most two; longer lists are cut at three."""
    entries = [
        (slot, i) for slot in network.layout.parameters if slot.trained for i in range(min(slot.size, 3))
    ]
    return [Pick(slot.node, slot.name, i) for slot, i in entries[:3]]


def exact_plane(network: Evaluation) -> Plane | None:
    """With one or two trained values there is nothing to choose; None where there are more, or none."""
    picks = all_picks(network)
    if len(picks) == 2:
        return replace(
            picked_plane(network, (picks[0], picks[1]), "exact: the only two weights"), is_exact=True
        )
    if len(picks) == 1:
        plane = picked_plane(network, (picks[0], picks[0]), "exact: the only weight")
        return replace(plane, second=None, axes=(plane.axes[0], "loss"), picks=(picks[0],), is_exact=True)
    return None


class Method(StrEnum):
    """How directions are chosen; two picked weights come with their picks."""

    RANDOM = auto()
    PATH = auto()
    PICKED = auto()


# Their titles.
METHODS = {
    Method.RANDOM: "Random",
    Method.PATH: "Path (PCA)",
    Method.PICKED: "Two weights",
}


def plane_of(network: Evaluation, method: Method, seed: int, picks: tuple[Pick, ...]) -> Plane:
    """The plane that was asked for; exact where the network has one or two weights."""
    exact = exact_plane(network)
    if exact is not None:
        return exact
    if method == Method.PICKED and len(picks) == 2:
        try:
            return picked_plane(network, (picks[0], picks[1]))
        except KeyError:
            # The network was edited since they were picked.
            return random_plane(network, seed)
    makers: dict[Method, Callable[[], Plane]] = {
        Method.RANDOM: lambda: random_plane(network, seed), Method.PATH: lambda: path_plane(network, seed),
    }  # fmt: skip
    return makers.get(method, makers[Method.RANDOM])()
