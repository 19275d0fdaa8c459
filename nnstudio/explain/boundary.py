"""Where a network with two inputs changes its mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudio.training.by_output import by_output, outputs_of, predicting
from nnstudio.training.evaluation import Evaluation

# Rows of the picture that are computed at once; a piece takes about a millisecond.
ROWS_PER_PIECE = 16


@dataclass(frozen=True)
class Boundary:
    """The prediction over the plane.

    Attributes:
        values: (size, size); for two classes the probability of the second, for more the class
            number plus half its certainty, for numbers the prediction.
        extent: (left, bottom, right, top) in the coordinates of the data.
        target: the number from 0 of the target that it is of.
        output: the Output that predicts it, by identifier, where there are several.
    """

    step: int
    values: np.ndarray
    extent: tuple[float, float, float, float]
    classes: int
    target: int = 0
    output: str = ""


@dataclass(frozen=True)
class BoundaryProbe:
    """The network's prediction on a grid of ``size`` x ``size`` points over the data and a margin.

    ``target`` is the number of the one that is predicted, from 0; where no Output predicts it, the first of
    the first Output is. Of several Outputs that predict it, it is by the first.
    """

    size: int = 64
    target: int = 0

    def run(self, session: Evaluation) -> Iterator[Boundary | None]:
        data = session.data
        if data.is_plane:
            yield from self.over(session, plane_extent(data.all_inputs()))

    def over(
        self, session: Evaluation, extent: tuple[float, float, float, float]
    ) -> Iterator[Boundary | None]:
        """The same over a part of the plane, (left, bottom, right, top)."""
        x = np.linspace(extent[0], extent[2], self.size)
        y = np.linspace(extent[1], extent[3], self.size)
        grid = np.stack(np.meshgrid(x, y), -1).astype(np.float32)
        seen, at = predicting(session, self.target) or (by_output(session)[0], 0)
        output = seen.layout.output if outputs_of(session) else ""
        step, pieces = session.steps, []
        for start in range(0, self.size, ROWS_PER_PIECE):
            points = grid[start : start + ROWS_PER_PIECE].reshape(-1, 2)
            pieces.append(predicted(seen, seen.predict(points), at))
            if start + ROWS_PER_PIECE < self.size:
                yield None
        values = np.concatenate(pieces).reshape(self.size, self.size)
        target = seen.columns[at]
        yield Boundary(step, values, extent, len(session.data.classes), target, output)


def pieces_over(size: int) -> int:
    """How often `BoundaryProbe.over` gives something for a grid of this size."""
    return -(-size // ROWS_PER_PIECE)


def plane_extent(points: np.ndarray) -> tuple[float, float, float, float]:
    """A square around points (n, 2) with a margin of a tenth: least x and y, largest x and y."""
    low, high = points.min(0).astype(float), points.max(0).astype(float)
    (x, y), half = (low + high) / 2, max(float((high - low).max()) / 2, 1e-6) * 1.1
    return (float(x - half), float(y - half), float(x + half), float(y + half))


def predicted(session: Evaluation, outputs: np.ndarray, at: int) -> np.ndarray:
    """Values (n,) as a `Boundary` has them for outputs (n, width), of the target in this place among those of
    the Output.
    """
    from nnstudio.explain.activations import decide

    if not session.data.classes:
        return outputs[:, at]
    chosen, share = (v.reshape(len(outputs), -1)[:, at] for v in decide(session, outputs))
    if len(session.data.classes) == 2:
        return np.where(chosen == 1, share, 1 - share)
    return chosen + share / 2
