"""What rows that come into sight ask of the store: pictures of networks, and in what two of them differ."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer

from nnstudio.ui.runs.library import RunLibrary
from nnstudio.ui.runs.reading import Pair, read_changes, read_sketches
from nnstudio.ui.runs.table_model import RunsModel


class PaintedRows(QObject):
    """Reads together what is asked for while rows are painted."""

    def __init__(self, model: RunsModel, library: RunLibrary, failed: Callable[[Exception], None]) -> None:
        super().__init__(model)
        self.model, self.library, self._failed = model, library, failed
        # Networks by their hashes, each with a run of it.
        self._sketches: dict[str, str] = {}
        self._changes: dict[Pair, Pair] = {}
        self._painted = QTimer(self, singleShot=True, interval=0)
        self._painted.timeout.connect(self._read)
        model.sketch_wanted.connect(self._want_sketch)
        model.changes_wanted.connect(self._want_changes)

    def _want_sketch(self, network: str, run: str) -> None:
        self._sketches[network] = run
        self._painted.start()

    def _want_changes(self, networks: Pair, runs: Pair) -> None:
        self._changes[networks] = runs
        self._painted.start()

    def _read(self) -> None:
        sketches, self._sketches, changes, self._changes = self._sketches, {}, self._changes, {}
        if sketches:
            self.library.ask(partial(read_sketches, sketches), self.model.show_sketches, self._failed)
        if changes:
            self.library.ask(partial(read_changes, changes), self.model.show_changes, self._failed)
