"""Opening another project as a step of the history: undo shows the one before, as it was left."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.model.history import History, Step
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
    ) -> None:
        self.title, self.history, self.before, self.after = title, history, before, after
        self._show = show
        self._left: Origin = None

    def redo(self) -> None:
        if self.after.document.history is not self.history:
            # The first time; it is as it was saved, once this step is done.
            self.after.document.history = self.history
            self.after.saved = self.after.moment(ahead=1)
        self._left = self._show(self.after, self._left)

    def undo(self) -> None:
        self._left = self._show(self.before, self._left)


def open_in(history: History, step: SwitchProject) -> None:
    """Do a switch, and let go of the projects before the last few."""
    history.push(step)
    done = history.commands[: history.done]
    switches = [at for at, command in enumerate(done) if isinstance(command, SwitchProject)]
    if len(switches) > MOST_PROJECTS:
        history.forget(switches[-MOST_PROJECTS - 1] + 1)
