"""Which units of a layer do nothing, and what the loss becomes without some; changes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.program import Layout
from nnkernels.spec import SpecError
from nnstudio.data.dataset import Split
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.fixed import Fixed
from nnstudio.training.session import Session
from nnstudio.training.surgery.flow import Pick
from nnstudio.training.surgery.graft import Graft

# Without a unit that does nothing, no output changes by more than this, relative to the largest.
NOTHING = 1e-6
# Operations that all of it may take, about a second or two, and the fewest samples that are looked at.
MOST_OPERATIONS, FEWEST_SAMPLES = 1e10, 64


@dataclass(frozen=True)
class Units:
    """What each unit of a layer is worth.

    Attributes:
        node: the layer, by the name of the engine.
        order: units, the one that matters least first.
        idle: so many of the first in that order change nothing when they are gone, each by itself.
        samples, part: on so many samples of which part.
    """

    node: str
    order: tuple[int, ...]
    idle: int
    samples: int
    part: Split

    def kept(self, removed: int) -> tuple[int, ...]:
        """The units that stay, in their order, where so many go."""
        return tuple(sorted(self.order[removed:]))


@dataclass(frozen=True)
class Removal:
    """The mean loss with all units, and without some of them, on so many samples."""

    before: float
    after: float
    samples: int


class Pruning:
    """Tries a network without some units of a layer of its outermost canvas.

    Raises SpecError where it cannot do without any.
    """

    def __init__(self, session: Session, node: str, option: str) -> None:
        """``option`` says how many units the layer has."""
        self.session, self.node, self.option = session, node, option
        here = next(n for n in session.network.nodes if n.id == node)
        self.units = int(session.layout.nodes[node].options[option])
        self._spec = here
        if self.units < 2:
            raise SpecError("This layer has just one unit, and needs it.")
        self._tried: dict[int, Fixed] = {}

    def look(self) -> Units:
        """What each unit is worth by itself: what the outputs become without it."""
        x, _y, part = self._samples(self.units)
        outputs = self._given(self.session, x)
        size = max(1.0, float(np.abs(outputs).max(initial=0)))
        worth = []
        for unit in range(self.units):
            without = self._without([u for u in range(self.units) if u != unit])
            far = float(np.abs(self._given(without, x) - outputs).max(initial=0)) / size
            worth.append((far, unit))
        worth.sort()
        idle = sum(far <= NOTHING for far, _unit in worth)
        # One at least stays.
        return Units(self.node, tuple(unit for _far, unit in worth), min(idle, self.units - 1), len(x), part)

    def _given(self, network: Evaluation, x: np.ndarray) -> np.ndarray:
        """What all Outputs give, float64 (n, values)."""
        ends = [target.node for target in self.session.layout.targets]
        # A single one needs no room for the values of all nodes.
        given = network.predict_all(x, ends).values() if len(ends) > 1 else [network.predict(x)]
        return np.concatenate([v.reshape(len(x), -1) for v in given], 1).astype(np.float64)

    def remove(self, kept: Sequence[int]) -> Removal:
        """The losses with all units and with those only."""
        x, y, _part = self._samples(1)
        return Removal(self.session.evaluate(x, y)[0], self._without(kept).evaluate(x, y)[0], len(x))

    def _samples(self, times: int) -> tuple[np.ndarray, np.ndarray, Split]:
        x, y, part = self.session.samples()
        operations = self.session.operations * times
        most = int(np.clip(MOST_OPERATIONS // max(operations, 1), FEWEST_SAMPLES, EVALUATION_BATCH))
        return np.ascontiguousarray(x[:most]), np.ascontiguousarray(y[:most]), part

    def _without(self, kept: Sequence[int]) -> Fixed:
        """The network with these units only; one of each width is planned."""
        session, count = self.session, len(kept)
        if count not in self._tried:
            options = {**self._spec.options, self.option: count}
            nodes = tuple(
                replace(n, options=options) if n.id == self.node else n for n in session.network.nodes
            )
            network = NetworkSpec(nodes, session.network.subnetworks)
            try:
                layout = Layout.of(network, session.data.input_shape, session.settings.loss)
            except SpecError as error:
                raise SpecError(f"This layer cannot lose units, for then: {error}") from error
            ends = [[known.nodes[t.node].shape for t in known.targets] for known in (layout, session.layout)]
            if ends[0] != ends[1]:
                raise SpecError("This layer cannot lose units: its units are the outputs of the network.")
            nothing = np.zeros(layout.parameter_count, np.float32)
            tried = Fixed(layout, session.data, session.settings, session.threads, nothing)
            tried.flat[:] = Graft(session.layout, layout).values(session.parameters, nothing)
            self._tried[count] = tried
        tried = self._tried[count]
        # What is kept is the same whichever units go.
        picks = {self.node: Pick(tuple(kept))}
        Graft(session.layout, tried.layout, picks).fit(session.parameters, tried.flat)
        return tried
