"""What a generator makes of the noise that its samples always get, and where its loss would move that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudio.explain.activations import probabilities
from nnstudio.explain.boundary import Boundary, BoundaryProbe, pieces_over, plane_extent
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.generator import Generator, generator_of
from nnstudio.training.underway import Underway, told_by_pieces

# Points that are drawn, and of the data those that they are compared with.
POINTS = EVALUATION_BATCH
# The picture holds this share of the points, where it need not show more than the last of these times what it
# shows of the data. In steps, as it would never stand still else.
HELD, ZOOMS = 0.98, (1.0, 1.5, 2.0, 3.0)
# Pictures of a sheet.
PICTURES = 64
# Neighbours whose distance says how near is near.
NEIGHBOURS = 3


def generated(session: Evaluation, maker: Generator, count: int) -> np.ndarray:
    """What it makes of the noise of so many samples: `(count, *input_shape)`, float32."""
    shape = session.data.input_shape
    return session.predict(np.zeros((count, *shape), np.float32), maker.node).reshape(count, *shape)


def near_and_covered(points: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """The share of points (n, d) that lie near real ones (m, d), and of real ones that lie near such points.

    Near is what is no farther than the third neighbour of its own kind: improved precision and recall,
    Kynkäänniemi et al. 2019. NaN where there are too few, or points are not finite.
    """
    if min(len(points), len(real)) <= NEIGHBOURS or not np.isfinite(points).all():
        return float("nan"), float("nan")
    between = _distances(points, real)
    own, theirs = (
        np.partition(_distances(part, part), NEIGHBOURS, 1)[:, NEIGHBOURS] for part in (points, real)
    )
    near = (between <= theirs[None]).any(1).mean()
    return float(near), float((between <= own[:, None]).any(0).mean())


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    gaps: np.ndarray = np.linalg.norm(one[:, None].astype(np.float64) - other[None], axis=2)
    return gaps


@dataclass(frozen=True, eq=False)
class GeneratedPoints:
    """Generated points of two numbers at a step.

    Attributes:
        field: the judge's answer over the plane; None while it is computed, as all that follows.
        points: (n, 2) float32.
        moves: (n, 2): where the generator's loss falls fastest, by each point; its length is the slope.
        near, covered: see `near_and_covered`, against samples that are not learned from.
        problem: why there is nothing to see; "" where there is.
    """

    step: int
    field: Boundary | None = None
    points: np.ndarray | None = None
    moves: np.ndarray | None = None
    near: float = float("nan")
    covered: float = float("nan")
    problem: str = ""


def extent_around(
    extent: tuple[float, float, float, float], points: np.ndarray
) -> tuple[float, float, float, float]:
    """As much of the plane around an extent (left, bottom, right, top) as most of the points (n, 2) take.

    Points that are not finite do not count.
    """
    centre, half = np.add(extent[:2], extent[2:]) / 2, np.subtract(extent[2:], extent[:2]) / 2
    far = (np.abs(points[np.isfinite(points).all(1)] - centre) / half).max(1, initial=0)
    wanted = float(np.quantile(far, HELD)) if len(far) else 1.0
    zoom = next((zoom for zoom in ZOOMS if wanted <= zoom), ZOOMS[-1])
    (left, bottom), (right, top) = (centre - zoom * half).tolist(), (centre + zoom * half).tolist()
    return left, bottom, right, top


NO_GENERATOR = (
    "This network generates nothing yet. Let layers behind Noise make as many numbers as a sample has, in an "
    "optimizer group that an Output behind a judge trains."
)


# Pieces before the judge is asked.
BEFORE_FIELD = 2


@dataclass(frozen=True)
class GeneratedPointsProbe:
    """Generated points, the judge's answers around them, and where the generator's loss would move them."""

    size: int = 64

    def run(self, session: Evaluation) -> Iterator[GeneratedPoints | Underway]:
        yield from told_by_pieces(self._points(session), BEFORE_FIELD + pieces_over(self.size))

    def _points(self, session: Evaluation) -> Iterator[GeneratedPoints | None]:
        maker = generator_of(session.layout, session.data.input_shape)
        if maker is None:
            yield GeneratedPoints(session.steps, problem=NO_GENERATOR)
            return
        points = generated(session, maker, POINTS)
        yield None
        moves = -session.loss_gradient(maker.node, maker.group, POINTS).reshape(POINTS, -1)
        yield None
        near, covered = near_and_covered(points, session.samples()[0][:POINTS])
        step, field = session.steps, None
        extent = extent_around(plane_extent(session.data.all_inputs()), points)
        for part in BoundaryProbe(self.size).over(session, extent):
            yield None
            field = part
        yield GeneratedPoints(step, field, points, moves, near, covered)


@dataclass(frozen=True, eq=False)
class GeneratedPictures:
    """A sheet of generated pictures at a step.

    Attributes:
        pictures: (n, height, width, channels) float32, as the network gets samples.
        real: (n,): how likely each is real, for the judge.
        problem: why there is nothing to see; "" where there is.
    """

    step: int
    pictures: np.ndarray | None = None
    real: np.ndarray | None = None
    problem: str = ""


@dataclass(frozen=True)
class GeneratedPicturesProbe:
    """Pictures of the same noise, whatever the network has learned."""

    def run(self, session: Evaluation) -> Iterator[GeneratedPictures | Underway]:
        maker = generator_of(session.layout, session.data.input_shape)
        if maker is None:
            yield GeneratedPictures(session.steps, problem=NO_GENERATOR)
            return
        pictures = generated(session, maker, PICTURES)
        yield Underway(0.5)
        answers = session.predict(np.zeros_like(pictures), maker.answer)
        yield GeneratedPictures(session.steps, pictures, probabilities(session, answers)[:, 1])
