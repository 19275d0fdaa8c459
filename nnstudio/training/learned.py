"""What a session learned, for another one whose network, data or settings were edited to go on from."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace

import numpy as np

from nnkernels.program import Layout
from nnkernels.spec import SpecError, losses
from nnstudio.data.dataset import Dataset
from nnstudio.data.mapped import pieces
from nnstudio.model.settings import EPOCHS, SEED, TrainingSettings
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.fixed import Fixed
from nnstudio.training.journal import Journal, StatisticsLog
from nnstudio.training.judged import JudgedFrom
from nnstudio.training.kept_steps import KeptSteps
from nnstudio.training.renaming import compares_the_same, computes_the_same, new_names, renamed
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.training.surgery.beginning import Beginning, begin_moments
from nnstudio.training.surgery.changes import (
    Change,
    Difference,
    What,
    changes,
    drops_nothing,
    joined_changes,
    joined_differences,
)
from nnstudio.training.surgery.flow import Picks
from nnstudio.training.surgery.graft import Graft
from nnstudio.training.surgery.statistics import begin_statistics


@dataclass(frozen=True)
class Carried:
    """What became of the weights after an edit.

    Attributes:
        goes_on: whether training goes on from where it stood; else it starts again.
        changes: what became of the layers whose weights are not all as they were.
        difference: how far apart predictions before and after are; None where that is not known, or where the
            network computes the same.
        is_same: whether the network computes the same, with the same weights.
        keeps_past: whether the steps that the timeline can go to came along; else it begins here.
        beginning: what is to be expected of new layers as training goes on.
        waits: whether a training that ran was paused for that.
    """

    goes_on: bool = True
    changes: tuple[Change, ...] = ()
    difference: Difference | None = None
    is_same: bool = True
    keeps_past: bool = True
    beginning: Beginning = field(default_factory=Beginning)
    waits: bool = False

    @property
    def lost(self) -> tuple[str, ...]:
        """Nodes on the canvas whose weights were learned and no longer fit; they are random again."""
        return tuple(change.node for change in self.changes if change.what == What.LOST)

    @property
    def keeps_function(self) -> bool:
        """Whether the network predicts as before."""
        return self.is_same or (self.difference is not None and self.difference.is_none)

    def joined(self, later: Carried) -> Carried:
        """What became of the weights after this edit and a later one, which are one step to a person."""
        if not (self.goes_on and later.goes_on) or later.is_same:
            return later
        return replace(
            later, changes=joined_changes(self.changes, later.changes),
            difference=joined_differences(self.difference, later.difference),
            keeps_past=self.keeps_past and later.keeps_past, waits=self.waits or later.waits,
        )  # fmt: skip


ALL_CARRIED = Carried()


@dataclass(frozen=True)
class Learned:
    """Parameters, curve and what they belong to: enough to go on with a network that was edited.

    Attributes:
        journal, statistics: of the run, or None where they were let go to save memory.
        began, judged: see `Session`; without ``judged``, what the state says of it.
    """

    layout: Layout
    state: TrainingState
    data: Dataset
    settings: TrainingSettings
    journal: Journal | None = None
    statistics: StatisticsLog | None = None
    began: int = 0
    judged: JudgedFrom | None = None

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
            session.began,
            session.judged.copy(),
        )

    def light(self) -> Learned:
        """Without the parameters along the way, to be kept for long."""
        return replace(self, state=replace(self.state, kept=None), journal=None, statistics=None)

    def is_as(self, other: Learned) -> bool:
        """Whether both stand at the same step of a run with the same parameters."""
        one, two = self.state, other.state
        return (one.run, one.step) == (two.run, two.step) and np.array_equal(one.params, two.params)

    def stands_with(self, other: Learned) -> bool:
        """Whether both stand at the same step of a run with the same trained values, whatever optimizer
        makes the next.
        """
        count = self.layout.parameter_count
        one, two = self.state, other.state
        is_at = (one.run, one.step) == (two.run, two.step)
        return is_at and np.array_equal(one.params[:count], two.params[:count])

    def learns_as(self, session: Session) -> bool:
        """Whether a session has this network, these samples and these settings, but for the learning rate and
        how many epochs: nothing lies between them.
        """
        if not is_same_network(self.layout, session.layout):
            return False
        before = renamed(self.layout, session.layout)
        is_seed = self.settings.seed == session.settings.seed
        return is_seed and self._has_goal_of(session, before) and self._makes_steps_of(session)

    def fits(self, layout: Layout) -> bool:
        """Whether a network has the very same parameters, be it under other names."""
        return _shapes(renamed(self.layout, layout)) == _shapes(layout)

    def teach(self, session: Session, picks: Picks | None = None) -> Carried:
        """Let a new session go on from here; see `Graft` for what becomes of each array.

        Where it gets nothing from here, the session is left at its own start. ``picks``: which old units the
        units of a layer are, where a person chose.
        """
        before, now = renamed(self.layout, session.layout), session.layout
        same = is_same_network(self.layout, now)
        columns = self.data.features, session.data.features
        graft = Graft(before, now, picks, columns, session.settings.seed)
        if now.parameters and not graft.keeps_any:
            return Carried(False, changes(graft), None, False)
        old_values, initial = self.state.params[: before.parameter_count], session.parameters.copy()
        session.parameters[:] = graft.values(old_values, initial)
        begin_statistics(graft, session)
        far = None if same else difference(self, session)
        stays = same or (far is not None and far.is_none)
        past = _lie_alike(graft) or (stays and drops_nothing(graft))
        carried = Carried(True, changes(graft), far, same, past)
        # What is new is the same at all steps of the past.
        beginning = self._restore(session, Move(graft, initial=session.parameters.copy()), carried)
        return replace(carried, beginning=beginning) if carried.keeps_function else carried

    def _restore(self, session: Session, move: Move, carried: Carried) -> Beginning:
        graft = move.graft
        has_goal = self._has_goal_of(session, graft.before)
        state = self._state_for(session, move, carried, has_goal)
        rows = state.history
        course = [row.loss for row in rows if row.steps > state.judged_from] if has_goal else []
        beginning = Beginning()
        # Where the machine has no room to measure, new parameters begin as they do in a new network.
        with contextlib.suppress(MemoryError):
            beginning = begin_moments(graft, session, state.params, course)
        if not (carried.keeps_function and has_goal):
            # The losses that were measured are of another network, or of other data.
            state = replace(state, is_altered=True)
        session.restore(state)
        if carried.is_same:
            session.began, session.judged = self.began, self._judged_for(session, has_goal)
        # Weights may have been set by hand before the first step.
        session.is_new = False
        if self.journal is None or not carried.keeps_past:
            session.restart_journal()
            return beginning
        assert self.statistics is not None
        # A curve of a layer goes on where the layer goes into a sub-network.
        session.statistics = self.statistics.renamed(new_names(self.layout, session.layout))
        if _lie_alike(graft):
            session.journal = self.journal.copy()
        else:
            past = map(move.values, self.journal.checkpoints)
            session.journal.take_up(KeptSteps(tuple(self.journal.steps), tuple(past)))
        return beginning

    def _state_for(self, session: Session, move: Move, carried: Carried, has_goal: bool) -> TrainingState:
        """This state with the parameters of the session's network."""
        state, settings, graft = self.state, session.settings, move.graft
        old = graft.before.parameter_count
        params = [session.parameters.copy()]
        # Moments of another optimizer mean something else.
        remembers = state.optimizer == session.optimizer_name
        if remembers:
            slots = range(old, len(state.params), max(old, 1))
            params += [graft.remembered(state.params[at : at + old]) for at in slots]
        same_order = has_goal and self.settings.seed == settings.seed
        best = None
        if state.best is not None and has_goal and carried.keeps_function and carried.keeps_past:
            best = replace(state.best, params=move.values(state.best.params))
        return replace(
            state, params=np.concatenate(params), optimizer=session.optimizer_name, best=best,
            optimizer_began=state.optimizer_began if remembers else state.step,
            # Else the samples of the running epoch are others, or what was summed means something else:
            # the epoch is begun anew, with the weights as they are.
            cursor=state.cursor if same_order else 0,
            partial=state.partial if same_order else (0.0, 0.0, 0.0),
            # What Outputs cost with other losses is no part of the same curve; with other data it goes on, as
            # that of all of them together does.
            outputs=state.outputs if self._has_losses_of(session, graft.before) else None,
            judged_from=self._judged_for(session, has_goal).step,
            # The way there is in the journal, if it still fits.
            kept=None,
            # What another network learns is another run's, also where it has the same parameters.
            run=state.run if carried.is_same else "",
        )  # fmt: skip

    def _has_goal_of(self, session: Session, before: Layout) -> bool:
        """Whether losses of both may be compared: the same data and the same loss."""
        return self._has_losses_of(session, before) and _same_samples(self.data, session.data)

    def _judged_for(self, session: Session, has_goal: bool) -> JudgedFrom:
        step = self.state.step
        if not (has_goal and self._makes_steps_of(session)):
            return JudgedFrom(step)
        judged = JudgedFrom(self.state.judged_from) if self.judged is None else self.judged.copy()
        judged.change(step, self.settings.hyperparameters(), session.hyperparameters)
        return judged

    def _makes_steps_of(self, session: Session) -> bool:
        """Whether both learn with the same settings, but for those that a running training takes."""
        one, other = (
            replace(
                s, optimizer_options={}, epochs=EPOCHS.default, seed=SEED.default,
                loss_options=losses[s.loss].complete(s.loss_options),
                extras={name: value for name, value in s.extras.items() if value},
            )
            for s in (self.settings, session.settings)
        )  # fmt: skip
        return one == other

    def _has_losses_of(self, session: Session, before: Layout) -> bool:
        """Whether both measure by the same losses, at the same Outputs."""
        one, other = (
            (s.loss, losses[s.loss].complete(s.loss_options)) for s in (self.settings, session.settings)
        )
        return one == other and compares_the_same(before, session.layout)


