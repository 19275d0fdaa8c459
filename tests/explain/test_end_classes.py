"""At the end of a network it is known which class a unit tells of, and what is predicted over the plane."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import dense, project

from nnstudio.explain.boundary import BoundaryProbe
from nnstudio.explain.end_classes import FINE, classes_of_units, predicted_over_plane
from nnstudio.explain.thumbnails import ThumbnailKind, ThumbnailsProbe
from nnstudio.model.document import DataReference
from nnstudio.project import open_example


@pytest.mark.parametrize(
    ("example", "node", "classes"),
    [
        ("iris", "softmax_1", (0, 1, 2)), ("iris", "output_1", (0, 1, 2)), ("iris", "dense_2", ()),
        ("spiral", "sigmoid_1", (1,)), ("spiral", "dense_3", ()), ("celsius", "output_1", ()),
    ],
)  # fmt: skip
def test_units_tell_of_classes_where_they_are_probabilities_or_what_an_output_gives(example, node, classes):
    assert classes_of_units(open_example(example).session(), node) == classes


def test_an_output_shows_what_the_decision_boundary_does():
    session = open_example("spiral").session()
    boundary = [b for b in BoundaryProbe(FINE).run(session) if b is not None][-1]
    (seen,) = ThumbnailsProbe(("sigmoid_1", "output_1")).run(session)
    shown = seen.thumbnails["output_1"]
    assert shown.kind == ThumbnailKind.PREDICTED and shown.left_out == ""
    # Pictures begin at the top.
    np.testing.assert_allclose(shown.predicted, boundary.values[::-1], rtol=1e-5)
    assert seen.thumbnails["sigmoid_1"].kind == ThumbnailKind.PLANE
    assert seen.class_names == session.data.classes


def test_a_probability_over_the_plane_is_shown_over_all_that_it_can_be():
    session = open_example("spiral").session()
    (seen,) = ThumbnailsProbe(("sigmoid_1",)).run(session)
    assert seen.thumbnails["sigmoid_1"].tiles.max() < 250, "before training, nothing is sure"


@pytest.mark.parametrize(("example", "node"), [("iris", "output_1"), ("spiral", "tanh_1")])
def test_elsewhere_nothing_is_predicted_over_a_plane(example, node):
    assert predicted_over_plane(open_example(example).session(), node) is None


def test_a_number_is_predicted_over_the_plane_too():
    session = project(DataReference("plane"), dense(4), "tanh", dense(1), loss="mse").session()
    boundary = [b for b in BoundaryProbe(FINE).run(session) if b is not None][-1]
    (seen,) = ThumbnailsProbe(("output_1", "dense_2")).run(session)
    np.testing.assert_allclose(seen.thumbnails["output_1"].predicted, boundary.values[::-1], rtol=1e-4)
    assert seen.thumbnails["output_1"].classes == () and seen.thumbnails["dense_2"].kind == "plane"
