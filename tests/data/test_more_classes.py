"""Clouds, spirals, rings and boards of more than two classes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load

ALL = {"test_ratio": 0.0, "validation_ratio": 0.0}


def by_class(kind: str, classes: int, **options) -> list[np.ndarray]:
    data = load(kind, {**ALL, "classes": classes, **options})
    assert len(data.classes) == classes
    return [data.x_train[data.y_train[:, 0] == label] for label in range(classes)]


@pytest.mark.parametrize("classes", [2, 3, 7, 10])
def test_arms_of_a_spiral_are_one_arm_turned(classes):
    first, *others = by_class("spiral", classes, samples=20 * classes)

    def along(arm: np.ndarray) -> np.ndarray:
        return arm[np.linalg.norm(arm, axis=1).argsort()]

    for label, arm in enumerate(others, 1):
        turn = -2 * np.pi * label / classes
        turned = along(first) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        np.testing.assert_allclose(along(arm), turned, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_clouds_stand_evenly_on_a_circle(classes):
    centres = np.array([cloud.mean(0) for cloud in by_class("gaussian", classes, samples=4000 * classes)])
    np.testing.assert_allclose(centres[0], [-2, -2], atol=0.06)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), np.sqrt(8), atol=0.06)
    steps = np.linalg.norm(centres - np.roll(centres, 1, 0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), atol=0.12)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_rings_lie_around_each_other_with_a_gap(classes):
    radii = [np.linalg.norm(ring, axis=1) for ring in by_class("circle", classes, samples=200 * classes)]
    for outer, inner in pairwise(radii):
        assert outer.min() - inner.max() > 1.9 / classes
    assert radii[0].max() <= 5 + 1e-6 and radii[-1].min() < 1 / classes, "the last one is a disc"


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_each_row_and_column_of_a_board_has_every_class_once(classes):
    fields = []
    for points in by_class("xor", classes, samples=300 * classes):
        assert np.abs(points).max() <= 5
        # Nothing lies on the lines between the fields.
        inner = np.linspace(-5, 5, classes + 1)[1:-1]
        assert np.abs(points[:, :, None] - inner).min() > 0.29
        fields.append({tuple(field) for field in np.digitize(points, inner).tolist()})
    assert sum(map(len, fields)) == classes**2
    for own in fields:
        rows, columns = zip(*own, strict=True)
        assert sorted(rows) == sorted(columns) == list(range(classes))


def test_classes_share_the_points_and_need_one_each():
    assert [len(part) for part in by_class("spiral", 3, samples=8)] == [2, 3, 3]
    with pytest.raises(DataError, match="5 points are too few for 6 classes"):
        load("gaussian", {"samples": 5, "classes": 6})
