"""What a session learned, for another one whose network, data or settings were edited to go on from."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.program import Layout
from nnstudio.data.dataset import Dataset
from nnstudio.data.mapped import pieces
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.journal import MOST_BYTES, Journal, StatisticsLog
from nnstudio.training.renaming import computes_the_same, new_names, renamed
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState

# Networks of other shapes whose weights are kept for an undo.
MOST_SHAPES = 8
# Bytes of parameters along the way that are kept with what was put aside.
MOST_BYTES_ASIDE = 2 * MOST_BYTES


@dataclass(frozen=True)
class Carried:
    """What became of the weights after an edit.

    Attributes:
        goes_on: whether training goes on from where it stood; else it starts again.
        lost: nodes on the canvas whose weights were learned and no longer fit; they are random again.
    """

    goes_on: bool = True
    lost: tuple[str, ...] = ()


ALL_CARRIED = Carried()


@dataclass(frozen=True)
class Learned:
    """Parameters, curve and what they belong to: enough to go on with a network that was edited.

    Attributes:
        journal, statistics: of the run, or None where they were let go to save memory.
    """

    layout: Layout
    state: TrainingState
    data: Dataset
    settings: TrainingSettings
    journal: Journal | None = None
    statistics: StatisticsLog | None = None

    @staticmethod
    def of(session: Session) -> Learned | None:
        """A copy of what a session learned; None before its first step."""
        if session.is_new:
            return None
        return Learned(
            session.layout,
            session.state(),
            session.data,
            session.settings,
            session.journal,
            session.statistics,
        )

    def light(self) -> Learned:
        """Without the parameters along the way, to be kept for long."""
        return replace(self, state=replace(self.state, kept=None), journal=None, statistics=None)

    def fits(self, layout: Layout) -> bool:
        """Whether a network has the very same parameters, be it under other names."""
        return _shapes(renamed(self.layout, layout)) == _shapes(layout)

    def teach(self, session: Session) -> Carried:
        """Let a new session go on from here, as far as it fits.

        A node keeps its parameters where all of them have the shapes that they had; a node of another shape
        starts from its initial ones. Where no node keeps any, the session is left at its own start.
        """
        same = computes_the_same(self.layout, session.layout)
        layout, names, statistics = renamed(self.layout, session.layout), {}, self.statistics
        if statistics is not None and (names := new_names(self.layout, session.layout)):
            # A curve of a layer goes on where the layer goes into a sub-network.
            statistics = statistics.renamed(names)
        return replace(self, layout=layout, statistics=statistics)._teach(session, same)

    def _teach(self, session: Session, same: bool) -> Carried:
        before, now = _shapes(self.layout), _shapes(session.layout)
        kept = {node for node, shapes in now.items() if before.get(node) == shapes}
        lost = [outer_name(node) for node in now if node in before and node not in kept]
        carried = Carried(bool(kept) or not now, tuple(dict.fromkeys(lost)))
        if carried.goes_on:
            state = self._state_for(session, kept, complete=len(kept) == len(now))
            if not (same and self._has_goal_of(session)):
                # The losses that were measured are of another network, or of other data.
                state = replace(state, is_altered=True)
            session.restore(state)
            # Weights may have been set by hand before the first step.
            session.is_new = False
            if self.journal is not None and self.layout.parameters == session.layout.parameters:
                assert self.statistics is not None
                session.journal, session.statistics = self.journal, self.statistics
            else:
                session.restart_journal()
        return carried

    def _state_for(self, session: Session, kept: set[str], complete: bool) -> TrainingState:
        """This state with its parameters where another network has them."""
        state, settings = self.state, session.settings
        # Moments of an optimizer are corrected by its own count of steps, which is one for all parameters.
        remembers = complete and state.optimizer == settings.optimizer
        params = session.program.params.copy()
        if not remembers:
            params = params[: session.layout.parameter_count]
        self._move(state.params, session.layout, kept, params)
        same_goal = self._has_goal_of(session)
        same_order = same_goal and self.settings.seed == settings.seed
        best = None
        if state.best is not None and complete and same_goal:
            values = np.zeros(session.layout.parameter_count, np.float32)
            self._move(state.best.params, session.layout, kept, values)
            best = replace(state.best, params=values)
        return replace(
            state, params=params, optimizer=settings.optimizer, best=best,
            optimizer_began=state.optimizer_began if remembers else state.step,
            # Else the samples of the running epoch are others, or what was summed means something else:
            # the epoch is begun anew, with the weights as they are.
            cursor=state.cursor if same_order else 0,
            partial=state.partial if same_order else (0.0, 0.0, 0.0),
            # The way there is in the journal, if it still fits.
            kept=None,
            # Other parameters are another run's.
            run=state.run if self.fits(session.layout) else "",
        )  # fmt: skip

    def _has_goal_of(self, session: Session) -> bool:
        """Whether losses of both may be compared: the same data and the same loss."""
        one, other = self.settings, session.settings
        same_loss = (one.loss, one.loss_options) == (other.loss, other.loss_options)
        return (
            same_loss
            and self.layout.targets == session.layout.targets
            and _same_samples(self.data, session.data)
        )

    def _move(self, source: np.ndarray, layout: Layout, kept: set[str], target: np.ndarray) -> None:
        """Copy the kept nodes' values, and those of as many optimizer slots as both arrays have."""
        where = {(slot.node, slot.name): slot.offset for slot in self.layout.parameters}
        old, new = self.layout.parameter_count, layout.parameter_count
        blocks = min(len(source) // max(old, 1), len(target) // max(new, 1))
        for slot in layout.parameters:
            if slot.node in kept:
                at = where[slot.node, slot.name]
                for block in range(blocks):
                    values = source[block * old + at :][: slot.size]
                    target[block * new + slot.offset :][: slot.size] = values


def _shapes(layout: Layout) -> dict[str, dict[str, tuple[int, ...]]]:
    """Shapes of all parameters, by node and name."""
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    for slot in layout.parameters:
        shapes.setdefault(slot.node, {})[slot.name] = tuple(slot.shape)
    return shapes


def _same_samples(one: Dataset, other: Dataset) -> bool:
    """Whether both hold the same training samples, though they may have been read twice."""
    if one is other:
        return True
    return _same(one.x_train, other.x_train) and _same(one.y_train, other.y_train)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and all(np.array_equal(one[piece], other[piece]) for piece in pieces(one))


class Aside:
    """Where a run stood when it was put aside, to be brought back by an undo.

    The worker fills it in before it obeys any later order, so it may be handed on at once; who orders does
    not look inside. None: nothing was learned. ``goal``: the epochs at which it was to end, 0 for none.
    """

    learned: Learned | None = None
    goal: int = 0

    @property
    def bytes(self) -> int:
        """What is held, without the parameters along the way."""
        if self.learned is None:
            return 0
        state = self.learned.state
        return state.params.nbytes + (state.best.params.nbytes if state.best is not None else 0)


class Asides:
    """What was put aside, for as long as somebody holds it; only the newest keep the way there."""

    def __init__(self) -> None:
        self._held: list[weakref.ref[Aside]] = []

    def fill(self, aside: Aside, learned: Learned | None, goal: int) -> None:
        """Put this aside; older ones lose their parameters along the way where there is no room."""
        aside.learned, aside.goal = learned, goal
        self._held = [ref for ref in self._held if ref() not in (None, aside)] + [weakref.ref(aside)]
        room = MOST_BYTES_ASIDE
        for ref in reversed(self._held):
            held = ref()
            if held is None or held.learned is None or held.learned.journal is None:
                continue
            room -= held.learned.journal.bytes
            if room < 0:
                held.learned = held.learned.light()


class Shelf:
    """What was learned last, and what networks of other shapes learned: an undo brings it back.

    Attributes:
        latest: of the network that ran last, while there is none that runs.
        goal: the epochs at which its run was to end; 0 where none was begun.
    """

    def __init__(self) -> None:
        self.latest: Learned | None = None
        self.goal = 0
        self._others: list[Learned] = []

    def take(self, session: Session, goal: int) -> None:
        """Keep what a session learned, in the place of what the same parameters were before."""
        self.goal = goal
        self.latest = Learned.of(session)
        self._others = [other for other in self._others if not other.fits(session.layout)]
        if self.latest is not None:
            self._others = [*self._others, self.latest.light()][-MOST_SHAPES:]

    def begin(self, session: Session | None, goal: int, goes_on: bool, aside: Aside | None) -> Learned | None:
        """Another network comes, to go on from the session's or from what was put ``aside``; returns what ran
        until now.
        """
        if session is not None:
            self.take(session, goal)
        ran = self.latest
        if not goes_on:
            self.clear()
        if aside is not None:
            self.latest, self.goal = aside.learned, aside.goal
        return ran

    def now(self, session: Session | None, goal: int) -> tuple[Learned | None, int]:
        """What a session learned and the goal of its run; None: what ran last."""
        return (self.latest, self.goal) if session is None else (Learned.of(session), goal)

    def teach(self, session: Session, latest_only: bool) -> Carried:
        """Let a new session go on from the latest, or from what the same parameters were when they were last.

        ``latest_only``: from the latest even where it fits worse.
        """
        learned, self.latest = self.latest, None
        if not latest_only and (learned is None or not learned.fits(session.layout)):
            learned = next((other for other in self._others if other.fits(session.layout)), learned)
        return ALL_CARRIED if learned is None else learned.teach(session)

    def forget_latest(self) -> None:
        """Reset: what comes next starts anew."""
        if self.latest is not None:
            layout = self.latest.layout
            self._others = [other for other in self._others if not other.fits(layout)]
        self.latest, self.goal = None, 0

    def clear(self) -> None:
        """Another project."""
        self.latest, self.goal = None, 0
        self._others.clear()
