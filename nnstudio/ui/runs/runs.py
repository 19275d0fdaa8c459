"""All that the window has for kept runs: who keeps them, the page that lists them, and how one is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStatusBar

from nnstudio.model.quantity import counted
from nnstudio.project import Project
from nnstudio.runs.record import RunRecord
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.lenders import Candidate
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.run.forecast import Forecast
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.runs.kept_note import KeptNote
from nnstudio.ui.runs.kept_runs import KeptRuns
from nnstudio.ui.runs.lending import ask_lending
from nnstudio.ui.runs.library import RunLibrary
from nnstudio.ui.widgets.first_shown import FirstShown

if TYPE_CHECKING:
    from nnstudio.ui.runs.runs_page import RunsPage


class Runs(QObject):
    """Signals: wanted() when the page is to be shown; compare_requested(names, what opens them) of two runs,
    or of one that is compared with the open network.
    """

    wanted = Signal()
    compare_requested = Signal(object, object)

    def __init__(
        self,
        parent: QObject,
        runner: Runner,
        forecast: Forecast,
        files: Files,
        messages: Messages,
        status: QStatusBar,
    ) -> None:
        super().__init__(parent)
        self.files, self.messages = files, messages
        self.library = RunLibrary(runner.inquiries, self)
        self.kept = KeptRuns(runner, forecast, self.library, self)
        self.holder, self.note = FirstShown(self._build_page), KeptNote()
        status.addPermanentWidget(self.note)
        self.kept.left.connect(self.note.tell)
        files.workspace.shown.connect(self.note.hide)
        self._hear(self.kept)
        files.leaving.keeps_runs = lambda: self.kept.keeps
        self.note.show_requested.connect(self._show)

    @property
    def page(self) -> RunsPage:
        """The list of all runs."""
        return self.holder.page

    def _build_page(self) -> RunsPage:
        from nnstudio.ui.runs.runs_page import RunsPage

        page = RunsPage(self.library)
        self._hear(page)
        page.open_requested.connect(lambda record, best: self.open(record.id, f"run {record.name}", best))
        page.compare_requested.connect(self._compare)
        return page

    def _hear(self, teller: KeptRuns | RunsPage) -> None:
        teller.said.connect(self.messages.say)
        teller.noted.connect(self.messages.note)

    def show(self) -> None:
        """Show the page."""
        self.wanted.emit()
        self.page.table.setFocus()

    def find(self, text: str) -> None:
        """Show the page with those runs alone in which all words of a text stand."""
        self.page.search.setText(text)
        self.show()

    def _show(self, run: str) -> None:
        self.show()
        self.page.show_run(run)

    def lend(self, but: str, then: Callable[[Sequence[Candidate]], None]) -> None:
        """Call ``then`` with runs whose layers may be reused, but one."""
        ask_lending(self.library, but, then)

    def open(self, run: str, what: str, best: bool = False, told: str = "") -> None:
        """Open a run as a project, in the history "Open" and ``what``; undo returns to the one before. What
        that learns from then on is another run, so that this one stays as it was. ``told``: what else is said
        of it, in brackets.
        """

        def show(project: Project) -> None:
            if project.state is not None:
                project.state = replace(project.state, run="")
            self.kept.follow(project, run)
            self.files.show(project, f"Open {what}")
            self.messages.say(" ".join(project.warnings))
            self.messages.note(opened_in_words(what, told, project.state))

        def begin() -> None:
            store = self.library.store
            # Edits that are made meanwhile come back with the project.
            self.files.in_background(f"Opening {what}", lambda: store.open(run, best), show, asks=False)

        self.files.leave(begin, comes_back=True)

    def _compare(self, records: Sequence[RunRecord]) -> None:
        store = self.library.store
        self.compare_requested.emit(
            [record.name for record in records],
            lambda: [store.open(record.id, False) for record in records],
        )

    def close(self) -> None:
        """The worker has ended, and nobody can undo any more what was deleted."""
        if self.holder.existing is not None:
            self.holder.existing.deleted.ask_erase()
        self.kept.close()


def opened_in_words(what: str, told: str, state: TrainingState | None) -> str:
    """Which run is open, in a sentence, and of which epoch its weights are."""
    sentence = f"Opened {what}{f' ({told})' if told else ''}"
    if state is None:
        return f"{sentence}."
    if state.returned_to is not None:
        best = f"epoch {state.returned_to.epoch:,}, the best of {counted(state.epoch, 'epoch')}"
        return f"{sentence}, with the weights of {best}; its training is over."
    # One that ended within its first epoch had some steps of it.
    length = counted(state.epoch, "epoch") if state.epoch else counted(state.step, "step")
    return f"{sentence}, trained for {length}."
