"""Opening another project as a step of the history: undo shows the one before, as it was left."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.model.history import Command, History, Step
from nnstudio.project import Project
from nnstudio.ui.run.planner import Origin

# Projects that undo can return to; older ones would fill the memory.
MOST_PROJECTS = 4


class SwitchProject(Step):
    """Show another project in the place of the one that is open; both share one history.

    ``show(project, aside)`` shows a project from what was put aside of it, and returns what it put aside of
    the one before.
    """

    def __init__(
        self,
        title: str,
        history: History,
        before: Project,
        after: Project,
        show: Callable[[Project, Origin], Origin],
        is_discarded: bool = False,
    ) -> None:
        """``is_discarded``: a person said that what is not saved of the one before may go."""
        self.title, self.history, self.before, self.after = title, history, before, after
        self._show, self._is_discarded = show, is_discarded
        # Whether the one before has edits that are not saved, and nobody was asked about.
        self.leaves_unsaved = False
        self._left: Origin = None

    def redo(self) -> None:
        self.leaves_unsaved = self.before.needs_saving and not self._is_discarded
        if self.after.document.history is not self.history:
            # The first time; it is as it was saved, once this step is done.
            self.after.document.history = self.history
            self.after.saved = self.after.moment(ahead=1)
        self._left = self._show(self.after, self._left)

    def undo(self) -> None:
        self._left = self._show(self.before, self._left)


def open_in(history: History, step: SwitchProject) -> None:
    """Do a switch, and let go of the projects before the last few, but of none that would be lost unasked."""
    history.push(step)
    done = history.commands[: history.done]
    switches = [at for at, command in enumerate(done) if isinstance(command, SwitchProject)]
    if len(switches) > MOST_PROJECTS:
        old = switches[:-MOST_PROJECTS]
        kept = [at for at in old if _leaves_unsaved(done[at])]
        # A project is shown again by the step that left it.
        history.forget(min(kept) if kept else old[-1] + 1)


def _leaves_unsaved(step: Command) -> bool:
    return isinstance(step, SwitchProject) and step.leaves_unsaved
