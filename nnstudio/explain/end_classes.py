"""Which classes the units at the end of a network tell of, and what an Output predicts over the plane."""

from __future__ import annotations

import numpy as np

from nnstudio.explain.activations import PROBABILITIES, scale_of
from nnstudio.explain.boundary import plane_extent, predicted
from nnstudio.explain.end_names import names_of_units
from nnstudio.training.by_output import at_output, compared_with_data
from nnstudio.training.evaluation import Evaluation

# Points to a side of what is predicted over the plane: finer than of a unit, for a boundary is a line.
FINE = 32


def classes_of_units(session: Evaluation, node: str) -> tuple[int, ...]:
    """The number of the class that each unit of an Output, or of what gives it probabilities, tells of; ()
    for other nodes. A single unit tells how likely the second of two classes is.
    """
    classes, names = session.data.classes, names_of_units(session, node)
    if not classes or not (_is_output(session, node) or scale_of(session, node) == PROBABILITIES):
        return ()
    if names == classes:
        return tuple(range(len(classes)))
    return (1,) if names == classes[1:] and len(classes) == 2 else ()


def predicted_over_plane(session: Evaluation, node: str) -> np.ndarray | None:
    """What an Output predicts over the plane, (FINE, FINE) with the top row first and values as a `Boundary`
    has them; None for other nodes, and where it is no class and no single number of samples on a plane.
    """
    if not session.data.is_plane or not _is_output(session, node):
        return None
    if session.data.classes:
        is_one = bool(classes_of_units(session, node))
    else:
        is_one = session.layout.nodes[node].shape == (1,)
    if not is_one:
        return None
    seen = at_output(session, node)
    points = plane_points(session.data.all_inputs(), FINE)
    return predicted(seen, seen.predict(points), 0).reshape(FINE, FINE)


def plane_points(x: np.ndarray, edge: int) -> np.ndarray:
    """``edge`` x ``edge`` points (n, 2) float32 over the plane that is shown of samples (n, 2), top row
    first: the same everywhere, so that pictures of it can be compared.
    """
    left, bottom, right, top = plane_extent(x)
    points = np.stack(np.meshgrid(np.linspace(left, right, edge), np.linspace(top, bottom, edge)), -1)
    return np.ascontiguousarray(points.reshape(-1, 2), np.float32)


def _is_output(session: Evaluation, node: str) -> bool:
    return any(target.node == node for target in compared_with_data(session.layout))
