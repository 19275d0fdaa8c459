"""Two trainings on one thread: each is as if it were alone, and neither runs ahead."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.explain.boundary import Boundary
from nnstudio.project import open_example
from nnstudio.side_by_side import Contestant, train_together
from nnstudio.training.current_run import CurrentRun
from nnstudio.training.curve import Curve

EPOCHS = 5


def contestant(name: str, example: str = "xor", **settings) -> Contestant:
    project = open_example(example)
    document = project.document
    for option, value in {"epochs": EPOCHS, **settings}.items():
        document.set_settings(document.settings.with_option(option, value))
    return Contestant(name, document.to_network(), document.settings, project.load_data)


def alone(one: Contestant, example: str = "xor") -> np.ndarray:
    project = open_example(example)
    project.document.set_settings(one.settings)
    session = project.session()
    for _done in session.slices():
        pass
    return session.history.column("loss")


def watched(both: list[Contestant]) -> tuple[list[Curve], list]:
    """The curves of all, and everything that was given."""
    curves, given = [Curve() for _ in both], []
    for standings in train_together(both, EPOCHS):
        given += [standings] if standings else []
        for curve, standing in zip(curves, standings or (), strict=False):
            curve.follow(standing.rows)
    return curves, given


def test_each_learns_as_if_it_were_alone_and_the_clocks_go_together():
    both = [contestant("first"), contestant("second", optimizer="hill_climber", batch_size=25)]
    curves, given = watched(both)
    for curve, one in zip(curves, both, strict=True):
        np.testing.assert_array_equal(curve.column("loss"), alone(one))
    assert max(abs(first.clock - second.clock) for first, second in given) <= 1
    assert [standing.clock for standing in given[-1]] == [EPOCHS, EPOCHS]
    assert len([1 for first, second in given if 0 < first.clock < EPOCHS > second.clock > 0]) > EPOCHS


def test_at_full_speed_nobody_waits_and_both_learn_the_same(monkeypatch):
    both = [contestant("first"), contestant("second", seed=2)]
    speeds = iter([True, False])
    waited = []
    monkeypatch.setattr(CurrentRun, "waits", lambda _self, _now: bool(waited.append(1)))
    curves = [Curve() for _ in both]
    for standings in train_together(both, EPOCHS, is_paced=lambda: next(speeds, False)):
        for curve, standing in zip(curves, standings, strict=False):
            curve.follow(standing.rows)
    assert len(waited) == 1, "it is asked before each slice, and may change on the way"
    for curve, one in zip(curves, both, strict=True):
        np.testing.assert_array_equal(curve.column("loss"), alone(one))


def test_both_are_drawn_at_the_start_and_at_the_end():
    _, given = watched([contestant("first"), contestant("second", seed=2)])
    pictures = [[s.picture for s in standings] for standings in given if standings[0].picture is not None]
    assert all(isinstance(picture, Boundary) for row in pictures for picture in row)
    assert [picture.step for picture in pictures[0]] == [0, 0]
    assert len({picture.step for picture in pictures[-1]}) == 1 and pictures[-1][0].step > EPOCHS
    assert not np.array_equal(pictures[-1][0].values, pictures[-1][1].values)


def test_one_that_diverges_ends_and_the_other_goes_on():
    both = [contestant("wild", "celsius", optimizer="sgd", learning_rate=1000.0), contestant("calm")]
    curves, given = watched(both)
    assert "diverged" in given[-1][0].message and not given[-1][1].message
    np.testing.assert_array_equal(curves[1].column("loss"), alone(both[1]))


def test_what_cannot_be_trained_is_named():
    def lost() -> Dataset:
        raise DataError("The file is gone.")

    one = contestant("first")
    other = Contestant("second", one.network, one.settings, lost)
    with pytest.raises(SpecError, match=r"^second: The file is gone\.$"):
        next(train_together([one, other], EPOCHS))
