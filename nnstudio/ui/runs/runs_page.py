"""The page of kept runs: all in a table, curves and differences of those that are selected below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from nnstudio.model.quantity import counted
from nnstudio.runs.best_runs import measure_of
from nnstudio.runs.record import RunError, RunRecord
from nnstudio.runs.store import RunStore
from nnstudio.training.curve import Curve
from nnstudio.ui.runs.deleted_bar import DeletedBar, are_to_go
from nnstudio.ui.runs.library import RunLibrary
from nnstudio.ui.runs.painted_rows import PaintedRows
from nnstudio.ui.runs.reading import Listing, listed, read_curves, read_differences, stamp_of
from nnstudio.ui.runs.room_line import RoomLine
from nnstudio.ui.runs.run_buttons import RunButtons
from nnstudio.ui.runs.run_curves import MOST_DRAWN, RunCurves
from nnstudio.ui.runs.run_details import RunDetails
from nnstudio.ui.runs.run_table import RunTable
from nnstudio.ui.runs.table_model import RunsModel
from nnstudio.ui.widgets.pages import Pages
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.popup import Entry, popup
from nnstudio.ui.widgets.theme import restyle

# Curves follow a selection after this time: an arrow key that is held down goes through many runs.
SELECT_MS = 60
# While the page is seen, it is looked this often whether another program wrote.
LOOK_MS = 2_000
# Curves that are remembered, the last that were looked at.
MOST_CURVES = 64
READING = "Reading the runs…"
EMPTY = (
    "Every run that you train stands here, with its curve, its settings and its weights: also after Reset, "
    "and when you open another project. Train a network, and come back."
)
NO_MATCH = "No run has “{}” in its name, project, data, tags, notes or settings."
GONE = "their room was needed for newer ones."


def _share(splitter: QSplitter, first: int, second: int) -> None:
    """Give two parts their sizes, which they keep in proportion."""
    splitter.setSizes([first, second])
    splitter.setStretchFactor(0, first)
    splitter.setStretchFactor(1, second)


class RunsPage(QWidget):
    """Requests: open_requested(RunRecord, whether with its best weights), compare_requested(RunRecords): two
    with each other, one with the network that is open. Tells: said(why something could not be
    done), noted(sentence) on what happened to the store.
    """

    open_requested = Signal(object, bool)
    compare_requested = Signal(object)
    said = Signal(str)
    noted = Signal(str)

    def __init__(self, library: RunLibrary) -> None:
        super().__init__()
        self.library = library
        self.setAccessibleName("Runs")
        self.listing: Listing | None = None
        self._is_reading = self._is_late = False
        # A run that is to be shown as soon as it is read.
        self._awaited = ""
        # Curves by run, each with the steps that it was read at.
        self._curves: dict[str, tuple[int, Curve]] = {}
        self.search, self.count, self.room, self.deleted = QLineEdit(), PlainLabel(), RoomLine(), DeletedBar()
        self.model = RunsModel()
        self.table, self.details = RunTable(self.model), RunDetails()
        self.told, self.pages = PlainLabel(READING), Pages()
        self.below = QSplitter(Qt.Orientation.Horizontal)
        self.below.hide()
        self.buttons = RunButtons()
        self.open, self.pin, self.remove = self.buttons.open, self.buttons.pin, self.buttons.remove
        self.painted = PaintedRows(self.model, library, self._cannot_do)
        self._soon = QTimer(self, singleShot=True, interval=SELECT_MS)
        self._soon.timeout.connect(self._read_selected)
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)
        self._put_together()
        self._connect()
        self._show_selection()

    def _put_together(self) -> None:
        self.search.setPlaceholderText("Filter: name, project, data, tag, note, optimizer …")
        self.search.setToolTip(self.search.placeholderText())
        self.search.setAccessibleName("Filter the runs")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(46 * self.fontMetrics().averageCharWidth())
        for label in (self.count, self.told):
            label.setObjectName("muted")
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.told.setMargin(40)
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(10, 8, 10, 6)
        head.setSpacing(8)
        head.addWidget(self.search, 1)
        for widget in (self.count, self.room):
            head.addWidget(widget)
        head.addStretch(1)
        head.addLayout(self.buttons)
        split, below = QSplitter(Qt.Orientation.Vertical), self.below
        below.addWidget(self.details)
        for page in (self.told, self.table):
            self.pages.addWidget(page)
        split.addWidget(self.pages)
        split.addWidget(below)
        for splitter in (split, below):
            splitter.setChildrenCollapsible(False)
        _share(split, 420, 330)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(head)
        rows.addWidget(self.deleted)
        rows.addWidget(split, 1)

    @cached_property
    def curves(self) -> RunCurves:
        """Made when they are first needed: with their plots they take a tenth of a window's time to open, and
        few windows get to show them.
        """
        curves = RunCurves()
        self.below.insertWidget(0, curves)
        _share(self.below, 640, 360)
        # As they stand: what is made later than all others would come last.
        for before, after in pairwise((self.table, curves.log, *curves.plots.values())):
            self.setTabOrder(before, after)
        return curves

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.table.chosen.connect(self._show_selection)
        self.table.open_requested.connect(self._open)
        self.table.delete_requested.connect(self._remove)
        self.buttons.lead_to(self._open, self._compare, self._pin, self._remove)
        self.room.limit_requested.connect(self._set_room)
        self.deleted.undo_requested.connect(self._restore)
        self.deleted.erase_requested.connect(self.erase)
        self.model.renamed.connect(lambda run, name: self._change(run, RunStore.set_name, name=name))
        self.model.tagged.connect(lambda run, tags: self._change(run, RunStore.set_tags, tags=tags))
        self.details.noted.connect(lambda run, text: self._change(run, RunStore.set_notes, notes=text))
        self.library.changed.connect(self.refresh)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)

    # Reading

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._looking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._looking.stop()
        self.details.finish()
        super().hideEvent(event)

    def show_run(self, run: str) -> None:
        """Select a run, once it is read."""
        self._awaited = run
        self.refresh()

    def refresh(self) -> None:
        """Read all runs anew, now where the page is seen, else when it is."""
        if self._is_reading or self.table.is_editing:
            self._is_late = True
        elif self.isVisible():
            self._is_reading, self._is_late = True, False
            self.library.ask(listed, self._show_listing, self._cannot_read)

    def _look(self) -> None:
        """Another program may have kept a run."""
        if self._is_late:
            self.refresh()
        elif self.listing is not None and not self._is_reading:
            stamp = self.listing.stamp
            self.library.ask(
                stamp_of, lambda now: self.refresh() if now != stamp else None, self._cannot_read
            )

    def _cannot_read(self, error: Exception) -> None:
        self._is_reading = False
        self.told.setText(str(error))
        restyle(self.told, "error")
        self.pages.setCurrentWidget(self.told)

    def _show_listing(self, listing: Listing) -> None:
        self._is_reading = False
        if self.table.is_editing:
            # What a person is writing would go.
            self._is_late = True
            return
        is_first, self.listing = self.listing is None, listing
        self.model.scale = self.devicePixelRatioF()
        self.model.show_records(listing.records)
        self.room.show_room(listing.used, listing.limit)
        if listing.notes:
            self.noted.emit(" ".join(listing.notes))
        self._tell_count()
        if is_first and not self._awaited and listing.records:
            # Of a page that shows nothing yet, the newest is what a person comes for.
            self.table.show_run(self.model.shown[0].id if self.model.shown else "")
        if self._awaited:
            awaited, self._awaited = self._awaited, ""
            if self.model.row_of(awaited) is None:
                self.search.clear()
            self.table.show_run(awaited)
        if self._is_late:
            self.refresh()

    def _filter(self, text: str) -> None:
        self.model.show_filter(text)
        self._tell_count()

    def _tell_count(self) -> None:
        all_runs, shown = len(self.model.records), len(self.model.shown)
        of = f"{shown:,} of " if shown != all_runs else ""
        self.count.setText(of + counted(all_runs, "run"))
        self.told.setText(NO_MATCH.format(self.search.text()) if all_runs else EMPTY)
        restyle(self.told, "muted")
        self.pages.setCurrentWidget(self.table if shown else self.told)
        # Asking for the curves makes them.
        self.below.setVisible(bool(all_runs and self.curves))

    # What is selected

    def _show_selection(self) -> None:
        runs = self.table.selected()
        names = {record.id: record.name for record in self.model.records}
        self.details.show_runs(runs, names.get(runs[0].parent, "") if len(runs) == 1 else "")
        self.buttons.show_selection(runs)
        self._soon.start()

    def _read_selected(self) -> None:
        """Read the curves that are to be drawn and are not known, and how two runs differ."""
        runs = self.table.selected()
        wanted = {run.id: run.steps for run in runs[:MOST_DRAWN] if not self._is_known(run)}
        if wanted:
            self.library.ask(partial(read_curves, wanted), self._take_curves, self._cannot_do)
        else:
            self._draw_curves()
        if len(runs) == 2:
            first, second = runs

            def show(sentences: Sequence[str]) -> None:
                if [run.id for run in self.table.selected()] == [first.id, second.id]:
                    self.details.show_differences(sentences)

            self.library.ask(partial(read_differences, first.id, second.id), show, self._cannot_do)

    def _is_known(self, run: RunRecord) -> bool:
        return run.id in self._curves and self._curves[run.id][0] == run.steps

    def _take_curves(self, curves: dict[str, tuple[int, Curve]]) -> None:
        self._curves |= curves
        for run in list(self._curves)[:-MOST_CURVES]:
            del self._curves[run]
        self._draw_curves()

    def _draw_curves(self) -> None:
        runs = self.table.selected()
        if not runs and "curves" not in vars(self):
            # Nothing to draw, and nobody has looked yet.
            return
        known = [run for run in runs[:MOST_DRAWN] if run.id in self._curves]
        curves = [(run.name, self._curves[run.id][1]) for run in known]
        are_unlike = len({measure_of(run) for run in known}) > 1
        only_real = bool(known) and all(run.only_real for run in known)
        self.curves.show_runs(curves, max(len(runs) - MOST_DRAWN, 0), are_unlike, only_real)

    # What is done with it

    def _show_menu(self, at: QPoint) -> None:
        runs = self.table.selected()
        entries: list[Entry] = [(self.pin.text(), True, self._pin), ("Delete…", True, self._remove)]
        if len(runs) == 1:
            best = partial(self._open, best=True)
            entries[:0] = [
                ("Open", True, self._open),
                ("Open with its best weights", runs[0].has_best_weights, best),
                ("Compare with the open network…", True, self._compare),
                ("Rename", True, self.table.rename),
            ]
        if len(runs) == 2:
            entries.insert(0, ("Compare on the canvas…", True, self._compare))
        if runs:
            popup(self, entries, self.table.viewport().mapToGlobal(at))

    def _open(self, best: bool = False) -> None:
        runs = self.table.selected()
        if len(runs) == 1:
            self.open_requested.emit(runs[0], best)

    def _compare(self) -> None:
        runs = self.table.selected()
        if len(runs) in (1, 2):
            self.compare_requested.emit(runs)

    def _pin(self) -> None:
        runs = self.table.selected()
        on = not all(run.is_pinned for run in runs)
        for run in runs:
            self._change(run.id, RunStore.set_pinned, is_pinned=on)
        self._show_selection()

    def _change(self, run: str, write: Callable[..., None], **values: Any) -> None:
        """Show a person's change at once, and write it."""
        (value,) = values.values()
        self.model.show_change(run, values)
        self.library.change(lambda store: write(store, run, value), lambda _none: None, self._cannot_do)

    def _remove(self) -> None:
        runs = self.table.selected()
        if runs and are_to_go(self, runs):
            ids = [run.id for run in runs]
            self.library.change(
                lambda store: store.discard(ids), lambda _none: self.deleted.note(runs), self._cannot_do
            )

    def event(self, event: QEvent) -> bool:
        # Else the menu's Undo would take the key, and undo something of the network that is not seen.
        if event.type() == QEvent.Type.ShortcutOverride and self._is_undo(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_undo(event):
            self.deleted.ask_undo()
        else:
            super().keyPressEvent(event)

    def _is_undo(self, event: QEvent) -> bool:
        is_key = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo)
        return is_key and self.deleted.can_undo

    def _restore(self, runs: Sequence[RunRecord]) -> None:
        """Bring deleted runs back, and select them."""

        def done(missing: int) -> None:
            if missing:
                self.said.emit(f"{counted(missing, 'run')} could not be brought back: {GONE}")
            self.show_run(runs[0].id)

        def failed(error: Exception) -> None:
            self.deleted.note(runs)
            self._cannot_do(error)

        ids = [run.id for run in runs]
        self.library.change(lambda store: store.restore(ids), done, failed)

    def erase(self, ids: Sequence[str]) -> None:
        """Delete for good what was deleted, and give its room back."""
        self.library.change(lambda store: store.erase(ids), lambda _none: None, self._cannot_do)

    def _set_room(self, size: int) -> None:
        def told(sentences: Sequence[str]) -> None:
            if sentences:
                self.noted.emit(" ".join(sentences))

        self.library.change(lambda store: store.set_limit(size), told, self._cannot_do)

    def _cannot_do(self, error: Exception) -> None:
        """Say so, and show what is so."""
        self.said.emit(str(error))
        self.refresh()
        if not isinstance(error, RunError):
            raise error
