"""The function that a layer applies to each number, with its derivative, and where a unit stands on it.

Values and derivatives are computed by the layer's own kernels, in a small network around the layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec, Resolved
from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import TRAINED_OPTIONS, Layer, Shape, size_of
from nnkernels.spec.terms import Index, Rule
from nnstudio.explain.activations import as_sample
from nnstudio.explain.end_names import Names, names_of_units
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import weights_of

# The curve reaches so far to both sides, or twice, four times .. as far until the unit's input is on it.
REACH, POINTS = 6.0, 241
# So near to a kink, as a share of the reach, its two sides are drawn.
BESIDE = 1e-6
# Categories whose layers turn numbers into as many others.
CATEGORIES = ("Activations", "Features")
# A target below every output: the mean absolute error then has a gradient of 1 by each of them.
LOWEST = -float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class NoFunction:
    """Neither the node nor one beside it works number by number; or it is no part of the network."""

    step: int
    node: str
    is_part: bool


@dataclass(frozen=True, eq=False)
class FunctionCurve:
    """What a layer makes of the number that enters one of its units.

    Attributes:
        node: the node that was asked for; ``shown``: the one whose function it is, beside it perhaps.
        sample: -1 for one that a person made.
        unit, units: the number of the output that is looked at (flat, from 0), and how many there are.
        position: the same as an index of the output.
        x, y, slope: float64 (n,). Of a curve: inputs in rising order, outputs, derivatives. Of a row of
            numbers that depend on each other, as those of a Softmax: what enters, what comes out, and the
            derivative of the unit's output by each of what enters.
        at: input, output and derivative of the unit, which may be no finite numbers.
        row_at: where in the row the unit is; None for a curve.
        is_stand_in: whether the derivative is one that only training uses, as the true one teaches nothing.
        names: of the numbers of a row, () where they have none.
    """

    step: int
    node: str
    shown: str
    sample: int
    unit: int
    units: int
    position: Index
    x: np.ndarray
    y: np.ndarray
    slope: np.ndarray
    at: tuple[float, float, float]
    row_at: int | None
    is_stand_in: bool
    names: Names


@dataclass(frozen=True)
class FunctionCurveProbe:
    """The function of ``node``, or of one right behind or before it where it has none, for a sample.

    ``own``: a sample that a person made, as the network gets it, flat; it takes the place of ``sample``.
    """

    node: str
    unit: int = 0
    sample: int = 0
    own: tuple[float, ...] | None = None

    def run(self, session: Evaluation) -> Iterator[FunctionCurve | NoFunction]:
        is_part = self.node in session.layout.nodes
        chosen = _with_function(session, self.node) if is_part else None
        if chosen is None:
            yield NoFunction(session.steps, self.node, is_part)
            return
        samples = session.samples()[0]
        index = self.sample % len(samples) if self.own is None else -1
        one = samples[index : index + 1] if self.own is None else as_sample(session, self.own)
        values = session.predict_all(one, [chosen.inputs[0], chosen.id])
        entering, leaving = values[chosen.inputs[0]][0], values[chosen.id][0]
        unit = min(self.unit, size_of(chosen.shape) - 1)
        position = tuple(int(i) for i in np.unravel_index(unit, chosen.shape))
        row = _row_of(chosen, position)
        names: Names = ()
        if len(row) == 1:
            x, y, slope, derivative = _curve(session, chosen, position, float(entering[position]))
        else:
            x, y, slope, derivative = _row(session, chosen, position, row, entering)
            names = names_of_units(session, chosen.id)
        yield FunctionCurve(
            session.steps, self.node, chosen.id, index, unit, size_of(chosen.shape), position,
            x, y, slope, (float(entering[position]), float(leaving[position]), derivative),
            row.index(position) if len(row) > 1 else None, chosen.layer.surrogate,
            names if len(names) == len(row) else (),
        )  # fmt: skip


# Inputs, outputs and derivatives, float64 (n,), and the derivative at the unit.
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def _with_function(session: Evaluation, name: str) -> Resolved | None:
    """The node itself, one that reads it, or one that it reads: the first that has a function to draw."""
    nodes = session.layout.nodes
    behind = [n for n in nodes.values() if name in n.inputs]
    before = [nodes[source] for source in nodes[name].inputs]
    return next((n for n in (nodes[name], *behind, *before) if _has_function(n)), None)


def _has_function(node: Resolved) -> bool:
    """Whether a layer makes each number of one, or of those that stand in a row with it."""
    layer = node.layer
    if layer.category not in CATEGORIES or node.input_shapes != (node.shape,):
        return False
    # One that draws at random in training would do so here; of one that does not say of what a number is
    # made, all numbers would have to be drawn.
    if layer.differs_in_training(node.options) or type(layer).terms is Layer.terms:
        return False
    terms = layer.terms(node.options, node.input_shapes, (0,) * len(node.shape))
    return terms is not None and terms.rule == Rule.FORMULA


def _row_of(node: Resolved, position: Index) -> list[Index]:
    """The numbers that a unit of such a layer is made of, in their order; its own alone, if no others."""
    terms = node.layer.terms(node.options, node.input_shapes, position)
    assert terms is not None
    return [term.index for term in terms.terms]


def _curve(session: Evaluation, node: Resolved, position: Index, x: float) -> Drawn:
    """The function over a range that holds the unit's input."""
    inputs = _range(x, node.layer.kinks)
    # The unit's own input comes along behind them, for its derivative.
    numbers = np.append(inputs, np.float32(x if np.isfinite(x) else 0.0))
    program = _around(session, node, position, (1,) * len(node.shape), len(numbers))
    y, slope = _gone_through(program, numbers, np.full(len(numbers), LOWEST, np.float32))
    slope[~np.isfinite(y)] = np.nan
    at = float(slope[-1]) if np.isfinite(x) else float("nan")
    return inputs.astype(np.float64), y[:-1], slope[:-1], at


