"""The arithmetic of one step on one sample, an operation at a time: forward, loss, backward, update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum, auto

import numpy as np

from nnkernels.program import Program
from nnkernels.spec import Role, size_of
from nnkernels.spec.terms import Index
from nnstudio.explain.operations import Operations, Told
from nnstudio.training.evaluation import Evaluation

# Rows that are shown; what is left out is told as one sum.
MOST_ROWS = 100


class Operation(StrEnum):
    """What is computed in a step, in this order."""

    FORWARD = auto()
    LOSS = auto()
    BACKWARD = auto()
    UPDATE = auto()


@dataclass(frozen=True)
class Stage:
    """One operation of one node; the loss has none, or the Output that it is of where there are several."""

    kind: Operation
    node: str


@dataclass(frozen=True)
class Arithmetic:
    """One operation with its numbers.

    Attributes:
        stages, at: all operations in order, and which one this is.
        unit, units: the number of the output that is looked at (flat), and how many there are.
        index: the same as an index of the output.
    """

    step: int
    stages: tuple[Stage, ...]
    at: int
    sample: int
    unit: int
    units: int
    position: Index
    told: Told


@dataclass(frozen=True)
class ArithmeticProbe:
    """An operation of ``node`` (or the loss) for one number of its output and one sample.

    Where there is no such operation, the first one is told.
    """

    kind: Operation
    node: str
    unit: int = 0
    sample: int = 0

    def run(self, session: Evaluation) -> Iterator[Arithmetic]:
        x, y, _ = session.samples()
        index = self.sample % len(x)
        step = Operations(session, x[index : index + 1], y[index : index + 1])
        stages = stages_of(session, step.program)
        outputs = [stage.node for stage in stages if stage.kind == Operation.LOSS]
        is_other = self.kind == Operation.LOSS and self.node not in outputs
        wanted = Stage(self.kind, outputs[0] if is_other else self.node)
        at = stages.index(wanted) if wanted in stages else 0
        kind, name = stages[at].kind, stages[at].node
        node = session.layout.nodes[name or session.layout.logits]
        unit = min(self.unit, size_of(node.shape) - 1)
        position = tuple(int(i) for i in np.unravel_index(unit, node.shape))
        if kind != Operation.FORWARD:
            step.in_training()
        # Sums over what is no number are shown as they are.
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            told = _largest(getattr(step, kind)(node, position))
        yield Arithmetic(session.steps, stages, at, index, unit, size_of(node.shape), position, told)


def stages_of(session: Evaluation, program: Program) -> tuple[Stage, ...]:
    """All operations of a step, in the order in which they happen."""
    nodes = [n for n in session.layout.nodes.values() if n.layer.role != Role.INPUT]
    learning = {slot.node for slot in session.layout.parameters if slot.trained}
    stages = [Stage(Operation.FORWARD, n.id) for n in nodes]
    ends = [target.node for target in session.layout.targets]
    stages += [Stage(Operation.LOSS, end if len(ends) > 1 else "") for end in ends]
    back = [n for n in nodes if program.has_output_gradient(n.id)]
    stages += [Stage(Operation.BACKWARD, n.id) for n in reversed(back)]
    return (*stages, *(Stage(Operation.UPDATE, n.id) for n in back if n.id in learning))


def _largest(told: Told) -> Told:
    """With the rows whose last number is largest, in their own order."""
    if len(told.rows) <= MOST_ROWS:
        return told
    sizes = np.array([abs(row.numbers[-1] or 0.0) for row in told.rows])
    kept = np.sort(np.argsort(-np.nan_to_num(sizes, nan=np.inf), kind="stable")[:MOST_ROWS])
    rows = tuple(told.rows[i] for i in kept)
    return replace(told, rows=rows, left_out=len(told.rows) - MOST_ROWS)
