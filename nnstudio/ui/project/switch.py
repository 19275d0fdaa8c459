"""Opening another project as a step of the history: undo shows the one before, as it was left."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.model.history import History, Step
from nnstudio.project import Project
from nnstudio.training.learned import Aside

# Projects that undo can return to; older ones would fill the memory.
MOST_PROJECTS = 4


class SwitchProject(Step):
    """Show another project in the place of the one that is open; both share one history.

    ``show(project, aside, trained)`` shows a project from what was put aside of it and says whether it was
    trained since it was saved; it returns the same of the one before. Where each was saved last is counted
    from this step, for the history may forget old steps.
    """

    def __init__(
        self,
        title: str,
        history: History,
        before: Project,
        after: Project,
        show: Callable[[Project, Aside | None, bool], tuple[Aside | None, bool]],
    ) -> None:
        self.title, self.history, self.before, self.after = title, history, before, after
        self._show = show
        self._left: tuple[Aside | None, bool] = (None, False)
        # Steps from before (or after) this one to where the project before (or after) was saved.
        self._saved_before: int | None = None
        self._saved_after: int | None = 0

    def redo(self) -> None:
        history = self.history
        saved, done = history.saved_at, history.done
        self._saved_before = None if saved is None else saved - done
        self._left = self._show(self.after, *self._left)
        history.saved_at = None if self._saved_after is None else done + 1 + self._saved_after

    def undo(self) -> None:
        history = self.history
        saved, done = history.saved_at, history.done
        self._saved_after = None if saved is None else saved - done
        self._left = self._show(self.before, *self._left)
        history.saved_at = None if self._saved_before is None else done - 1 + self._saved_before


def open_in(history: History, step: SwitchProject) -> None:
    """Do a switch, and let go of the projects before the last few."""
    history.push(step)
    done = history.commands[: history.done]
    switches = [at for at, command in enumerate(done) if isinstance(command, SwitchProject)]
    if len(switches) > MOST_PROJECTS:
        history.forget(switches[-MOST_PROJECTS - 1] + 1)
