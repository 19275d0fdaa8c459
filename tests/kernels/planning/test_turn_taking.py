"""Several losses and optimizer groups on one graph: against PyTorch, finite differences, and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.optimizer_groups import groups_of, of_group, turns_of
from nnkernels.planning.plan import build
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import Layout
from nnkernels.spec import NodeError, SpecError, optimizers

with np.load(Path(__file__).parents[2] / "golden" / "gan.npz") as file:
    GOLDEN = {name: file[name] for name in file.files}
BCE = "binary_cross_entropy"
OPTIONS = {
    "judge": ("adam", {"learning_rate": 0.02, "beta1": 0.5}),
    "generator": ("sgd", {"learning_rate": 0.3, "momentum": 0.5}),
}


def gan(**outputs: dict[str, Any]) -> NetworkSpec:
    """A generator of points from columns 3 to 5 and a judge of points, which stands there twice."""
    generator, judge = {"optimizer_group": "generator"}, {"optimizer_group": "judge"}
    ends: dict[str, dict[str, Any]] = {
        "real": {"trains": "judge"},
        "caught": {"target": "0", "trains": "judge"},
        "fooled": {"target": "1", "trains": "generator", "weight": 0.5},
    }
    nodes = [
        NodeSpec("points", "input", {"columns": "1-2"}),
        NodeSpec("noise", "input", {"columns": "3-5"}),
        NodeSpec("g1", "dense", {"units": 5, **generator}, ("noise",)),
        NodeSpec("gt", "tanh", {}, ("g1",)),
        NodeSpec("g2", "dense", {"units": 2, **generator}, ("gt",)),
        NodeSpec("j1", "dense", {"units": 6, **judge}, ("points",)),
        NodeSpec("jt", "tanh", {}, ("j1",)),
        NodeSpec("j2", "dense", {"units": 1, **judge}, ("jt",)),
        NodeSpec("k1", "dense", {"units": 6, "shares": "j1"}, ("g2",)),
        NodeSpec("kt", "tanh", {}, ("k1",)),
        NodeSpec("k2", "dense", {"units": 1, "shares": "j2"}, ("kt",)),
    ]
    for name, options in ends.items():
        source = "j2" if name == "real" else "k2"
        nodes.append(NodeSpec(name, "output", {"loss": BCE, **options, **outputs.get(name, {})}, (source,)))
    return NetworkSpec(tuple(nodes))


def layout_of(network: NetworkSpec) -> Layout:
    return Layout.of(network, (5,), BCE)


def in_file_order(layout: Layout) -> np.ndarray:
    """Where the golden parameters lie, in the order of the file: generator, then judge."""
    at = {(s.node, s.name): np.arange(s.offset, s.offset + s.size) for s in layout.parameters}
    names = [(node, name) for node in ("g1", "g2", "j1", "j2") for name in ("weight", "bias")]
    return np.concatenate([at[name] for name in names])


def taking_turns(layout: Layout, text: str = "judge 2, generator", batch: int = 8) -> TurnTaking:
    """A program for both groups, with the golden start."""
    params = np.zeros(layout.parameter_count * 3, np.float32)
    params[in_file_order(layout)] = GOLDEN["params"][0]
    programs = {
        group: build(of_group(layout, group), (5,), BCE, OPTIONS[group][0], batch, 1, params=params)
        for group in groups_of(layout)
    }
    complete = {group: optimizers[kind].complete(own) for group, (kind, own) in OPTIONS.items()}
    program = TurnTaking(layout, programs, turns_of(layout, text), complete)
    program.restart(1)
    x = np.ascontiguousarray(GOLDEN["x"], np.float32)
    program.set_data(x, np.ones((len(x), 1), np.float32), np.arange(len(x)))
    program.set_hyperparameters({})
    return program


def test_steps_of_a_gan_are_those_of_pytorch():
    layout = layout_of(gan())
    program, order = taking_turns(layout), in_file_order(layout)
    for step, losses in enumerate(GOLDEN["losses"]):
        program.run(1)
        np.testing.assert_allclose(program.losses[0] / 8, losses, rtol=1e-5)
        wanted = GOLDEN["params"][step + 1]
        np.testing.assert_allclose(program.params[order], wanted, rtol=1e-5, atol=1e-5)
    assert program.finished


def test_a_step_moves_the_layers_of_its_group_alone():
    layout = layout_of(gan())
    program = taking_turns(layout, "generator, judge")
    of = {s.offset: s.node[0] for s in layout.parameters}

    def moved() -> set[str]:
        before = program.params[: layout.parameter_count].copy()
        program.run(1)
        after = program.params[: layout.parameter_count]
        spans = [(s.offset, s.offset + s.size) for s in layout.parameters]
        return {of[a] for a, b in spans if (before[a:b] != after[a:b]).any()}

    assert moved() == {"g"} and moved() == {"j"}


@pytest.mark.parametrize("group", ["judge", "generator"])
def test_gradients_of_a_group_are_finite_differences_of_its_losses(group):
    part = of_group(layout_of(gan()), group)
    program = build(part, (5,), BCE, None, 8, 1, np.float64, gradients=True)
    rng = np.random.default_rng(3)
    start = rng.normal(size=part.parameter_count) * 0.5
    x, y = rng.normal(size=(8, 5)), np.ones((8, 1))

    def loss(params: np.ndarray) -> float:
        program.set_parameters(params)
        program.set_data(x, y, np.arange(8))
        return float(program.run(1)[0, 0]) / 8

    learning = np.concatenate([np.arange(a, b) for a, b in part.spans()])
    loss(start)
    gradient = program.flat_gradient()
    for at in learning:
        ends = np.repeat(start[None], 2, 0)
        ends[0, at] += 1e-5
        ends[1, at] -= 1e-5
        slope = (loss(ends[0]) - loss(ends[1])) / 2e-5
        assert gradient[at] == pytest.approx(slope, rel=1e-6, abs=1e-8)
    own = {s.node[0] for s in part.learning()}
    assert own == {group[0]} and len(learning) < part.parameter_count


def test_a_run_in_pieces_and_on_two_threads_has_the_same_bits():
    layout = layout_of(gan())
    whole = taking_turns(layout)
    whole.run(6)
    pieces = taking_turns(layout)
    pieces.run(1, threads=2)
    pieces.run(3, threads=2)
    params, steps, visited = pieces.params.copy(), pieces.steps, pieces.visited
    resumed = taking_turns(layout)
    resumed.params[:] = params
    resumed.resume(steps, visited)
    resumed.run(2)
    assert (whole.params == resumed.params).all() and resumed.steps == 6 and resumed.finished


def test_a_rewound_run_makes_the_same_steps_again():
    program = taking_turns(layout_of(gan()))
    program.run(2)
    before = program.checkpoint()
    first = (program.run(3), program.params.copy())
    program.rewind(before)
    again = (program.run(3), program.params.copy())
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_turns_name_groups_that_are_there():
    layout = layout_of(gan())
    assert turns_of(layout, "") == (("judge", 1), ("generator", 1))
    assert turns_of(layout, "judge 5, generator") == (("judge", 5), ("generator", 1))
    with pytest.raises(SpecError, match="'critic', but no layer that learns belongs to it"):
        turns_of(layout, "critic, judge, generator")
    with pytest.raises(SpecError, match="'generator' never takes a turn"):
        turns_of(layout, "judge")
    with pytest.raises(NodeError, match="It trains the optimizer group 'critic'"):
        turns_of(layout_of(gan(fooled={"trains": "critic"})), "")
    with pytest.raises(SpecError, match="No loss trains the optimizer group 'generator'"):
        turns_of(layout_of(gan(fooled={"trains": "judge"})), "")


def test_a_single_group_makes_all_steps_also_where_nothing_learns():
    nodes = (
        NodeSpec("in", "input"),
        NodeSpec("a", "dense", {"units": 1, "frozen": True}, ("in",)),
        NodeSpec("out", "output", {}, ("a",)),
    )
    for kept in (nodes, (nodes[0], NodeSpec("out", "output", {}, ("in",)))):
        layout = Layout.of(NetworkSpec(kept), (1,), "mse")
        assert turns_of(layout, "judge 2, generator") == (("main", 1),)


def test_an_output_with_a_constant_target_costs_what_data_of_it_would():
    nodes = gan().nodes
    constant = NetworkSpec((*nodes[:8], NodeSpec("o", "output", {"target": "0.9", "loss": BCE}, ("j2",))))
    of_data = NetworkSpec((*nodes[:8], NodeSpec("o", "output", {"loss": BCE}, ("j2",))))
    x, sums = np.ascontiguousarray(GOLDEN["x"], np.float32), []
    for network, target in ((constant, 0.0), (of_data, 0.9)):
        program = build(network, (5,), BCE, None, 8, 1)
        program.params[:] = np.linspace(-1, 1, len(program.params))
        program.set_data(x, np.full((len(x), 1), target, np.float32), np.arange(len(x)))
        sums.append(program.run(6))
    assert (sums[0] == sums[1]).all()


def test_a_loss_between_inner_nodes_pulls_them_together_with_its_weight():
    nodes = (
        NodeSpec("in", "input"),
        NodeSpec("a", "dense", {"units": 3}, ("in",)),
        NodeSpec("b", "dense", {"units": 3}, ("in",)),
        NodeSpec("end", "dense", {"units": 1}, ("b",)),
        NodeSpec("apart", "subtract", {}, ("a", "b")),
        NodeSpec("target", "output", {}, ("end",)),
        NodeSpec("alike", "output", {"target": "0", "weight": 0.25}, ("apart",)),
    )
    program = build(NetworkSpec(nodes), (4,), "mse", None, 6, 1, np.float64, gradients=True)
    rng = np.random.default_rng(5)
    start, x, y = rng.normal(size=len(program.params)), rng.normal(size=(6, 4)), rng.normal(size=(6, 1))

    def losses(params: np.ndarray) -> tuple[float, float]:
        """Those of both Outputs, with plain NumPy."""
        of = {
            (s.node, s.name): params[s.offset :][: s.size].reshape(s.shape) for s in program.layout.parameters
        }
        a, b = (x @ of[n, "weight"] + of[n, "bias"] for n in "ab")
        end = b @ of["end", "weight"] + of["end", "bias"]
        return float(((end - y) ** 2).mean()), float(((a - b) ** 2).mean())

    program.set_parameters(start)
    program.set_data(x, y, np.arange(6))
    total = program.run(1)[0, 0] / 6
    first, second = losses(start)
    assert program.losses[0] / 6 == pytest.approx([first, second])
    assert total == pytest.approx(first + 0.25 * second)
    gradient = program.flat_gradient()
    for at in range(len(start)):
        ends = np.repeat(start[None], 2, 0)
        ends[0, at] += 1e-6
        ends[1, at] -= 1e-6
        up, down = ((lambda p, q: p + 0.25 * q)(*losses(end)) for end in ends)
        assert gradient[at] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-7)
