"""The loss around the current weights, over two directions or along the gradient."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from nnkernels.planning.optimizer_groups import groups_of
from nnkernels.program import Layout
from nnstudio.explain.directions import Method, Pick, Plane, plane_of
from nnstudio.training.evaluation import MOST_STEPS, SURVEY_BATCH, Evaluation

# Where the finest grid took less than this, coarse ones that take less are left out: they would only flicker.
QUICK_SECONDS = 0.3
# The coarsest grid has at least so many points on a side; each finer one puts points between. Each has one in
# its middle: else the loss of the weights as they are could lie outside of what the grid spans.
COARSEST = 5
# Operations that a grid may cost that shows more than blocks, how many points to a side that has, and samples
# that are looked at even where they cost more.
ROUGH_FLOPS, ROUGH, FEWEST = 20e9, 9, 32
# While the network learns, a picture may take so many times the seconds of its coarsest grid, so that there
# is at least one finer; or this share of the time that the surface was watched for, up to so many seconds.
FIRST_GRIDS, OF_TIME, MOST_SECONDS = 5.0, 0.1, 5.0
# Time for which the grid is computed before training goes on.
SECONDS_PER_PIECE = 0.008
# Points of the slice along the gradient, and how many steps of the learning rate it reaches.
SLICE_POINTS, SLICE_STEPS = 41, 8.0


@dataclass(frozen=True)
class Slice:
    """Mean loss along the negative gradient.

    Attributes:
        steps: how far, in plain gradient steps with the learning rate as it is; 1 is where one lands.
        losses: mean loss there, on the samples of the surface that the gradient was made of.
        norm: of the gradient; ``rate``: the learning rate. Where there is no way down to follow, because
            the gradient is zero or no number, the arrays are empty.
    """

    step: int
    steps: np.ndarray
    losses: np.ndarray
    norm: float
    rate: float
    samples: int


@dataclass(frozen=True)
class Surface:
    """A grid of mean losses; the middle is the plane's centre.

    Attributes:
        values: (size, size), row is the second direction; one row on a line; NaN or infinite where
            the loss is.
        path: (n, 2) positions of the weights along the run, as the axes read; the last is here.
        here: where the weights are, as the axes read.
        loss: at the weights as they are.
        seconds: spent so far, pauses for training included.
        frozen_statistics: whether batch norm uses its running statistics everywhere.
        finished: whether it stays as it is; ``is_hurried``: it is coarser than was asked for then, or of
            fewer samples, as the network learned on meanwhile.
        added: the Outputs, by identifier, whose losses are added up where there are several;
            ``is_contested``: optimizer groups learn from some of them each, so that nobody minimises the sum.
    """

    step: int
    values: np.ndarray
    plane: Plane
    path: np.ndarray
    here: tuple[float, float]
    samples: int
    seconds: float
    loss: float
    frozen_statistics: bool
    finished: bool
    is_hurried: bool = False
    added: tuple[str, ...] = ()
    is_contested: bool = False

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) as the axes read."""
        (x, y), (u, v) = self.plane.origin, self.plane.unit
        return (x - u, y - v, x + u, y + v)


@dataclass(frozen=True)
class SliceProbe:
    """The loss where plain gradient steps would land."""

    def run(self, network: Evaluation) -> Iterator[Slice | None]:
        count = network.gradient_samples()
        x, y = network.data.x_train[:count], network.data.y_train[:count]
        here = network.parameters.astype(np.float64)
        gradient = network.gradients(x, y).flat_gradient()
        norm, rate = float(np.linalg.norm(gradient)), float(network.hyperparameters["learning_rate"])
        if not (np.isfinite(norm) and norm > 0 and rate > 0):
            yield Slice(network.steps, np.zeros(0), np.zeros(0), norm, rate, len(x))
            return
        step, steps = network.steps, np.linspace(-SLICE_STEPS / 4, SLICE_STEPS, SLICE_POINTS)
        values = np.full((1, SLICE_POINTS), np.nan)
        middle, half = (steps[0] + steps[-1]) / 2, (steps[-1] - steps[0]) / 2
        line = Plane(here - middle * rate * gradient, -half * rate * gradient, None, "the gradient")
        yield from _fill(network, line, values, False, x, y)
        yield Slice(step, steps, values[0], norm, rate, len(x))


