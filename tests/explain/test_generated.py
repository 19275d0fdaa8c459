"""What a generator makes, how near that is, and where its loss would move it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.dataset import sources
from nnstudio.explain.generated import (
    GeneratedPicturesProbe,
    GeneratedPointsProbe,
    extent_around,
    generated,
    near_and_covered,
)
from nnstudio.project import Project, open_example
from nnstudio.training.generator import generator_of
from nnstudio.training.session import Session

START = Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns"


@pytest.fixture
def session() -> Session:
    session = Project.open(START).session()
    for _ in range(10):
        session.single_step()
    return session


def arrays_of(session: Session, part: str) -> list[np.ndarray]:
    """Weights and biases of a sub-network, in order, float64."""
    own = {
        name: values for name, values in session.arrays().items() if name.startswith((f"{part}/", f"{part}."))
    }
    return [values.astype(np.float64) for values in own.values()]


def judge(session: Session, x: np.ndarray) -> np.ndarray:
    """Logits of the judge for points (n, 2), with plain NumPy."""
    w1, b1, w2, b2, w3, b3 = arrays_of(session, "judge")
    for w, b in ((w1, b1), (w2, b2)):
        x = x @ w + b
        x = np.where(x > 0, x, 0.01 * x)
    return (x @ w3 + b3)[:, 0]


def test_the_generator_is_what_a_group_makes_of_noise(session):
    maker = generator_of(session.layout, session.data.input_shape)
    assert maker is not None and (maker.node, maker.group, maker.answer) == ("gen", "generator", "fooled")
    plain = open_example("spiral").session()
    assert generator_of(plain.layout, plain.data.input_shape) is None


def test_the_same_noise_gives_the_same_points_until_something_is_learned(session):
    maker = generator_of(session.layout, session.data.input_shape)
    first = generated(session, maker, 9)
    assert np.array_equal(first, generated(session, maker, 9)) and len(np.unique(first, axis=0)) == 9
    assert np.array_equal(first[:4], generated(session, maker, 4))
    session.single_step()
    session.single_step()
    assert not np.array_equal(first, generated(session, maker, 9))


def test_arrows_are_finite_differences_of_the_generators_loss(session):
    maker = generator_of(session.layout, session.data.input_shape)
    points = generated(session, maker, 6).astype(np.float64)
    gradient = session.loss_gradient(maker.node, maker.group, 6)

    def loss(x: np.ndarray) -> np.ndarray:
        return np.log1p(np.exp(-judge(session, x)))

    for axis in range(2):
        step = np.eye(2)[axis] * 1e-5
        slopes = (loss(points + step) - loss(points - step)) / 2e-5
        np.testing.assert_allclose(gradient[:, axis], slopes, rtol=1e-3, atol=1e-5)


def test_the_field_is_what_the_judge_says_of_points(session):
    *_pieces, result = GeneratedPointsProbe(5).run(session)
    assert result.step == session.steps and result.problem == ""
    left, bottom, right, top = result.field.extent
    grid = np.stack(np.meshgrid(np.linspace(left, right, 5), np.linspace(bottom, top, 5)), -1).reshape(-1, 2)
    wanted = 1 / (1 + np.exp(-judge(session, grid)))
    np.testing.assert_allclose(result.field.values.ravel(), wanted, rtol=1e-4)


def slow_shares(points: list, real: list) -> tuple[float, float]:
    """The same, point by point."""

    def radius(at: int, cloud: list) -> float:
        return sorted(float(np.hypot(*(cloud[at] - other))) for other in cloud)[3]

    def inside(point: np.ndarray, cloud: list) -> bool:
        return any(float(np.hypot(*(point - c))) <= radius(i, cloud) for i, c in enumerate(cloud))

    near = [inside(point, real) for point in points]
    covered = [inside(point, points) for point in real]
    return sum(near) / len(near), sum(covered) / len(covered)


def test_shares_are_those_of_neighbours_counted_one_by_one():
    rng = np.random.default_rng(1)
    real, points = rng.normal(size=(20, 2)), rng.normal(size=(15, 2)) * 0.5 + 0.6
    assert near_and_covered(points, real) == pytest.approx(slow_shares(list(points), list(real)))
    assert near_and_covered(real, real) == (1.0, 1.0)
    assert near_and_covered(real + 100, real) == (0.0, 0.0)
    one_spot = real[:1] + rng.normal(size=(20, 2)) * 1e-4
    near, covered = near_and_covered(one_spot, real)
    assert near == 1.0 and covered <= 0.1
    assert np.isnan(near_and_covered(points * np.nan, real)).all()


def test_a_network_that_generates_nothing_says_what_it_lacks():
    plain = open_example("spiral").session()
    (points,) = GeneratedPointsProbe().run(plain)
    (pictures,) = GeneratedPicturesProbe().run(plain)
    assert points.points is None and pictures.pictures is None
    assert "Noise" in points.problem and points.problem == pictures.problem


@pytest.mark.parametrize("shape", ["ring", "two moons", "spiral"])
def test_points_to_imitate_are_all_real_and_near_the_middle(shape):
    source = sources["imitation"]
    data = source.load(source.complete({"shape": shape, "noise": 0.0, "samples": 400}))
    x = data.all_inputs()
    assert data.classes == ("generated", "real") and (data.y_train == 1).all() and len(x) == 400
    assert 1.4 < np.abs(x).max() <= 2.1
    if shape == "ring":
        assert len(np.unique(x.round(3), axis=0)) == 8
        assert np.hypot(x[:, 0], x[:, 1]) == pytest.approx(1.8)
    if shape == "two moons":
        half = np.hypot(np.abs(x[:, 0] / 1.2 + 0.5 * np.sign(x[:, 1])), 0)
        assert half.max() <= 2.1
    if shape == "spiral":
        angle = np.arctan2(x[:, 1], x[:, 0]) % (2 * np.pi)
        turns = np.hypot(x[:, 0], x[:, 1]) / 1.9 * 3 * np.pi
        assert np.cos(turns - angle) == pytest.approx(1, abs=1e-4)


def test_digits_can_be_told_to_be_real():
    source = sources["mnist"]
    data = source.load(source.complete({"target": "real"}))
    assert data.classes == ("generated", "real") and data.target_width == 1
    assert all((data.part(split)[1] == 1).all() for split in data.parts)
    assert data.groupings[0].column == "digit" and len(data.groupings[0].parts["training"]) == len(
        data.x_train
    )


@pytest.mark.parametrize(
    ("far", "count", "shown"),
    [
        (0.5, 50, (0, 1, 4, 5)),
        # One in fifty may be left out; more of them are followed, in steps.
        (2.9, 1, (0, 1, 4, 5)),
        (2.9, 5, (-4, -3, 8, 9)),
        (1.4, 50, (-1, 0, 5, 6)),
        # No farther than three times what the data takes.
        (1e6, 50, (-4, -3, 8, 9)),
        (np.nan, 50, (0, 1, 4, 5)),
    ],
)
def test_the_picture_follows_points_that_leave_it(far, count, shown):
    points = np.tile([2.0, 3.0], (50, 1))
    points[:count, 0] += 2 * far
    assert extent_around((0, 1, 4, 5), points) == shown


def test_the_judges_opinion_is_asked_where_the_points_went(session, monkeypatch):
    usual = [part for part in GeneratedPointsProbe(8).run(session) if part is not None][-1]
    monkeypatch.setattr(
        "nnstudio.explain.generated.generated", lambda _s, _m, count: np.full((count, 2), 3.0)
    )
    far = [part for part in GeneratedPointsProbe(8).run(session) if part is not None][-1]
    (left, bottom, right, top), inner = far.field.extent, usual.field.extent
    assert left < inner[0] and top > inner[3] and right > 3.0
    grid = np.stack(np.meshgrid(np.linspace(left, right, 8), np.linspace(bottom, top, 8)), -1).reshape(-1, 2)
    assert far.field.values.ravel() == pytest.approx(1 / (1 + np.exp(-judge(session, grid))), abs=1e-5)
