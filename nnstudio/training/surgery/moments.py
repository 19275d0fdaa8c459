"""With what memory an optimizer begins on parameters that are new in a trained network.

Optimizers such as Adam divide each step by the usual size of a parameter's gradient, which they remember as a
mean of squares. A new parameter has no such memory. With zeros, Adam's first steps are several times the
learning rate, for all new parameters at once, and what was learned is gone within a few of them. So squares
are begun here from gradients that are measured on the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import Layout, Program
from nnkernels.spec import MAIN_GROUP, Optimizer, optimizers
from nnstudio.training.balance import groups_to_balance, order_of_epoch
from nnstudio.training.session import Session
from nnstudio.training.surgery.graft import Graft

# Batches whose gradients are measured, and operations that all of them may take: about a second.
MOST_BATCHES, FEWEST_BATCHES, MOST_OPERATIONS = 50, 4, 5e9
# Of what a step of all old parameters does, one of all new ones does this share at first; it grows as the
# optimizer forgets its first squares.
FIRST_SHARE = 0.03
# A new layer whose steps do more than this share in the long run is told, for it makes the loss jump.
MOST_SHARE = 0.25
# No smaller factor of a learning rate is proposed.
LEAST_FACTOR = 0.01


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
class Beginning:
    """What was measured where new parameters begin.

    Attributes:
        loss: mean training loss, as layers behave in training; None where nothing was measured.
        fast: new layers that will make the loss jump.
    """

    loss: float | None = None
    fast: tuple[Pace, ...] = ()


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
        optimizer.reference(optimizer.defaults(), 1, np.zeros(1), np.array([gradient]), slots)
        ends.append(np.concatenate(slots))
    return tuple(np.flatnonzero((ends[0] > 0) & np.isclose(ends[1], 4 * ends[0], rtol=1e-6)).tolist())


def begin_moments(graft: Graft, session: Session, params: np.ndarray) -> Beginning:
    """Write the squares of new parameters into ``params``, parameters and slots (values,) float32 of the new
    layout; those of all others stay bit for bit. The session's program is run, and must be restored.
    """
    fresh = graft.remembered(np.ones(graft.before.parameter_count, np.float32)) == 0
    if not any(fresh[start:end].any() for start, end in graft.now.spans()):
        return Beginning()
    measured = session.engine.read(lambda _program: list(_measured(session)))
    losses, fast = [], list[Pace]()
    for optimizer, layout, squares, loss in measured or ():
        losses.append(loss)
        learned = np.zeros(len(fresh), bool)
        for start, end in layout.spans():
            learned[start:end] = True
        reach = _begin(optimizer, fresh & learned, learned & ~fresh, squares, params)
        fast += _fast(graft, layout, reach, learned & ~fresh)
    return Beginning(float(np.mean(losses)) if losses else None, tuple(fast))


def _measured(session: Session) -> Iterator[tuple[Optimizer, Layout, np.ndarray, float]]:
    """Of each optimizer: its layers, the mean square (values,) float64 of each gradient over some batches, and
    the mean loss. Nothing moves: the learning rate is zero.
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
    nodes = session.layout.nodes.values()
    operations = 3 * batch * sum(n.layer.flops(n.options, n.input_shapes) for n in nodes)
    return int(np.clip(MOST_OPERATIONS // max(operations, 1), FEWEST_BATCHES, MOST_BATCHES))


def _begin(
    optimizer: Optimizer, new: np.ndarray, old: np.ndarray, squares: np.ndarray, params: np.ndarray
) -> np.ndarray:
    """Write squares of new parameters, where the optimizer has any; what a step of each parameter does to the
    loss, float64, as if its memory were as long as that of the old ones.
    """
    count, sizes = len(squares), np.ones(len(squares))
    for slot in squares_of(optimizer):
        held = params[(1 + slot) * count : (2 + slot) * count]
        if not len(held):
            break
        past, now = held[old].astype(np.float64), squares[old]
        # Larger gradients of the past are remembered, too; of Adagrad, all of them.
        length = past.sum() / now.sum() if past.any() and now.any() else 1.0
        begun = squares * length
        sizes = np.sqrt(np.where(new, begun, held))
        typical = past.mean() if past.any() else 0.0
        begun = np.maximum(begun, typical)
        _, share = _reach(squares, sizes, new, old)
        held[new] = (begun * max(1.0, share / FIRST_SHARE) ** 2)[new]
    return _reach(squares, sizes, new, old)[0]


def _reach(
    squares: np.ndarray, sizes: np.ndarray, new: np.ndarray, old: np.ndarray
) -> tuple[np.ndarray, float]:
    """What a step of each parameter does to the loss, and the share of the new ones over the old ones."""
    reach = np.divide(squares, sizes, out=np.zeros(len(squares)), where=sizes > 0)
    total = float(reach[old].sum())
    return reach, float(reach[new].sum()) / total if total > 0 else 0.0


def _fast(graft: Graft, layout: Layout, reach: np.ndarray, old: np.ndarray) -> Iterator[Pace]:
    """New layers that do more than their share."""
    total, shares = float(reach[old].sum()), dict[str, float]()
    for slot in layout.learning():
        if graft.flows.is_new(slot.node) and total > 0:
            name = outer_name(slot.node)
            own = float(reach[slot.offset : slot.offset + slot.size].sum()) / total
            shares[name] = shares.get(name, 0.0) + own
    for name, share in shares.items():
        if share > MOST_SHARE:
            yield Pace(name, share, max(LEAST_FACTOR, float(f"{MOST_SHARE / share:.1g}")))
