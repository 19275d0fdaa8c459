"""A learner without a window, who does what a lesson says: proves that it can be done, and done wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_never

import numpy as np
from msgspec import structs

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, Dataset, sources
from nnstudio.data.known_kernels import can_hold_known, known_kernel
from nnstudio.explain.filtering import known_values
from nnstudio.lessons import actions as act
from nnstudio.lessons.condition import YES, Verdict, WorkCondition
from nnstudio.lessons.conditions import Answered, AnyCondition, Began, CurveEnds, Trained
from nnstudio.lessons.conditions import Diverged as HasDiverged
from nnstudio.lessons.lesson import Fault, LessonFolder, Step, StepPart
from nnstudio.lessons.memory import Memory
from nnstudio.lessons.panels import target_parts
from nnstudio.lessons.seen_conditions import InView
from nnstudio.lessons.showing import Showing
from nnstudio.lessons.unknown import meant, no_such
from nnstudio.lessons.work import Network, NotThere, Work, position
from nnstudio.model import commands, projectfile
from nnstudio.model.document import DataReference
from nnstudio.model.graph import LinkError, Node
from nnstudio.model.insertion import insertion
from nnstudio.model.locations import engine_names
from nnstudio.model.titles import titled
from nnstudio.project import Project
from nnstudio.training.learned import Learned
from nnstudio.training.session import Diverged, Session
from nnstudio.training.weights import set_weight, slots_of

# What ends a step that cannot be played.
IMPOSSIBLE = (NotThere, SpecError, DataError, LinkError, UnknownName)
# What takes a network to do, and what only training brings about.
COMPUTED = (act.Train, act.SetWeight, act.SetKernel)
OF_TRAINING = (Trained, Began, CurveEnds, HasDiverged)
# A check that refuses nothing is no check.
NEVER = (
    "its check “{}” never refused anything. It holds already as the step begins, and nothing in the step "
    "breaks it: add a wrong way after which it does not hold, such as a Reset, or take the check away."
)


class Player:
    """Plays on a project of its own. Raises SpecError, DataError or NotThere for what cannot be done."""

    def __init__(self, project: Path) -> None:
        self.project = Project.open(project)
        self.project.path = None
        self._session: Session | None = None
        # What its data was as it was loaded last: most edits leave that as it is.
        self._data: tuple[DataReference, Dataset] | None = None
        # What was learned before edits, until the network is planned again: not every step of several edits
        # leaves one that can run.
        self._learned: Learned | None = None
        self._has_diverged = False
        self._answer, self._shown, self._selected = "", frozenset[str](), frozenset[str]()
        self._chosen: dict[str, dict[str, Any]] = {}
        self._memory = Memory()

    def copy(self) -> Player:
        """Another learner at the same point, who goes on by themselves."""
        other, content = copy(self), self.project.content()
        other.project = Project.of_members(dict(projectfile.members_of(*content)), "The lesson's project")
        other._learned = self._learned if self._session is None else Learned.of(self._session)
        other._session, other._memory = None, self._memory.copy()
        other._chosen = {panel: dict(chosen) for panel, chosen in self._chosen.items()}
        return other

    @property
    def session(self) -> Session:
        """The network as it is now; what was learned is kept as in the window."""
        if self._session is None:
            self._session = self.project.session(data=self._loaded())
            if self._learned is not None:
                self._learned.teach(self._session)
        return self._session

    def _loaded(self) -> Dataset:
        reference = self.project.document.data
        if self._data is None or self._data[0] != reference:
            self._data = reference, self.project.load_data()
        return self._data[1]

    def begin_step(self, step: Step) -> None:
        """Another step: its question has no answer yet."""
        self._answer, self._memory = "", Memory(step.checks)

    def verdicts(self, can_run: bool = True) -> list[Verdict]:
        """On all checks of the step, with what held before; of a network that cannot run as `drawn`."""
        look = self.judge if can_run else self.drawn
        counted = self._memory.note([look(check) for check in self._memory.checks])
        return [verdict for verdict in counted if verdict is not None]

    def work(self) -> Work:
        """What conditions look at."""
        document, session = self.project.document, self.session
        return Work(
            document.graph, document.settings, document.data, session.steps_done, session.epoch,
            self._has_diverged, self._answer, self._shown, self._selected, session.history,
            session.judged.step, self._views(session.steps),
        )  # fmt: skip

    def _views(self, step: int) -> dict[str, Showing]:
        """What was chosen stays, and is drawn anew with other weights."""
        return {panel: Showing(chosen, step) for panel, chosen in self._chosen.items()}

    def network(self) -> Network:
        """What conditions compute with."""
        document = self.project.document
        engine = engine_names(document, ())
        return Network(self.session, {node.name: engine[node.id] for node in document.graph.nodes})

    def judge(self, condition: AnyCondition) -> Verdict:
        """Whether a condition holds now."""
        if isinstance(condition, WorkCondition):
            return condition.look(self.work())
        return condition.look(self.network())

    def play(self, actions: tuple[act.AnyAction, ...]) -> None:
        """Do one after the other."""
        for _pause in self.playing(actions):
            pass

    def playing(self, actions: tuple[act.AnyAction, ...]) -> Iterator[None]:
        """As `play`; yields wherever it can pause, within training, too."""
        for action in actions:
            yield from self._do(action)
            yield

    @property
    def checks(self) -> tuple[AnyCondition, ...]:
        """Those of the step."""
        return self._memory.checks

    def holds(self, at: int) -> bool:
        """Whether this check of the step is one that held before, and is remembered."""
        return self._memory.holds(at)

    @property
    def can_run(self) -> bool:
        """Whether the network is whole, which it need not be between two edits."""
        try:
            _ = self.session
        except (SpecError, DataError):
            return False
        return True

    def lacking(self, step: Step) -> Iterator[str]:
        """What is missing after a solution, in sentences; what takes computing is neither done nor asked."""
        self.begin_step(step)
        try:
            for action in step.solution:
                if not isinstance(action, COMPUTED):
                    self.play((action,))
                    self.verdicts(False)
        except IMPOSSIBLE as error:
            yield str(error)
            return
        for verdict in self.verdicts(False):
            yield from filter(None, (verdict.missing,))

    def drawn(self, condition: AnyCondition) -> Verdict:
        """Whether a condition holds, as far as a network that need not run can tell; else that it does."""
        if not isinstance(condition, WorkCondition) or isinstance(condition, OF_TRAINING):
            return YES
        if isinstance(condition, InView):
            # Nothing was trained.
            condition = structs.replace(condition, steps=None)
        if isinstance(condition, Answered):
            condition = structs.replace(condition, after_epochs=0)
        document = self.project.document
        work = Work(
            document.graph, document.settings, document.data,
            answer=self._answer, shown=self._shown, selected=self._selected, views=self._views(0),
        )  # fmt: skip
        return condition.look(work)

    def _node(self, name: str) -> Node:
        """The node that is called so, of a network that need not run. Raises NotThere."""
        document = self.project.document
        return Work(document.graph, document.settings, document.data).node(name)

    def _edited(self) -> None:
        """Plan anew before the next look, with what was learned."""
        if self._session is not None:
            self._learned = Learned.of(self._session)
        self.project.state, self._session = None, None

    def _do(self, action: act.AnyAction) -> Iterator[None]:
        match action:
            case act.Train():
                yield from self._train(action)
            case act.SetWeight():
                self._set_weight(action)
            case act.SetKernel():
                self._set_kernel(action)
            case act.SetOption():
                self._set_option(action)
            case act.SetSetting():
                self._set_setting(action)
            case act.SetData():
                self._set_data(action)
            case act.ChooseData():
                self._choose_data(action)
            case act.AddLayer():
                self._add_layer(action)
            case act.RemoveLayer():
                self._remove_layer(action)
            case act.Reset():
                self._reset()
            case act.Answer():
                self._answer = action.text
            case act.Show():
                self._shown |= {action.panel}
            case act.ChooseInView():
                self._shown |= {action.panel}
                self._chosen[action.panel] = {**self._chosen.get(action.panel, {}), **action.chosen}
            case act.Select():
                self._selected = frozenset({self._node(action.node).name})
            case _:
                assert_never(action)

    def _set_weight(self, action: act.SetWeight) -> None:
        engine = self.network().names.get(action.node, "")
        slots = slots_of(self.session, engine) if engine else {}
        if action.parameter not in slots:
            raise NotThere(f"There is no “{action.parameter}” of a node called “{action.node}”.")
        shape = slots[action.parameter].shape
        at = position(action.at, shape)
        if at is None:
            raise NotThere(f"{action.node} has no {action.parameter} at {list(action.at)}.")
        index = int(np.ravel_multi_index(at, shape))
        set_weight(self.session, engine, action.parameter, index, action.value)
        self.session.is_new = False

    def _set_kernel(self, action: act.SetKernel) -> None:
        engine, kernel = self.network().names.get(action.node, ""), known_kernel(action.kernel)
        slots = slots_of(self.session, engine) if engine else {}
        shape = slots["weight"].shape if "weight" in slots else ()
        is_held = len(shape) == 4 and can_hold_known(shape[:2]) and 0 <= action.channel < shape[2]
        if kernel is None or not is_held:
            raise NotThere(f"There is no “{action.kernel}” to choose for a node called “{action.node}”.")
        for name, index, value in known_values(kernel, shape, action.channel, 0, "bias" in slots):
            set_weight(self.session, engine, name, index, value)
        self.session.is_new = False

    def _set_option(self, action: act.SetOption) -> None:
        document = self.project.document
        node = self._node(action.node)
        known = {option.name: titled(option.name) for option in document.graph.registry[node.kind].options}
        if action.option not in known and action.option != "name":
            near = meant(action.option, known.values()) or meant(action.option, known)
            raise NotThere(f"{action.node} has no option called “{action.option}”.{near}")
        commands.ChangeNode(document.graph, node.id, action.option, action.value).redo()
        self._edited()

    def _set_setting(self, action: act.SetSetting) -> None:
        commands.ChangeSettings(self.project.document, action.setting, action.value).redo()
        self._edited()

    def _set_data(self, action: act.SetData) -> None:
        document = self.project.document
        options = {**document.data.options, action.option: action.value}
        document.set_data(DataReference(document.data.kind, options))
        self._edited()

    def _choose_data(self, action: act.ChooseData) -> None:
        options = sources[action.kind].complete(action.options)
        self.project.document.set_data(DataReference(action.kind, options))
        self._edited()

    def _add_layer(self, action: act.AddLayer) -> None:
        graph = self.project.document.graph
        behind = self._node(action.behind)
        link = next((link for link in graph.links if link.source == behind.id), None)
        if link is None:
            raise NotThere(f"Nothing is linked behind {behind.name}, so no layer can be put between.")
        node = graph.new_node(action.kind, behind.x + 200, behind.y)
        insertion(graph, replace(node, options={**node.options, **action.options}), link).redo()
        self._edited()

    def _remove_layer(self, action: act.RemoveLayer) -> None:
        commands.Remove(self.project.document.graph, [self._node(action.node).id], bridge=True).redo()
        self._edited()

    def _train(self, action: act.Train) -> Iterator[None]:
        self._has_diverged = False
        try:
            for _progress in self.session.slices(action.epochs or None):
                yield
        except Diverged:
            self._has_diverged = True

    def _reset(self) -> None:
        self._edited()
        self._learned, self._has_diverged = None, False


def prove(folder: LessonFolder) -> Iterator[Fault | None]:
    """Play a lesson to its end: for each step its faults, then None.

    A step must refuse what stands there before anything is done and after each wrong way, and accept its
    solution; and each single condition must have refused once, or it cannot fail. A solution must do without
    the wrong ways: nobody is told to go them first.
    """
    for piece in proving(folder):
        if isinstance(piece, Fault):
            yield piece
        elif piece is not None:
            yield None


def proving(folder: LessonFolder) -> Iterator[Fault | int | None]:
    """As `prove`, in pieces: for each step its faults, then its number; None wherever it can pause."""
    player, straight, nodes = Player(folder.project), Player(folder.project), dict[str, str]()
    for number, step in enumerate(folder.lesson.steps, 1):
        player.begin_step(step)
        is_faulty = False
        try:
            for told in _faults(player, step, nodes):
                is_faulty = is_faulty or told is not None
                yield Fault(number, told[1], told[0]) if told is not None else None
        except IMPOSSIBLE as error:
            is_faulty = True
            yield Fault(number, f"what a learner is to do cannot be done: {error}")
        for missing in straight.lacking(step):
            if not is_faulty:
                yield Fault(number, f"its solution needs its wrong ways first: {missing}", StepPart.SOLUTION)
        yield number


def _faults(player: Player, step: Step, nodes: dict[str, str]) -> Iterator[tuple[StepPart, str] | None]:
    """Collects in ``nodes`` the names of all that there ever were."""
    has_refused = [False] * len(step.checks)

    def missing() -> list[str]:
        nodes.update((node.name, node.name) for node in player.project.document.graph.nodes)
        return refused(player.verdicts())

    def refused(verdicts: list[Verdict]) -> list[str]:
        has_refused[:] = [had or not v.holds for had, v in zip(has_refused, verdicts, strict=True)]
        return [v.missing for v in verdicts if not v.holds]

    begins = missing()
    # What is remembered, and held as the step began, asks for a step before: it refuses who skipped that.
    has_refused[:] = [
        had or (check.once and player.holds(at))
        for at, (had, check) in enumerate(zip(has_refused, step.checks, strict=True))
    ]
    if step.checks and not begins:
        yield StepPart.CHECKS, "it is done before anything was done."
    for at, wrong in enumerate(step.wrong, 1):
        # In the window, a moment at which all holds and nothing trains is enough.
        for count, action in enumerate(wrong, 1):
            yield from player.playing((action,))
            if not player.can_run:
                refused(player.verdicts(False))
            elif not missing():
                yield StepPart.WRONG, f"its wrong way {at} is accepted after {count} of {len(wrong)} actions."
    is_remembered = any(check.once for check in step.checks)
    for action in step.solution:
        yield from player.playing((action,))
        if is_remembered:
            player.verdicts(player.can_run)
    left = missing()
    for kind, name in map(target_parts, step.point_at):
        # An array is named behind its node.
        node = name.rpartition(" ")[0] if kind == "array" else name
        if kind in ("node", "array") and node not in nodes:
            yield StepPart.POINT_AT, f"{no_such('node', node, nodes)} It is to light up."
    for sentence in left:
        yield StepPart.SOLUTION, f"its solution is refused: {sentence}"
    for check, had in zip(step.checks, has_refused, strict=True):
        if not had:
            yield StepPart.WRONG, NEVER.format(str(type(check).__struct_config__.tag).capitalize())
