"""Judges the checks of a step: those on the work in the window, those on the network by a probe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import structs
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow

from nnstudio.lessons.condition import NetworkCondition, Verdict, WorkCondition
from nnstudio.lessons.conditions import AnyCondition
from nnstudio.lessons.memory import Memory
from nnstudio.lessons.probe import Judged, LessonProbe
from nnstudio.lessons.seen_conditions import InView
from nnstudio.lessons.showing import Showing
from nnstudio.lessons.work import Work
from nnstudio.model.locations import engine_names
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Phase
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import Runner

# From this age on, figures of a network that learns are told with their step.
OLD_SECONDS = 1.0
# What the runner calls the probe; no view has a name with a blank in it.
PROBE = "the lesson"
LOOK_MS = 150
UNTIL_REST = "All of it is so at the moment. It counts if it still is when the run has ended or you pause it."


class Docks(Protocol):
    """The panels of the window, as the shell has them."""

    window: QMainWindow

    def __getitem__(self, name: str) -> QDockWidget: ...
    def __contains__(self, name: object) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...

    def is_seen(self, name: str) -> bool:
        """Whether a panel can be seen."""

    def show(self, name: str) -> None:
        """Open a panel, in front of its tabs."""


class Judge(QObject):
    """Signals: looked(verdicts, whether all held at one moment). A verdict is None until it is known.

    Attributes:
        answer: to the question of the step.
    """

    looked = Signal(object, bool)

    def __init__(
        self, workspace: Workspace, runner: Runner, docks: Docks, showing: Callable[[str], Showing | None]
    ) -> None:
        """``showing`` gives what a view draws of what was chosen in it."""
        super().__init__(workspace)
        self.workspace, self.runner, self.docks, self.showing = workspace, runner, docks, showing
        self.answer = ""
        self._memory = Memory()
        self._look = 0
        # What the last probe was asked about, and what it said.
        self._seen: tuple[object, ...] | None = None
        self._judged: Judged | None = None
        self._judged_at = 0.0
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self, checks: Sequence[AnyCondition], answer: str) -> None:
        """Look at these checks from now on."""
        self._memory, self.answer, self._seen, self._judged = Memory(checks), answer, None, None
        self.runner.set_probe(PROBE, None)
        self._timer.start()
        self.look()

    def end(self) -> None:
        """Look no more."""
        self._memory = Memory()
        self._timer.stop()
        self.runner.set_probe(PROBE, None)

    def look(self) -> None:
        """Look once; what the network is judged by comes a little later."""
        checks = self._memory.checks
        work, is_current = self._work(), True
        network = tuple(check for check in checks if isinstance(check, NetworkCondition))
        if network:
            is_current = self._follow(work, network)
        judged = iter(self._dated(self._judged) if self._judged is not None else [None] * len(network))
        # What would count now could be gone at the end of the run, and stay ticked.
        is_running = self.runner.snapshot.phase == Phase.RUNNING
        swaying = [is_running and check.sways for check in checks]
        verdicts = self._memory.note(
            [check.look(work) if isinstance(check, WorkCondition) else next(judged) for check in checks],
            swaying,
        )
        swaying = [sways and not self._memory.holds(at) for at, sways in enumerate(swaying)]
        holds = all(verdict is not None and verdict.holds for verdict in verdicts)
        if holds and is_running:
            verdicts = tuple(
                Verdict(False, UNTIL_REST) if sways else verdict
                for sways, verdict in zip(swaying, verdicts, strict=True)
            )
            holds = not any(swaying)
        self.looked.emit(verdicts, holds and is_current)

    def _dated(self, judged: Judged) -> list[Verdict | None]:
        """The verdicts; where training has gone on for long since, with the step that they are of."""
        is_old = time.monotonic() - self._judged_at > OLD_SECONDS
        if not is_old or self.runner.snapshot.phase != Phase.RUNNING:
            return list(judged.verdicts)
        told = f" That was at step {judged.step:,}."
        return [v if v.holds else structs.replace(v, missing=v.missing + told) for v in judged.verdicts]

    def _follow(self, work: Work, conditions: tuple[NetworkCondition, ...]) -> bool:
        """Ask the worker, anew where the work is another; whether its verdicts are of the network now."""
        snapshot, history = self.runner.snapshot, self.workspace.document.history
        seen = (
            id(self.workspace.project), history.moves, snapshot.run_id, snapshot.start, work.answer,
            work.shown, work.selected, work.has_diverged,
        )  # fmt: skip
        if seen != self._seen:
            self._seen, self._judged, self._look = seen, None, self._look + 1
            self.runner.set_probe(PROBE, LessonProbe(self._look, conditions, self._names()))
        # A kept step that the timeline shows is not what the learner has now.
        if not self.runner.has_network or snapshot.shown is not None:
            self._judged = None
            return False
        result = self.runner.take_result(PROBE)
        if isinstance(result, Judged) and result.look == self._look:
            self._judged, self._judged_at = result, time.monotonic()
        judged = self._judged
        # The verdicts of a step before may come once training rests: they say nothing of its end.
        return judged is not None and judged.is_of_one_moment and judged.step == snapshot.step_shown

    def _names(self) -> tuple[tuple[str, str], ...]:
        document = self.workspace.document
        engine = engine_names(document, ())
        return tuple((node.name, engine[node.id]) for node in document.graph.nodes)

    def _work(self) -> Work:
        document, snapshot = self.workspace.document, self.runner.snapshot
        editor, docks = self.workspace.editor, self.docks
        is_own = self.runner.is_of_project
        chosen = editor.view.canvas.selected_nodes()
        return Work(
            document.graph, document.settings, document.data,
            snapshot.steps if is_own else 0, snapshot.epoch if is_own else 0,
            is_own and snapshot.phase == Phase.DIVERGED, self.answer,
            frozenset(name for name in docks if docks.is_seen(name)),
            frozenset(editor.graph[node].name for node in chosen if node in editor.graph),
            self.runner.rows if is_own else Curve(), snapshot.judged_from if is_own else 0, self._views(),
        )  # fmt: skip

    def _views(self) -> dict[str, Showing]:
        """What the views draw that a check asks about, and that can be seen."""
        asked = {check.panel for check in self._memory.checks if isinstance(check, InView)}
        seen = {name: self.showing(name) for name in asked if name in self.docks and self.docks.is_seen(name)}
        return {name: showing for name, showing in seen.items() if showing is not None}
