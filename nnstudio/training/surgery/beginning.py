"""With what memory an optimizer begins on parameters that are new in a trained network.

Optimizers such as Adam divide each step by the usual size of a parameter's gradient, which they remember as a
mean of squares. A new parameter has no such memory. With zeros, Adam's first steps are several times the
learning rate, for all new parameters at once, and what was learned is gone within a few of them. So squares
are begun here from gradients that are measured on the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import Layout, ParameterSlot, Program
from nnkernels.spec import MAIN_GROUP, Optimizer, optimizers
from nnstudio.model.quantity import in_digits
from nnstudio.training.balance import groups_to_balance, order_of_epoch
from nnstudio.training.session import Session
from nnstudio.training.surgery.graft import Graft

# Batches whose gradients are measured, and operations that all of them may take: about a second.
MOST_BATCHES, FEWEST_BATCHES, MOST_OPERATIONS = 50, 4, 5e9
# With this share of the first epoch's loss, there is something to lose.
LEARNED = 0.5
# The loss rises where it is so many times that of the epoch before.
RISES = 2.0
# Of what a step of all old parameters does to the loss, one of all new ones does this share at first, or less
# the more was learned: that is to be kept. It grows as the optimizer forgets its first squares.
LEAST_SHARE, USUAL_SHARE = 0.03, 0.25
# A new layer whose steps do more than this share in the long run is told, for it makes the loss jump.
MOST_SHARE = 0.25
# Factors of a learning rate that are proposed.
WORTH_TELLING, LEAST_FACTOR = 0.75, 0.01


@dataclass(frozen=True)
class Pace:
    """A new layer whose steps will do much.

    Attributes:
        node: on the canvas.
        share: what a step of it does to the loss, over what one of all old layers together does.
        factor: of its learning rate, with which it does no more than `MOST_SHARE`.
    """

    node: str
    share: float
    factor: float


@dataclass(frozen=True)
class Rise:
    """A training loss that rises because new layers work otherwise while the network learns.

    Attributes:
        nodes: on the canvas; ``before``, ``after``: mean loss of the last epoch, and with the new layers.
        undoes: whether that is near the loss of the first epoch.
    """

    nodes: tuple[str, ...]
    before: float
    after: float
    undoes: bool


@dataclass(frozen=True)
class Beginning:
    """What is to be expected of new layers: whose steps will make the loss jump, and what rises at once."""

    fast: tuple[Pace, ...] = ()
    rise: Rise | None = None

    def told(self, names: Mapping[str, str]) -> str:
        """In sentences, "" where nothing is to be told; ``names`` of nodes by identifier."""
        sentences = []
        if self.rise is not None:
            before, after = (in_digits(value, 2) for value in (self.rise.before, self.rise.after))
            who = _named(self.rise.nodes, names)
            sentences.append(
                f"The training loss rises from {before} to about {after}: in training, {who} goes by chance "
                "or by the batch." + (" Training on may undo what was learned." if self.rise.undoes else "")
            )
        if self.fast:
            who, most = _named([pace.node for pace in self.fast], names), max(p.share for p in self.fast)
            sentences.append(
                f"{who} may learn too fast and undo what was learned: a step there changes the loss "
                f"{in_digits(most, 2)} times as much as in all old layers. A learning rate factor of "
                f"{self.factor:g} prevents that."
            )
        return " ".join(sentences)

    @property
    def is_risky(self) -> bool:
        """Whether training on may undo what was learned."""
        return bool(self.fast) or (self.rise is not None and self.rise.undoes)

    @property
    def factor(self) -> float:
        """Of the learning rate of all that would learn too fast; 1 where nothing would."""
        return min((pace.factor for pace in self.fast), default=1.0)


def _named(nodes: Sequence[str], names: Mapping[str, str]) -> str:
    return " and ".join(f"'{names.get(node, node)}'" for node in nodes)


@cache
def squares_of(optimizer: Optimizer) -> tuple[int, ...]:
    """The slots of an optimizer that hold squares of gradients, as its reference makes its first step.

    Those become four times as large where the gradient is turned round and doubled.
    """
    if not optimizer.slots:
        return ()
    ends = []
    for gradient in (1.0, -2.0):
        slots = [np.zeros(1) for _ in range(optimizer.slots)]
        try:
            optimizer.reference(optimizer.defaults(), 1, np.zeros(1), np.array([gradient]), slots)
        except NotImplementedError:
            # One of another package that is not documented by a reference.
            return ()
        ends.append(np.concatenate(slots))
    return tuple(np.flatnonzero((ends[0] > 0) & np.isclose(ends[1], 4 * ends[0], rtol=1e-6)).tolist())


def begin_moments(graft: Graft, session: Session, params: np.ndarray, course: Sequence[float]) -> Beginning:
    """Write the squares of new parameters into ``params``, parameters and slots (values,) float32 of the new
    layout; those of all others stay bit for bit. The session's program is run, and must be restored.

    ``course``: training losses of the epochs so far, as far as they can be compared.
    """
    fresh = graft.remembered(np.ones(graft.before.parameter_count, np.float32)) == 0
    if not any(fresh[start:end].any() for start, end in graft.now.spans()):
        return Beginning()
    measured = session.engine.read(lambda _program: list(_measured(session))) or []
    fast, share = list[Pace](), USUAL_SHARE
    # A loss that jumps at this very moment says little of what was learned.
    left = min(course) / course[0] if course and course[0] > 0 else 1.0
    if course:
        share = float(np.clip(left, LEAST_SHARE, 1))
    for optimizer, layout, squares, _loss in measured:
        learned, rates = np.zeros(len(fresh), bool), np.ones(len(fresh))
        for slot in layout.learning():
            here = slice(slot.offset, slot.offset + slot.size)
            learned[here], rates[here] = True, _factor(layout, slot)
        old = learned & ~fresh
        reach = _begin(optimizer, fresh & learned, old, squares, params, rates, share)
        fast += _fast(graft, layout, reach, old)
    if not course:
        return Beginning()
    rise = _rise(graft, course, [loss for *_others, loss in measured])
    return Beginning(tuple(fast) if left <= LEARNED else (), rise)


def _rise(graft: Graft, course: Sequence[float], losses: Sequence[float]) -> Rise | None:
    new = [n for n in graft.now.nodes.values() if graft.flows.is_new(n.id)]
    nodes = dict.fromkeys(outer_name(n.id) for n in new if n.layer.differs_in_training(n.options))
    # Losses of several optimizers are of different Outputs.
    if not nodes or len(losses) != 1 or losses[0] < RISES * course[-1]:
        return None
    return Rise(tuple(nodes), course[-1], losses[0], losses[0] > LEARNED * course[0])


def _factor(layout: Layout, slot: ParameterSlot) -> float:
    """Of the learning rate of an array's layer."""
    return float(layout.nodes[slot.node].options.get("learning_rate_factor", 1.0))


