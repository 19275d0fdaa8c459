"""A network as it was at the steps of its training that are kept, one after the other: what moved is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nnstudio.data.dataset import DataError
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.probing import Probe
from nnstudio.training.underway import Underway, share_of

# So many steps are looked at, at the most, evenly spaced; the last is the network as it is.
MOST_STEPS = 60
TOO_FEW = (
    "This project holds no steps along the way of its training, so there is nothing that moves. Train it, or "
    "choose a file that ends in .png or .csv."
)


def over_steps(session: Evaluation, probe: Callable[[Evaluation], Probe]) -> Iterator[Any]:
    """What a probe gives at its end at each kept step, the earliest first; `Underway` between them.

    Raises DataError where fewer than two steps are kept.
    """
    steps, history = list(session.checkpoint_steps), session.parameter_history
    if len(steps) < 2:
        raise DataError(TOO_FEW)
    stride = -(-len(steps) // MOST_STEPS)
    # Counted from the last one, which must not be left out.
    chosen = range(len(steps) - 1, -1, -stride)[::-1]
    then = Past(session)
    for done, at in enumerate(chosen):
        then.go(steps[: at + 1], history[: at + 1])
        last = None
        for piece in probe(then).run(then):
            share = share_of(piece)
            yield Underway((done + (share or 0.0)) / len(chosen))
            last = piece
        yield last
