"""A project as the worker was given it, for whoever keeps what it learned."""

from __future__ import annotations

import copy
from collections.abc import Callable

from nnstudio.model.document import Document
from nnstudio.project import Project
from nnstudio.training.state import TrainingState


class FrozenProject:
    """Of the window's thread, which edits ``project``; any other may `thaw` it.

    Attributes:
        project: the one that is edited.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._frozen: tuple[Project, Callable[[], Document]]
        self.refresh()

    def refresh(self) -> None:
        """Take the project as it is now: something was edited that needs no other plan."""
        self._frozen = copy.copy(self.project), self.project.document.copying()

    def thaw(self, state: TrainingState) -> Project:
        """A copy of its own for the caller, which has learned ``state``."""
        frozen, document = self._frozen
        project = copy.copy(frozen)
        project.document, project.state = document(), state
        # It may have been saved since.
        project.path = self.project.path
        return project