def _range(x: float, kinks: tuple[float, ...]) -> np.ndarray:
    """Inputs in rising order, float32: evenly, and both sides of each kink, so that a jump is upright."""
    reach = REACH
    while np.isfinite(x) and reach < abs(x) < -LOWEST / 4:
        reach *= 2
    sharp = np.array([k for k in kinks if abs(k) < reach], np.float32)
    # Not the next number: beside 0, the engine takes that for 0.
    beside = np.float32(reach * BESIDE)
    even = np.linspace(-reach, reach, POINTS, dtype=np.float32)
    return np.unique(np.concatenate([even, sharp - beside, sharp, sharp + beside]))


def _row(
    session: Evaluation, node: Resolved, position: Index, row: list[Index], entering: np.ndarray
) -> Drawn:
    """All numbers that the unit's is made of, what they become, and its derivative by each."""
    program = _around(session, node, position, node.shape, 1)
    leaving, _ = _gone_through(program, entering, np.zeros(entering.size, np.float32))
    # The error is 0 but at the unit, and so is its gradient.
    targets = leaving.reshape(node.shape).astype(np.float32)
    targets[position] = LOWEST
    y, slope = (values.reshape(node.shape) for values in _gone_through(program, entering, targets))
    at = tuple(np.array(row).T)
    return entering[at].astype(np.float64), y[at], slope[at], float(slope[position])


def _around(session: Evaluation, node: Resolved, position: Index, shape: Shape, batch: int) -> Program:
    """A network of just this layer, for samples of this shape, that goes forth and back.

    Before the layer stands one that learns and changes nothing, or no gradient would come back through it.
    """
    learning = [option.name for option in TRAINED_OPTIONS]
    own = {name: value for name, value in node.options.items() if name not in learning}
    network = NetworkSpec(
        (
            NodeSpec("in", "input"),
            NodeSpec("same", "prelu", {"start": 1.0}, ("in",)),
            NodeSpec("it", node.layer.id, own, ("same",)),
            NodeSpec("flat", "flatten", {}, ("it",)),
            NodeSpec("out", "output", {}, ("flat",)),
        )
    )
    options = {"reduction": "sum"}
    width = size_of(shape)
    program = build(network, shape, "mae", None, batch, width, loss_options=options, gradients=True)
    values, learned = np.ones(program.layout.parameter_count), weights_of(session, node.id)
    for slot in program.layout.parameters:
        if slot.node == "it":
            array = learned[slot.name]
            # In a small network there is but the unit's own channel.
            mine = array if array.shape == slot.shape else array[..., position[-1]]
            values[slot.offset : slot.offset + slot.size] = mine.ravel()
    program.set_parameters(values)
    return program


def _gone_through(
    program: Program, numbers: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the layer makes of numbers, and the gradient of the absolute errors by them; both float64 (n,)."""
    batch = program.batch
    program.set_data(numbers.reshape(batch, -1), targets.reshape(batch, -1), np.arange(batch))
    program.run(1)
    gradient = program.output_gradient("same", batch)
    assert gradient is not None
    values = program.activation("it", batch).ravel().astype(np.float64)
    # The loss is the mean over the batch.
    return values, gradient.ravel().astype(np.float64) * batch
