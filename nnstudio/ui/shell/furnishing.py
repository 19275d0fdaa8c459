"""While the first screen of a window is seen and nobody does anything, what other parts need is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from nnkernels.spec.importing import imported

# After so many milliseconds the first screen is seen.
PAINTED_MS = 50
# What begins something that a person does: all must be there then.
TOUCHES = {
    QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.TabletPress, QEvent.Type.KeyPress,
    QEvent.Type.ShortcutOverride, QEvent.Type.ContextMenu,
}  # fmt: skip
# Each brings in some more than those before it, so that none takes long.
STONES = (
    "numpy", "nnkernels.spec", "nnstudio.model.document", "nnkernels.planning.plan", "nnstudio.data.dataset",
    "nnstudio.data.tables.encoders", "nnstudio.data.tables.dataset", "nnstudio.training.messages",
    "nnstudio.training.session", "nnstudio.project", "nnstudio.from_data", "nnstudio.ui.canvas.view",
    "nnstudio.explain.results", "nnstudio.lessons.draft", "nnstudio.lessons.work", "nnstudio.ui.run.runner",
    "nnstudio.ui.project.files", "nnstudio.ui.editing.editor", "nnstudio.ui.project.exports",
    "nnstudio.ui.project.comparisons", "nnstudio.doctor.probe", "nnstudio.ui.shell.panels",
    "nnstudio.ui.live.host", "nnstudio.ui.runs.runs", "nnstudio.sweep.earlier", "nnstudio.ui.sweeps.sweeps",
    "nnstudio.ui.shell.learning", "nnstudio.ui.shell.studio",
)  # fmt: skip


class Furnishing(QObject):
    """Imports piece by piece, then has the rest of the window made; at once when somebody touches it."""

    def __init__(self, window: QWidget, furnish: Callable[[], object]) -> None:
        super().__init__(window)
        self._furnish, self._pieces = furnish, pieces()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        self._wait = QTimer(self, singleShot=True, interval=PAINTED_MS)
        self._wait.timeout.connect(self._timer.start)
        self._wait.start()
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def _go_on(self) -> None:
        if next(self._pieces, "none is left") is not None:
            self._furnish()

    def end(self) -> None:
        """Somebody makes the rest, or nobody needs it any more."""
        self._wait.stop()
        self._timer.stop()
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in TOUCHES:
            self._furnish()
        return False


def pieces() -> Iterator[None]:
    """Import all that a window is made of: a piece at each step."""
    for name in STONES:
        imported(name)
        yield
    from nnkernels.spec import layers, losses, optimizers, schedules
    from nnstudio.data.dataset import sources
    from nnstudio.model.templates import templates
    from nnstudio.ui.live.view import live_views

    for registry in (layers, losses, optimizers, schedules, templates, sources, live_views):
        yield from registry.loading()
