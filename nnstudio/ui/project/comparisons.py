"""The open network against a project, a file, a run or itself as it was; nothing of it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnkernels.spec import SpecError
from nnstudio.compare_command import Comparison, compared, compared_projects, opened, then_and_now
from nnstudio.from_network import BuiltProject
from nnstudio.importing.importer import importers
from nnstudio.model.graph import Graph
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.training.curve import Curve
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.fixed import Fixed
from nnstudio.training.session import Session
from nnstudio.ui.project.comparison_dialog import ComparisonDialog, Drawn, drawn
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.trained_work import ask_trained
from nnstudio.ui.widgets.file_dialogs import ask_open

NO_EARLIER = "There is no earlier step than this one yet. Train the network first."
NO_EDIT = "No layer was changed since the network began to learn, so there is nothing to compare it with."
# How two networks differ, and both as they are to be drawn.
Told = tuple[Comparison, Sequence[Drawn]]


class Comparisons:
    """What the Run menu does with another network; the same function compares as on the command line."""

    def __init__(self, parent: QWidget, runner: Runner, messages: Messages) -> None:
        self.parent, self.runner, self.messages = parent, runner, messages
        self.moments = {"then and now": self.compare_moment, "before edit": self.compare_edit}

    def ask(self) -> None:
        """Choose a project or a file, and compare with it."""
        suffixes = [SUFFIX, *(suffix for importer in importers for suffix in importer.suffixes)]
        kinds = " ".join(f"*{suffix}" for suffix in suffixes)
        chosen = ask_open(self.parent, "Compare with", f"Networks ({kinds})")
        if chosen:
            self.compare(Path(chosen))

    def compare(self, path: Path) -> None:
        """A dialog shows how the two differ, or a sentence says why that cannot be told."""
        self._compare(path.name, lambda: opened(path))

    def compare_runs(self, names: Sequence[str], read: Callable[[], Sequence[Project]]) -> None:
        """Compare two runs that were kept with each other, or one with the open network; ``read`` opens them
        on another thread.
        """
        if len(names) == 1:
            self._compare(names[0], lambda: read()[0])
            return
        first, second = names
        messages, runner = self.messages, self.runner
        messages.say("")
        task = messages.begin(f"Comparing {first} with {second}")
        then, failed = messages.ending(task, self._showing(first, second))

        def work(both: Sequence[Project]) -> Told:
            task.check()
            mine, their = both
            graphs, curves = [p.document.copy().graph for p in both], [_curve_of(p) for p in both]
            return _both_drawn(compared_projects(mine, their), graphs, curves)

        def compute(both: Sequence[Project]) -> None:
            runner.inquiries.follow(runner.worker.ask(lambda: work(both)), then, failed)

        runner.inquiries.look_up(read, compute, failed)

    def compare_moment(self) -> None:
        """Compare the step that the timeline shows, else the first that is kept, with the network of now."""
        messages, step = self.messages, self.runner.snapshot.shown
        messages.say("")
        task = messages.begin("Comparing two moments")
        graph = self.runner.planner.project.document.copy().graph

        def work(session: Session) -> tuple[int, Told]:
            kept = session.journal.steps
            at = kept.index(step) if step in kept else 0
            if kept[at] == session.steps:
                raise SpecError(NO_EARLIER)
            then = Fixed(
                session.layout, session.data, session.settings, session.threads,
                session.journal.checkpoints[at], kept[at],
            )  # fmt: skip
            curves = session.history.until(kept[at]), session.history
            both = [drawn(graph, session.layout, curve) for curve in curves]
            return kept[at], (then_and_now(then, session), both)

        def show(told: tuple[int, Told]) -> None:
            then, both = told
            names = f"At step {then:,}", f"Now, at step {self.runner.snapshot.steps:,}"
            ComparisonDialog(self.parent, names, *both).open()

        self.runner.ask(work, *messages.ending(task, show))

    def compare_edit(self) -> None:
        """Compare the network that the newest edit left with the network of now."""
        messages, planner = self.messages, self.runner.planner
        planner.settle_now()
        point = planner.before_edit
        messages.say("")
        if point is None:
            messages.say(NO_EDIT)
            return
        task = messages.begin("Comparing with before the edit")
        frozen, aside = point.project, point.aside
        graph = planner.project.document.copy().graph

        def work(session: Session) -> Told:
            learned = aside.learned
            if learned is None:
                raise SpecError(NO_EDIT)
            then = Fixed(
                learned.layout, learned.data, learned.settings, session.threads, learned.state.params,
                learned.state.step,
            )  # fmt: skip
            before = frozen.thaw(learned.state).document.graph
            drawings = (
                drawn(before, learned.layout, learned.state.history),
                drawn(graph, session.layout, session.history),
            )
            return then_and_now(then, session), drawings

        def show(told: Told) -> None:
            ComparisonDialog(self.parent, ("Before the edit", "Now"), *told).open()

        self.runner.ask(work, *messages.ending(task, show))

    def _compare(self, name: str, read: Callable[[], Project | BuiltProject]) -> None:
        messages = self.messages
        messages.say("")
        task = messages.begin(f"Comparing with {name}")
        graph = self.runner.planner.project.document.copy().graph

        def work(trained: Evaluation, other: Project | BuiltProject) -> Told:
            task.check()
            project = other if isinstance(other, Project) else other.project
            theirs = project.document.copy().graph
            mine = trained.history if isinstance(trained, Session) else None
            return _both_drawn(compared(trained, other), (graph, theirs), (mine, _curve_of(project)))

        ending = messages.ending(task, self._showing("This network", name))
        ask_trained(self.runner, lambda _data: read(), work, *ending)

    def _showing(self, first: str, second: str) -> Callable[[Told], None]:
        """What shows a comparison of two networks that are called so."""
        return lambda told: ComparisonDialog(self.parent, (first, second), *told).open()


def _curve_of(project: Project) -> Curve | None:
    return None if project.state is None else project.state.history


def _both_drawn(comparison: Comparison, graphs: Sequence[Graph], curves: Sequence[Curve | None]) -> Told:
    """With both networks as they are to be drawn."""
    assert comparison.layouts is not None
    return comparison, [drawn(*each) for each in zip(graphs, comparison.layouts, curves, strict=True)]