@dataclass(frozen=True)
class Stage:
    """A grid of so many points to a side, of the first so many samples.

    ``cost`` is that of all stages up to it, in points times samples.
    """

    size: int
    samples: int
    cost: int


class SurfaceProbe:
    """Loss on a grid around the weights as they are when it starts; the path is drawn on.

    With ``follows`` the grid is made anew around the weights whenever the network has learned; without,
    it stays where it was begun, is refined to the end, and the path goes on over it.
    """

    def __init__(
        self, method: Method = Method.RANDOM, seed: int = 0, samples: int = 512, size: int = 33,
        picks: tuple[Pick, ...] = (), follows: bool = True,
    ) -> None:  # fmt: skip
        self.method, self.seed, self.samples, self.size = method, seed, samples, size
        self.picks, self.follows = picks, follows
        self._took = np.inf
        self._pinned: tuple[Plane, np.ndarray, float] | None = None
        # When it was first run, and points to a side of what was shown last.
        self._since: float | None = None
        self._shown = 0
        # Seconds for which what was begun may go on while the network learns.
        self._allowed = np.inf

    @property
    def patience(self) -> float:
        """Seconds after which a picture is given up that did not end by itself, as it had become slower."""
        return 2 * self._allowed

    def run(self, network: Evaluation) -> Iterator[Surface | None]:
        started, step = time.perf_counter(), network.steps
        self._since = started if self._since is None else self._since
        self._allowed = np.inf
        if self._pinned is not None and len(self._pinned[0].centre) != network.layout.parameter_count:
            self._pinned = None
        stages = stages_of(network, self.size, self.samples)
        x, y = _first(network, stages[-1].samples)
        if not self.follows and self._pinned is not None:
            plane, values, took = self._pinned
            yield self._surface(network, plane, values, step, took, x, y, True)
            return
        if not np.isfinite(network.parameters).all():
            yield _nothing(network, len(x))
            return
        plane = plane_of(network, self.method, self.seed, self.picks)
        if self.follows:
            self._pinned = None
        known, samples = np.empty((0, 0)), 0
        for stage, following in zip(stages, [*stages[1:], None], strict=True):
            values = np.full((1 if plane.second is None else stage.size, stage.size), np.nan)
            refines = stage.samples == samples
            if refines:
                values[:: 1 if plane.second is None else 2, ::2] = known
            x, y = _first(network, stage.samples)
            yield from _fill(network, plane, values, refines, x, y)
            known, samples = values, stage.samples
            took = time.perf_counter() - started
            if stage is stages[0] and self.follows:
                self._allowed = max(FIRST_GRIDS * took, min(OF_TIME * (started - self._since), MOST_SECONDS))
            if following is not None and max(self._took, took) < QUICK_SECONDS:
                continue
            is_learning = following is not None and network.steps != step
            more = following.cost / stage.cost if following is not None else 1.0
            is_hurried = is_learning and took * more > self._allowed
            if is_learning and not is_hurried and stage.size < self._shown:
                # A finer one of some steps ago is in sight: one that is as fine follows.
                continue
            if following is None and not self.follows:
                self._pinned = (plane, values, took)
            self._shown = stage.size
            is_over = following is None or (is_hurried and stage.size > COARSEST)
            yield self._surface(network, plane, values, step, took, x, y, is_over, is_hurried)
            if is_hurried:
                break
        self._took = time.perf_counter() - started

    def _surface(
        self, network: Evaluation, plane: Plane, values: np.ndarray, step: int, took: float,
        x: np.ndarray, y: np.ndarray, finished: bool, is_hurried: bool = False,
    ) -> Surface:  # fmt: skip
        """The grid with what is read off the network now: the path and the point."""
        pinned = not self.follows
        now = network.parameters.astype(np.float64) if pinned else plane.centre
        path = plane.project(chain(network.parameter_history, [now]))
        loss = float(_losses(network, now, None, None, np.zeros((1, 2)), x, y)[0])
        statistics = any(not slot.trained for slot in network.layout.parameters)
        here = (float(path[-1, 0]), float(path[-1, 1]))
        return Surface(
            network.steps if pinned else step, values, plane, path, here, len(x), took, loss,
            statistics, finished, is_hurried, *_sum_of(network.layout),
        )  # fmt: skip


