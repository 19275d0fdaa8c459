"""Choice of data: a picker, a form from the source's declaration, a summary and a preview."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from nnkernels.spec import SpecError, show_shape
from nnstudio.data.dataset import DataError, Dataset, Picks, Preview, load, sources
from nnstudio.data.option_titles import CHOICES, TITLES
from nnstudio.data.tables.season import SEASON
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.ui.panels.data_words import in_window, offer_listed, show_hints
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.file_dialogs import ask_folder, ask_open
from nnstudio.ui.widgets.forms import LABEL_WIDTH, Form, replace_form
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, breakable, plain_tip
from nnstudio.ui.widgets.text_fields import TextEdit
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.wrapping_button import WrappingButton

PREVIEW_COLUMNS = 8
# What works on another thread, and calls one of two on the window's; see `Inquiries.look_up`.
LookUp = Callable[[Callable[[], Any], Callable[[Any], None], Callable[[Exception], None]], None]


class DataPanel(QScrollArea):
    """Request: data_requested(DataReference)."""

    data_requested = Signal(object)

    def __init__(self, look_up: LookUp) -> None:
        """``look_up(work, then, failed)`` works on another thread, see `Inquiries.look_up`."""
        super().__init__()
        self._look_up = look_up
        # Of the newest preview: older ones are not shown.
        self._number = 0
        # Kind and file of the data that is not there: what is chosen in its place is read as that was.
        self._lost: tuple[str, object] | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.reference = DataReference()
        self._find_file: Callable[[], Path | None] = lambda: None
        self.form: Form | None = None
        self.picker = narrow(StillBox())
        self.picker.setAccessibleName("Data")
        self.picker.setToolTip("Trained weights that fit other data are kept; Reset (Ctrl+R) draws new ones")
        for source in sources:
            self.picker.addItem(source.title, source.id)
            self.picker.setItemData(self.picker.count() - 1, source.help, Qt.ItemDataRole.ToolTipRole)
        self.picker.activated.connect(self._on_picked)
        self.choose = WrappingButton()
        self.choose.clicked.connect(self.browse)
        self.target = narrow(StillBox())
        self.target.setAccessibleName("Target column")
        self.target.activated.connect(self._on_target)
        self.target_row = QWidget()
        target_layout = QFormLayout(self.target_row)
        target_layout.setContentsMargins(0, 0, 0, 0)
        target_layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        label = QLabel("Target")
        label.setMinimumWidth(LABEL_WIDTH)
        target_layout.addRow(label, self.target)
        self.help, self.error = PlainLabel(), PlainLabel()
        self.guessed, self.summary = QLabel(), QLabel()
        self.help.setObjectName("muted")
        self.guessed.setObjectName("note")
        for label in (self.guessed, self.summary):
            label.setTextFormat(Qt.TextFormat.RichText)
        self.error.setObjectName("error")
        for label in (self.help, self.guessed, self.summary, self.error):
            label.setWordWrap(True)
        self.table = QTableWidget()
        self.table.setAccessibleName("First rows of the file")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setMaximumHeight(theme.grown(170))
        body = QWidget()
        self.rows = QVBoxLayout(body)
        self.rows.setContentsMargins(10, 8, 10, 10)
        for widget in (
            self.picker, self.help, self.choose, self.guessed, self.target_row, self.error,
            self.summary, self.table,
        ):  # fmt: skip
            self.rows.addWidget(widget)
            # Nothing is chosen before a project is open.
            widget.hide()
        self.picker.show()
        self.picker.setCurrentIndex(-1)
        self.rows.addStretch(1)
        self.setWidget(body)

    def show_reference(self, reference: DataReference, find_file: Callable[[], Path | None]) -> None:
        """Show which data is chosen, and the file or folder that it is read from: ``find_file`` is called on
        another thread.

        Of a kind that is not known here, only `show_loaded` says so.
        """
        if reference.kind not in sources:
            self._show_unknown(reference)
            return
        source = sources[reference.kind]
        if self.form is None or self.reference.kind != reference.kind:
            form = Form(
                source.form_options, CHOICES, names=TITLES, listed=source.listed_options, words=in_window
            )
            show_hints(form)
            form.changed.connect(self._on_option)
            replace_form(self.rows, self.form, None, 0)
            replace_form(self.rows, None, form, self.rows.indexOf(self.target_row) + 1)
            self.form = form
        self.reference, self._find_file = reference, find_file
        with QSignalBlocker(self.picker):
            self.picker.setCurrentIndex(self.picker.findData(reference.kind))
        self.form.show_values({**source.defaults(), **reference.options})
        self.help.setText(source.help)
        self.help.show()
        self.choose.setVisible(bool(source.picks))
        self._name_choice()
        self.choose.setToolTip("")
        self._show_preview(None)
        self._number += 1
        number = self._number

        def show(seen: tuple[Path | None, Preview | None, Mapping[str, Sequence[str]]]) -> None:
            if number == self._number:
                file, preview, offered = seen
                if self.form is not None:
                    offer_listed(self.form, offered, reference.options)
                self.choose.setToolTip(plain_tip(str(file)) if file is not None else "")
                self._show_preview(preview)

        self._look_up(lambda: _preview(reference, find_file), show, _told_by_the_loader)

    def _show_unknown(self, reference: DataReference) -> None:
        """Data of a kind that this program does not know; the loader says so in a sentence."""
        replace_form(self.rows, self.form, None, 0)
        self.form, self.reference = None, reference
        with QSignalBlocker(self.picker):
            self.picker.setCurrentIndex(-1)
        self.help.setText("")
        for widget in (self.choose, self.guessed, self.table, self.target_row):
            widget.setVisible(False)

    def show_loaded(self, data: Dataset | None, error: str = "") -> None:
        """Show what the data turned out to be, or why it cannot be used."""
        self.error.setVisible(bool(error))
        self.error.setText(in_window(error))
        self.summary.show()
        self._tell_season(data)
        if data is None:
            self.summary.setText("" if error else "Loading…")
            return
        inputs = show_shape(data.input_shape) if len(data.input_shape) > 1 else _inputs(data.input_shape[0])
        width = data.target_width
        target = "a number to predict" if width == 1 else f"{width:,} numbers to predict"
        if data.classes:
            target = f"{len(data.classes)} classes"
        lines = [
            f"Samples: {data.sizes}",
            f"{inputs}, {target}",
            *(html.escape(breakable(in_window(note))) for note in data.notes),
        ]
        self.summary.setText("<br>".join(lines))

    def _tell_season(self, data: Dataset | None) -> None:
        """Say which season was guessed, where none is chosen."""
        field = self.form.editors.get(SEASON.name) if self.form is not None else None
        if isinstance(field, WholeEdit):
            series = data.series if data is not None and not field.value() else None
            rows = series.season.rows if series is not None else 0
            field.call_zero(f"{SEASON.zero} ({rows:,})" if rows else SEASON.zero)

    def browse(self) -> None:
        """Ask for the file or folder that the kind of data takes."""
        source = sources[self.reference.kind]
        if source.picks == Picks.FOLDER:
            path = ask_folder(self, "Choose a folder")
        else:
            known = " ".join(f"*{suffix}" for suffix in source.suffixes)
            path = ask_open(self, "Choose a file", f"{source.title} ({known});;All files (*)")
        if path and self._is_lost:
            self._request("path", path)
        elif path:
            self.use(source.id, path)

    def show_lost(self, is_lost: bool) -> None:
        """Say whether the file or folder is not there, so that it is asked for, and not for any other."""
        self._lost = (self.reference.kind, self.reference.options.get("path")) if is_lost else None
        self._name_choice()

    @property
    def _is_lost(self) -> bool:
        return self._lost == (self.reference.kind, self.reference.options.get("path"))

    def _name_choice(self) -> None:
        source = next((source for source in sources if source.id == self.reference.kind), None)
        if source is not None and source.picks:
            self.choose.setText(f"Choose {'the' if self._is_lost else 'a'} {source.picks}…")

    def use(self, kind: str, path: str) -> None:
        """Choose a file or folder as data of a kind; other options begin with their defaults."""
        self.data_requested.emit(DataReference(kind, {"path": path}))

    def _show_preview(self, preview: Preview | None) -> None:
        source = sources[self.reference.kind]
        self.guessed.setVisible(preview is not None)
        self.table.setVisible(preview is not None)
        self.target_row.setVisible(preview is not None and bool(source.target_option))
        if preview is None:
            return
        name = html.escape(breakable(Path(str(self.reference.options.get("path", ""))).name))
        self.guessed.setText(f"<b>{name}</b>: {html.escape(preview.text)}")
        with QSignalBlocker(self.target):
            self.target.clear()
            for column in preview.columns:
                self.target.addItem(column, column)
            if preview.target not in preview.columns:
                # Several, or one that the file lacks.
                self.target.addItem(preview.target, preview.target)
            self.target.setCurrentIndex(self.target.findData(preview.target))
        shown = preview.columns[:PREVIEW_COLUMNS]
        self.table.setColumnCount(len(shown))
        self.table.setHorizontalHeaderLabels(list(shown))
        self.table.setRowCount(len(preview.rows))
        for i, row in enumerate(preview.rows):
            for j, value in enumerate(row[: len(shown)]):
                self.table.setItem(i, j, QTableWidgetItem(value))
        self.table.resizeColumnsToContents()

    def _on_target(self, _index: int) -> None:
        self._on_option(sources[self.reference.kind].target_option, self.target.currentData())

    def _on_picked(self, _index: int) -> None:
        kind = self.picker.currentData()
        if kind != self.reference.kind:
            self.data_requested.emit(DataReference(kind, {}))

    def _on_option(self, name: str, value: object) -> None:
        if self.form is not None and isinstance(self.form.editors.get(name), TextEdit):
            self._try_text(name, value)
            return
        self._request(name, value)

    def _request(self, name: str, value: object) -> None:
        options = {**self.reference.options, name: value}
        self.data_requested.emit(DataReference(self.reference.kind, options))

    def _try_text(self, name: str, value: object) -> None:
        """Ask for data with another text once it can be read so; else the data before stays, and so does what
        was learned of it.
        """
        form, reference, find_file = self.form, self.reference, self._find_file
        assert form is not None
        field = form.editors[name]
        assert isinstance(field, TextEdit)

        def is_wanted() -> bool:
            same = (self.reference.kind, self.reference.options.get("path"))
            return (
                form is self.form
                and field.value() == value
                and same == (reference.kind, reference.options.get("path"))
            )

        def then(_data: Dataset | None) -> None:
            if is_wanted():
                self._request(name, value)

        def failed(error: Exception) -> None:
            if not is_wanted():
                return
            if not isinstance(error, DataError | SpecError | FileError):
                # Whoever loads it says that this is a bug.
                self._request(name, value)
                return
            defaults = sources[reference.kind].defaults()
            field.refuse_instead(str({**defaults, **self.reference.options}[name]), in_window(str(error)))

        options = {**reference.options, name: value}
        self._look_up(lambda: _loaded(DataReference(reference.kind, options), find_file), then, failed)


def _inputs(count: int) -> str:
    return f"{count:,} input{'s' * (count != 1)}"


def _preview(
    reference: DataReference, find_file: Callable[[], Path | None]
) -> tuple[Path | None, Preview | None, Mapping[str, Sequence[str]]]:
    """The file that data is read from, how it begins, and what it offers to choose from. Raises what
    `Source.preview` does.
    """
    source, file = sources[reference.kind], find_file()
    if file is None and source.picks:
        return None, None, {}
    offered: Mapping[str, Sequence[str]] = {}
    options = {**reference.options, "path": str(file)} if file is not None else reference.options
    try:
        offered = source.listed_in(file) if file is not None else {}
        return file, source.preview(source.complete(options)), offered
    except (DataError, SpecError, FileError):
        # The loader says the same in a sentence.
        return file, None, offered


def _loaded(reference: DataReference, find_file: Callable[[], Path | None]) -> Dataset | None:
    """The data, as it would be loaded; None where its file is missing. Raises what `load` does."""
    file = find_file()
    if file is None and sources[reference.kind].picks:
        return None
    return load(reference.kind, reference.options | ({"path": str(file)} if file is not None else {}))


def _told_by_the_loader(_error: Exception) -> None:
    """What the loader meets, too, it says."""
