"""Results by group equal a count by hand; what cannot be told is no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.groupings import Grouping
from nnstudio.explain.by_group import by_groups
from nnstudio.explain.results import ResultsProbe
from nnstudio.project import open_example
from nnstudio.training.session import Session

GROUPS = ("first", "second", "nobody")


def grouped(data: Dataset) -> tuple[Dataset, Grouping]:
    """The data with its samples parted, without regard to what they are."""
    parts = {part: (np.arange(len(data.part(part)[0])) % 5 % 2).astype(np.uint8) for part in Split}
    grouping = Grouping("side", GROUPS, parts)
    return replace(data, groupings=(grouping,)), grouping


def session_of(example: str) -> tuple[Session, Grouping]:
    project = open_example(example)
    data, grouping = grouped(project.load_data())
    session = Session(project.document.to_network(), data, project.document.settings)
    for _ in session.slices(3):
        pass
    return session, grouping


def test_of_classes_it_is_the_share_that_is_right():
    session, grouping = session_of("iris")
    x, y = session.data.part(Split.TEST)
    chosen = session.predict(x).argmax(1)
    right = {0: [], 1: []}
    for i, code in enumerate(grouping.parts[Split.TEST].tolist()):
        right[code].append(int(chosen[i]) == int(y[i, 0]))
    *_pieces, results = ResultsProbe(Split.TEST).run(session)
    (side,) = results.groups
    assert (side.column, side.groups) == ("side", GROUPS)
    assert side.counts.tolist() == [len(right[0]), len(right[1]), 0]
    shares = [sum(right[code]) / len(right[code]) for code in (0, 1)]
    assert side.values[:2] == pytest.approx(shares) and np.isnan(side.values[2])
    assert side.gap == pytest.approx(abs(shares[0] - shares[1]))


def test_of_numbers_it_is_the_mean_absolute_error_in_their_unit():
    session, grouping = session_of("celsius")
    part = session.data.watched
    x, y = session.data.part(part)
    scale, shift = np.asarray(session.data.y_scale).item(), np.asarray(session.data.y_shift).item()
    errors = np.abs(session.predict(x)[:, 0] * scale + shift - (y[:, 0] * scale + shift))
    *_pieces, results = ResultsProbe(part).run(session)
    for code in (0, 1):
        own = [e for e, c in zip(errors, grouping.parts[part], strict=True) if c == code]
        assert results.groups[0].values[code] == pytest.approx(sum(own) / len(own), rel=1e-4)


def test_a_group_with_a_score_that_is_no_number_has_none_and_one_group_has_no_gap():
    grouping = Grouping("side", GROUPS, {Split.TEST: np.array([0, 0, 1, 1], np.uint8)})
    scores = np.array([1.0, np.nan, 0.5, 0.0])
    (side,) = by_groups((grouping,), Split.TEST, np.arange(4), scores)
    assert np.isnan(side.values[0]) and side.values[1] == 0.25
    assert np.isnan(side.gap) and side.counts.tolist() == [2, 2, 0]


def test_several_labels_of_a_sample_all_count_for_its_group():
    grouping = Grouping("side", GROUPS, {Split.TEST: np.array([1, 0], np.uint8)})
    (side,) = by_groups((grouping,), Split.TEST, np.array([0, 0, 1]), np.array([1.0, 0.0, 1.0]))
    assert side.counts.tolist() == [1, 2, 0] and side.values[:2].tolist() == [1.0, 0.5]
