"""How a window ends: what is being written is waited for, a person is asked, then every part is closed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from nnstudio.ui.shell.studio import Studio

T = TypeVar("T")


class Closing:
    """Of a ``studio``. What fails on the way is told as every error that nobody catches."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._is_agreed = self._is_interrupted = False

    def leave(self) -> None:
        """Close without asking; a recovery copy that is wanted must have been kept before."""
        self._is_agreed = True
        self._studio.window.close()

    def interrupt(self) -> None:
        """Somebody ends the program from outside: keep a recovery copy, then close without a question."""
        self._is_interrupted = True
        self._studio.authoring.trial.end()
        self._studio.keeper.keep_copy(self.leave, wait=False)

    def close(self) -> bool:
        """Whether the window is closed now, with all that it began; otherwise it closes by itself, or a
        person is asked. Where that fails it stays open, for nobody knows what would be lost.
        """
        if not _attempt(self._may_close):
            return False
        for part in self._parts():
            _attempt(part)
        return True

    def _may_close(self) -> bool:
        studio, files = self._studio, self._studio.files
        studio.authoring.trial.end()
        asks = (studio.workspace.is_modified or bool(files.leaving.left_behind)) and not self._is_agreed
        if files.wait_for_saves(studio.window.close) or asks:
            # A save, or a question, is waited for without holding the window up.
            if not files.is_saving:
                files.leaving.leave_all(self.leave)
            return False
        if not self._is_interrupted and not studio.sweeps.may_close():
            self._is_agreed = False
            return False
        return True

    def _parts(self) -> tuple[Callable[[], object], ...]:
        """What closes each part, in order: nothing may begin after what it needs has ended."""
        studio, interrupted = self._studio, self._is_interrupted
        return (
            studio.learning.leave,
            studio.layouts.save,
            # The worker ends with its slice, which may take a while in a large network: nobody needs to see
            # that.
            studio.window.hide,
            studio.presenter.stop,
            studio.exports.close,
            studio.runner.close,
            studio.runs.close,
            studio.sweeps.close,
            # A save that was going on may have failed since.
            lambda: studio.keeper.close(keep=interrupted and studio.workspace.is_modified),
            lambda: studio.files.close(keep=interrupted),
            # Items that are torn down deselect themselves, and nobody is left to hear it.
            lambda: studio.canvas.canvas.blockSignals(True),
            # What `Workspace.show` froze would otherwise outlive this window.
            gc.unfreeze,
        )


def _attempt(work: Callable[[], T]) -> T | None:
    """What a function returns, None where it fails. It must not raise: Qt would go on with the error pending,
    and the next function of Python that it calls would crash the program.
    """
    try:
        return work()
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return None
