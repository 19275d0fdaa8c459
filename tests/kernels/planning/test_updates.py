"""Layers learn by a learning rate of their own, and all the same where none has one."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Layout, Program

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(12, 3)).astype(np.float32), RNG.normal(size=(12, 2)).astype(np.float32)
RATE = 0.25


def planned(optimizer: str, *factors: float, penalties=None) -> Program:
    """Three layers whose learning rates are multiplied by these factors, with the same weights each time."""
    names = ["in", *(f"d{i}" for i in range(len(factors)))]
    nodes = [
        NodeSpec(name, "dense", {"units": 2, "learning_rate_factor": factor}, (before,))
        for before, name, factor in zip(names, names[1:], factors, strict=False)
    ]
    network = NetworkSpec((NodeSpec("in", "input"), *nodes, NodeSpec("out", "output", {}, (names[-1],))))
    layout = Layout.of(network, (3,), "mse")
    program = build(layout, (3,), "mse", optimizer, 12, 2, penalties=penalties)
    layout.initial(1, program.params[: layout.parameter_count])
    program.set_data(X, Y, np.arange(12))
    program.set_hyperparameters(
        {"learning_rate": RATE, **({} if optimizer == "hill_climber" else {"m": 0.0})}
    )
    return program


def moved(program: Program) -> list[np.ndarray]:
    """How far the weights of each layer went in a step."""
    before = program.params.copy()
    program.run(1)
    apart = program.params - before
    return [
        apart[s.offset : s.offset + s.size].astype(np.float64)
        for s in program.layout.parameters
        if s.name == "weight"
    ]


@pytest.mark.parametrize("penalties", [None, {"clip_norm": 0.5, "l2": 0.1}])
def test_a_layer_goes_as_many_times_as_far_as_its_factor_says(penalties):
    plain, paced = (
        planned("sgd", 1, 1, 1, penalties=penalties),
        planned("sgd", 1, 0.5, 3, penalties=penalties),
    )
    for one, other, factor in zip(moved(plain), moved(paced), (1, 0.5, 3), strict=True):
        np.testing.assert_allclose(other, factor * one, rtol=1e-4, atol=1e-7)
    assert paced.rate == RATE, "the rate of the step is told as it is"


def test_a_factor_multiplies_what_a_schedule_says_of_each_step():
    plain, paced = planned("sgd", 1, 1), planned("sgd", 1, 0.5)
    for program in (plain, paced):
        program.set_hyperparameters({"learning_rate": RATE}, np.array([0.1]))
    for one, other, factor in zip(moved(plain), moved(paced), (1, 0.5), strict=True):
        np.testing.assert_allclose(other, factor * one, rtol=1e-4, atol=1e-7)


def test_factors_of_one_add_no_instruction():
    plain, paced = planned("sgd", 1, 1), planned("sgd", 1, 2)
    # A rate before each of the two, one update more, and the rate of the step again.
    assert len(paced.groups) == len(plain.groups) + 4
    # Those that learn alike are updated together, where they touch.
    assert len(planned("sgd", 2, 2).groups) == len(plain.groups) + 2


def test_a_search_tries_steps_of_the_layers_own_length():
    program = planned("hill_climber", 1, 0.5, 4)
    for apart, step in zip(moved(program), (RATE, RATE / 2, RATE * 4), strict=True):
        steps = np.unique(np.abs(apart[np.abs(apart) > 1e-6]))
        assert len(steps) and np.allclose(steps, step, rtol=1e-3)


def test_one_factor_of_a_sub_network_holds_for_all_that_is_in_it():
    inside = (
        NodeSpec("a", "input"), NodeSpec("d", "dense", {"units": 2, "learning_rate_factor": 0.5}, ("a",)),
        NodeSpec("e", "dense", {"units": 2}, ("d",)), NodeSpec("o", "output", {}, ("e",)),
    )  # fmt: skip
    nodes = (
        NodeSpec("in", "input"),
        NodeSpec("s", "subnetwork", {"network": "n", "learning_rate_factor": 4.0}, ("in",)),
        NodeSpec("out", "output", {}, ("s",)),
    )
    layout = Layout.of(NetworkSpec(nodes, {"n": inside}), (3,), "mse")
    factors = {name: layout.nodes[name].options["learning_rate_factor"] for name in ("s/d", "s")}
    assert factors == {"s/d": 2.0, "s": 4.0}