def _sum_of(layout: Layout) -> tuple[tuple[str, ...], bool]:
    """`Surface.added` and `Surface.is_contested`."""
    targets = layout.targets if len(layout.targets) > 1 else ()
    is_contested = any(not t.teaches(group) for t in targets for group in groups_of(layout))
    return tuple(t.node for t in targets), is_contested


def _nothing(network: Evaluation, samples: int) -> Surface:
    """Around weights that are not finite there is no loss."""
    none, nowhere = np.zeros(network.layout.parameter_count), np.zeros((0, 2))
    plane = Plane(none, none, none, "the weights are not finite")
    nan = float("nan")
    return Surface(
        network.steps, np.full((2, 2), nan), plane, nowhere, (0.0, 0.0), samples, 0.0, nan, False, True
    )


def sizes(size: int) -> list[int]:
    """Points on a side, coarse first: each grid holds the one before, and the middle if ``size`` is odd."""
    steps = [size]
    while (steps[0] - 1) % 4 == 0 and (steps[0] - 1) // 2 + 1 >= COARSEST:
        steps.insert(0, (steps[0] - 1) // 2 + 1)
    return steps


def _fill(
    network: Evaluation, plane: Plane, values: np.ndarray, refines: bool, x: np.ndarray, y: np.ndarray
) -> Iterator[None]:
    """Compute what is missing of a grid; of one that ``refines`` another, every second value is there."""
    rows, columns = values.shape
    up = np.linspace(-1, 1, rows) if rows > 1 else np.zeros(1)
    j, i = np.indices((rows, columns)).reshape(2, -1)
    missing = ~((j % 2 == 0) & (i % 2 == 0)) if refines else np.ones(len(j), bool)
    j, i = j[missing], i[missing]
    coordinates = np.stack([np.linspace(-1, 1, columns)[i], up[j]], 1)
    most = max(MOST_STEPS // max(len(x) // SURVEY_BATCH, 1), 1)
    at, count = 0, 1
    while at < len(coordinates):
        started = time.perf_counter()
        piece = slice(at, at + count)
        values[j[piece], i[piece]] = _losses(
            network, plane.centre, plane.first, plane.second, coordinates[piece], x, y
        )
        at += count
        took = max(time.perf_counter() - started, 1e-6)
        count = int(np.clip(count * SECONDS_PER_PIECE / took, 1, most))
        if at < len(coordinates):
            yield None


def _losses(
    network: Evaluation, centre: np.ndarray, first: np.ndarray | None, second: np.ndarray | None,
    coordinates: np.ndarray, x: np.ndarray, y: np.ndarray,
) -> np.ndarray:  # fmt: skip
    none = np.zeros(len(centre))
    return network.survey(
        centre, none if first is None else first, none if second is None else second, coordinates, x, y
    )


def stages_of(network: Evaluation, size: int, samples: int) -> list[Stage]:
    """Grids up to ``size`` points to a side, coarse first, and last of at most ``samples`` samples.

    Where the network is large, the grids are of fewer, so that something finer than blocks does not take
    long; the last of them is then computed once more, of all that are affordable.
    """
    grids = sizes(size)
    few, many = (_affordable(network, samples, points) for points in (ROUGH, COARSEST))
    stages = [Stage(size, few, size**2 * few) for size in grids]
    return stages if few == many else [*stages, Stage(size, many, size**2 * (few + many))]


def _affordable(network: Evaluation, count: int, points: int) -> int:
    """How many samples are looked at: at most ``count``, fewer where a grid of so many points to a side would
    take long with them.
    """
    affordable = int(ROUGH_FLOPS / (points**2 * max(network.operations, 1)))
    count = min(count, max(affordable, FEWEST), len(network.data.x_train))
    if count > SURVEY_BATCH and not network.shares_a_batch:
        count -= count % SURVEY_BATCH
    return count


def _first(network: Evaluation, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first training samples; they are shuffled already."""
    return network.data.x_train[:count], network.data.y_train[:count]
