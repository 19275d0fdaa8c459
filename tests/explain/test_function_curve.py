"""The curve of a layer, its derivative and a unit on both, against NumPy and finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.explain.function_curve import CATEGORIES, FunctionCurve, FunctionCurveProbe, NoFunction
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


NORMAL = np.vectorize(lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))))
# With the usual options of each layer.
FORMULAS = {
    "relu": lambda x: np.where(x > 0, x, 0),
    "sigmoid": sigmoid,
    "tanh": lambda x: 2 * sigmoid(2 * x) - 1,
    "leaky_relu": lambda x: np.where(x > 0, x, x / 100),
    "prelu": lambda x: np.where(x > 0, x, x / 4),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: np.where(x > 0, 1.05070098 * x, 1.05070098 * 1.67326324 * (np.exp(x) - 1)),
    "gelu": lambda x: x * NORMAL(x),
    "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "clamp": lambda x: np.where(x > 1, 1, np.where(x < -1, -1, x)),
    "square": lambda x: x**2,
    "sine": np.sin,
    "function": np.exp,
}


def session_of(kind: str, options: dict | None = None, units: int = 3) -> Session:
    """Input, Dense, the layer, Dense, Output; with weights that bring numbers on both sides of 0."""
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("a", "dense", {"units": units}, ("i",)),
        NodeSpec("f", kind, options or {}, ("a",)),
        NodeSpec("b", "dense", {"units": 1}, ("f",)),
        NodeSpec("o", "output", {}, ("b",)),
    )
    x = np.random.default_rng(4).normal(size=(9, 2)).astype(np.float32)
    data = Dataset("d", x, x[:, :1], x[:0], x[:0, :1])
    return Session(NetworkSpec(nodes), data, TrainingSettings(loss="mse"))


def seen_of(session: Session, node: str = "f", **which) -> FunctionCurve:
    (seen,) = FunctionCurveProbe(node, **which).run(session)
    assert isinstance(seen, FunctionCurve)
    return seen


def entering(session: Session, sample: int) -> np.ndarray:
    """What enters the layer, worked out from the weights (units,)."""
    weights = {name: v.astype(np.float64) for name, v in session.arrays().items()}
    return session.data.x_train[sample] @ weights["a.weight"] + weights["a.bias"]


def draws_a_curve(kind: str) -> bool:
    layer = layers[kind]
    return layer.category in CATEGORIES and layer.shape(layer.defaults(), [(3,)]) == (3,)


def test_every_activation_of_the_registry_that_works_number_by_number_has_a_formula_here():
    ours = {layer.id for layer in layers if type(layer).__module__.startswith("nnkernels.")}
    drawn = {kind for kind in ours if draws_a_curve(kind)}
    # Products multiplies numbers of one sample with each other.
    assert drawn - {"softmax", "log_softmax", "products"} == FORMULAS.keys()


@pytest.mark.parametrize("kind", FORMULAS)
def test_value_and_derivative_are_those_of_the_formula(kind):
    session, formula = session_of(kind), FORMULAS[kind]
    seen = seen_of(session, unit=2, sample=5)
    assert (seen.unit, seen.units, seen.sample, seen.row_at) == (2, 3, 5, None)
    assert seen.x[0] == -6 and seen.x[-1] == 6 and np.all(np.diff(seen.x) > 0)
    np.testing.assert_allclose(seen.y, formula(seen.x), rtol=1e-5, atol=1e-6)
    x, y, slope = seen.at
    assert x == pytest.approx(entering(session, 5)[2], abs=1e-5)
    assert y == pytest.approx(float(formula(np.array(x))), rel=1e-5, abs=1e-6)
    assert slope == pytest.approx(np.interp(x, seen.x, seen.slope), abs=0.03)
    assert seen.is_stand_in == (kind == "step")
    if kind != "step":
        # Between kinks: there the slopes on both sides differ.
        away = np.min(np.abs(seen.x[:, None] - [*layers[kind].kinks, 99]), 1) > 1e-3
        differences = (formula(seen.x + 1e-5) - formula(seen.x - 1e-5)) / 2e-5
        np.testing.assert_allclose(seen.slope[away], differences[away], rtol=1e-4, atol=1e-5)


def test_a_jump_is_upright_and_the_stand_in_of_step_is_a_triangle():
    seen = seen_of(session_of("step"))
    jump = np.flatnonzero(np.diff(seen.y))
    assert len(jump) == 1 and seen.x[jump + 1] - seen.x[jump] < 1e-4
    np.testing.assert_allclose(seen.slope, np.maximum(0, 1 - np.abs(seen.x)), atol=1e-6)


def test_options_and_what_was_learned_count():
    seen = seen_of(session_of("leaky_relu", {"negative_slope": 0.5}))
    np.testing.assert_allclose(seen.y, np.where(seen.x < 0, seen.x / 2, seen.x), atol=1e-6)
    session = session_of("prelu", {"per_channel": True})
    slot = next(s for s in session.layout.parameters if s.node == "f")
    session.parameters[slot.offset : slot.offset + 3] = 0.1, 0.3, -2.0
    for unit, slope in enumerate((0.1, 0.3, -2.0)):
        seen = seen_of(session, unit=unit)
        assert seen.slope[0] == pytest.approx(slope) and seen.y[0] == pytest.approx(-6 * slope)


@pytest.mark.parametrize("kind", ["softmax", "log_softmax"])
def test_a_softmax_is_a_row_with_the_derivatives_of_one_of_its_outputs(kind):
    def formula(scores: np.ndarray) -> np.ndarray:
        shares = np.exp(scores) / np.exp(scores).sum()
        return shares if kind == "softmax" else np.log(shares)

    session = session_of(kind, units=4)
    seen, scores = seen_of(session, unit=1, sample=3), entering(session, 3)
    assert seen.row_at == 1
    np.testing.assert_allclose(seen.x, scores, atol=1e-5)
    np.testing.assert_allclose(seen.y, formula(scores), rtol=1e-5)
    nudges = np.eye(4) * 1e-5
    wanted = [(formula(scores + n)[1] - formula(scores - n)[1]) / 2e-5 for n in nudges]
    np.testing.assert_allclose(seen.slope, wanted, rtol=1e-4, atol=1e-7)
    assert seen.at == pytest.approx((scores[1], formula(scores)[1], wanted[1]), rel=1e-4)


@pytest.mark.parametrize("axis", ["last", "1"])
def test_a_softmax_of_a_single_number_is_a_flat_line(axis):
    seen = seen_of(session_of("softmax", {"axis": axis}, units=1))
    assert seen.row_at is None and set(seen.y) == {1.0} and set(seen.slope) == {0.0}


def test_far_away_the_range_grows_until_the_unit_is_on_it():
    session = session_of("tanh")
    session.parameters[:] = 50.0
    seen = seen_of(session, own=(3.0, 1.0))
    assert seen.at == pytest.approx((250, 1, 0), abs=1e-5) and seen.sample == -1
    assert seen.x[-1] == 384


def test_a_unit_moves_on_its_curve_as_the_network_learns():
    session = session_of("sigmoid")
    before = seen_of(session)
    session.single_step()
    after = seen_of(session)
    assert (before.step, after.step) == (0, 1) and before.at != after.at
    x = float(entering(session, 0)[0])
    assert after.at == pytest.approx((x, sigmoid(x), sigmoid(x) * (1 - sigmoid(x))), abs=1e-5)


def test_a_unit_that_is_no_number_has_a_curve_and_no_derivative():
    session = session_of("sigmoid")
    session.parameters[:] = np.nan
    seen = seen_of(session)
    assert np.isnan(seen.at).all() and np.isfinite(seen.y).all() and np.isfinite(seen.slope).all()


@pytest.mark.parametrize("node, shown", [("a", "f"), ("f", "f"), ("b", "f"), ("i", None), ("o", None)])
def test_beside_an_activation_that_one_is_shown(node, shown):
    (seen,) = FunctionCurveProbe(node).run(session_of("tanh"))
    assert seen == NoFunction(0, node, is_part=True) if shown is None else seen.shown == shown


def test_a_node_that_is_no_part_of_the_network_has_none():
    (seen,) = FunctionCurveProbe("gone").run(session_of("tanh"))
    assert seen == NoFunction(0, "gone", is_part=False)