def _measured(session: Session) -> Iterator[tuple[Optimizer, Layout, np.ndarray, float]]:
    """Of each optimizer: its layers, the mean square (values,) float64 of each gradient over some batches,
    and the mean loss. Nothing moves: the learning rate is zero.
    """
    data, settings = session.data, session.settings
    groups = groups_to_balance(data, settings.balance)
    order = order_of_epoch(len(data.x_train), groups, [settings.seed, session.epoch])
    for group, program in _programs(session).items():
        own = settings.group(group)
        if optimizers[own.optimizer].searches:
            continue
        program.set_data(data.x_train, data.y_train, order)
        program.set_hyperparameters({**own.hyperparameters(), "learning_rate": 0.0})
        squares, count, loss = np.zeros(session.layout.parameter_count), 0, 0.0
        for _ in range(_batches(session, program.batch)):
            if program.finished:
                break
            before = program.visited
            rows = program.run(1, session.threads)
            squares += program.flat_gradient() ** 2
            count, loss = count + 1, loss + float(rows[0, 0]) / (program.visited - before)
        if count and np.isfinite(squares).all():
            yield optimizers[own.optimizer], program.layout, squares / count, loss / count


def _programs(session: Session) -> Mapping[str, Program]:
    program = session.program
    return program.programs if isinstance(program, TurnTaking) else {MAIN_GROUP: program}


def _batches(session: Session, batch: int) -> int:
    """How many batches are measured: by the size of the network, so that it is the same on any machine."""
    operations = 3 * batch * session.operations
    return int(np.clip(MOST_OPERATIONS // max(operations, 1), FEWEST_BATCHES, MOST_BATCHES))


def _begin(
    optimizer: Optimizer, new: np.ndarray, old: np.ndarray, squares: np.ndarray, params: np.ndarray,
    rates: np.ndarray, share: float,
) -> np.ndarray:  # fmt: skip
    """Write squares of new parameters, where the optimizer has any; what a step of each parameter does to the
    loss, float64, as if its memory were as long as that of the old ones.
    """
    count = len(squares)
    reach: np.ndarray = squares * rates
    for slot in squares_of(optimizer):
        held = params[(1 + slot) * count : (2 + slot) * count]
        # Another optimizer begins with this edit: alike for all.
        if not len(held):
            continue
        past, now = held[old].astype(np.float64), squares[old]
        # Larger gradients of the past are remembered, too; of Adagrad, all of them.
        begun = squares * (past.sum() / now.sum() if past.any() and now.any() else 1.0)
        sizes = np.sqrt(np.where(new, begun, held))
        reach = np.divide(squares * rates, sizes, out=np.zeros(count), where=sizes > 0)
        total = float(reach[old].sum())
        slower = max(1.0, float(reach[new].sum()) / (total * share)) if total > 0 else 1.0
        # Where no gradient flows yet, the size of one to come is unknown.
        held[new] = (np.maximum(begun, past.mean() if len(past) else 0.0) * slower**2)[new]
    return reach


def _fast(graft: Graft, layout: Layout, reach: np.ndarray, old: np.ndarray) -> Iterator[Pace]:
    """New layers that do more than their share."""
    total, shares, factors = float(reach[old].sum()), dict[str, float](), dict[str, float]()
    for slot in layout.learning():
        if graft.flows.is_new(slot.node) and total > 0:
            name = outer_name(slot.node)
            own = float(reach[slot.offset : slot.offset + slot.size].sum()) / total
            shares[name], factors[name] = shares.get(name, 0.0) + own, _factor(layout, slot)
    for name, share in shares.items():
        slower = MOST_SHARE / share if share > 0 else 1.0
        if slower < WORTH_TELLING:
            yield Pace(name, share, max(LEAST_FACTOR, float(f"{factors[name] * slower:.1g}")))