@dataclass(frozen=True)
class Move:
    """A graft and where its new arrays begin; ``initial`` (values,) float32 of the new layout."""

    graft: Graft
    initial: np.ndarray

    def values(self, old: np.ndarray) -> np.ndarray:
        """Parameters of the new network as those of the old one would be there."""
        return self.graft.values(old, self.initial)


def _lie_alike(graft: Graft) -> bool:
    """Whether every array lies where it lay."""
    return graft.before.parameters == graft.now.parameters


def difference(before: Learned, now: Evaluation) -> Difference | None:
    """How far apart the predictions of all Outputs are before and after an edit, on some of the samples that
    views look at; None where they have not the same shape, or there is no memory for both.
    """
    old, layout = before.layout, now.layout
    was = Fixed(old, before.data, before.settings, now.threads, before.state.params)
    if old.nodes.keys() & layout.nodes.keys() == set() or before.data.input_shape != now.data.input_shape:
        return None
    ends = [target.node for target in layout.targets]
    if any(end not in old.nodes or old.nodes[end].shape != layout.nodes[end].shape for end in ends):
        return None
    x = np.ascontiguousarray(now.samples()[0][:EVALUATION_BATCH])
    try:
        pairs = [(was.predict(x, end).astype(np.float64), now.predict(x, end)) for end in ends]
    except (SpecError, MemoryError):
        return None
    far = max(float(np.abs(a - b).max(initial=0)) for a, b in pairs)
    size = max(float(np.abs(a).max(initial=0)) for a, _ in pairs)
    return Difference(far, size, len(x), *_of_what(now))


def _of_what(now: Evaluation) -> tuple[str, float]:
    """What predictions are, in words, and how much of it is 1 of what the network gives."""
    data, layout = now.data, now.layout
    if data.classes:
        # As the last layer gives them: probabilities where it is the activation that the loss folds.
        is_final = layout.logits and layout.logits != layout.nodes[layout.output].inputs[0]
        return ("probabilities", 1.0) if is_final else ("output values of the network", 1.0)
    if data.target_width == 1 and np.size(data.y_scale) == 1:
        return f"'{data.targets[0]}'", float(np.ravel(data.y_scale)[0])
    return "output values of the network", 1.0


def is_same_network(before: Layout, now: Layout) -> bool:
    """Whether both compute the same with the same parameters, be it under other names."""
    return computes_the_same(before, now) and _shapes(renamed(before, now)) == _shapes(now)


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
