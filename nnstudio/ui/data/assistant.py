"""New data before anything is replaced: what was understood, corrected on the spot, and a network for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from nnstudio.data.dataset import DataError, sources
from nnstudio.data.option_titles import CHOICES, TITLES
from nnstudio.data.tables.look import TableLook
from nnstudio.data.tables.series import SeriesLook
from nnstudio.from_data import (
    FromData,
    dropped_path,
    possible_sources,
    source_of,
)
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.ui.data.looking import dropped
from nnstudio.ui.data.mark_list import MarkList
from nnstudio.ui.data.page import DataPage
from nnstudio.ui.data.reader_box import ReaderBox
from nnstudio.ui.data.reading import Reading, sentence_on
from nnstudio.ui.panels.data_panel import LookUp
from nnstudio.ui.panels.data_words import in_window, offer_listed, show_hints
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.forms import LABEL_WIDTH, Form, replace_form
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

# Pixels of the settings; milliseconds between two looks at how far the reading is; its steps.
SETTINGS, GLANCE, STEPS = 330, 100, 1000
# What a person says at the columns themselves, or above them.
AT_THE_COLUMNS = {"columns", "task"}
REFUSED = "The data cannot be read as “{title}” says; see there why, and change it."
IS_PROJECT = "'{name}' is a project and no data. To open it, cancel here and choose Open."
NO_NETWORK = "A network is proposed once the data can be read."


class Assistant(QDialog):
    """Shows a file or folder as it would be learned from; nothing else changes until a person says so.

    Signals: created(FromData) for a new project; used(DataReference) for the data of the one that is open.
    For a new project the window stays until whoever hears it calls ``take``.

    Attributes:
        proposed: what would be created now; None while it is read, where it cannot be, and once it is closed.
    """

    created = Signal(object)
    used = Signal(object)

    def __init__(
        self, parent: QWidget, reference: DataReference, look_up: LookUp, project: Project | None = None
    ) -> None:
        """``reference`` names a file or folder on this machine; ``project`` is the one that is open, where
        its network could learn from it.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.reference, self._look_up, self._project = reference, look_up, project
        self.path = Path(str(reference.options["path"]))
        self.setAcceptDrops(True)
        self.proposed: FromData | None = None
        self._reading: Reading | None = None
        self.page, self.kind = DataPage(look_up), narrow(StillBox())
        # Their list stands beside the page.
        self.page.of_tables.remove(self.page.marks)
        for widget in (self.page.propose, self.page.marks):
            widget.hide()
        self.page.setAcceptDrops(False)
        self.form: Form | None = None
        # Whether the rows may tell of what kind they are, as nobody said anything yet; why they are of that.
        self._guesses, self.why = True, PlainLabel()
        # The setting of the form that was changed last, where nothing else was since.
        self._changed = ""
        self.marks, self.marks_heading = MarkList(), _heading("Missing values")
        self.heading, self.reader = _heading("Proposed network"), ReaderBox()
        self.network, self.reason, self.progress = PlainLabel(), PlainLabel(), QProgressBar()
        self.told = PlainLabel()
        self.confirm, self.adopt = QPushButton("&Create project"), QPushButton("&Use in this project")
        self._glance = QTimer(self)
        self._glance.setInterval(GLANCE)
        self._put_together()
        self._connect()
        self.adopt.setVisible(project is not None)
        self._show_file()
        self.page.table.setFocus()
        self._read()

    def _put_together(self) -> None:
        self.kind.setAccessibleName("Kind of data")
        self.confirm.setToolTip("Begin a project with this data and the proposed network")
        self.adopt.setToolTip("Let the network that is open learn from this data; Undo brings the other back")
        self.progress.setAccessibleName("Reading the data")
        self.progress.setTextVisible(False)
        self.kind_row = QWidget()
        row, self.kind_label = QFormLayout(self.kind_row), QLabel("&Kind")
        row.setContentsMargins(0, 0, 0, 0)
        row.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.kind_label.setBuddy(self.kind)
        row.addRow(self.kind_label, self.kind)
        row.addRow(self.why)
        body = QWidget()
        self.rows = QVBoxLayout(body)
        self.rows.setContentsMargins(14, 10, 14, 10)
        understood = (_heading("Reading"), self.kind_row, self.marks_heading, self.marks)
        self.reader.hide()
        for widget in (*understood, self.heading, self.reader, self.network, self.reason):
            self.rows.addSpacing(10 if widget in (self.marks_heading, self.heading) else 0)
            self.rows.addWidget(widget)
        self.rows.addStretch(1)
        for label in (self.network, self.reason, self.told, self.why):
            label.setWordWrap(True)
        for label in (self.reason, self.why):
            label.setObjectName("muted")
        side = QScrollArea()
        side.setAccessibleName("Settings")
        side.setWidgetResizable(True)
        # Tab goes to what is in it.
        side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side.setFrameShape(QFrame.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(side)
        side.setFixedWidth(theme.grown(SETTINGS))
        side.setWidget(body)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.addButton(self.adopt, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self.confirm, QDialogButtonBox.ButtonRole.ActionRole)
        middle, below, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        middle.setSpacing(0)
        middle.addWidget(self.page, 1)
        middle.addWidget(side)
        below.setContentsMargins(14, 8, 14, 12)
        below.addWidget(self.progress, 1)
        below.addWidget(self.told, 1)
        below.addWidget(self.buttons)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addLayout(below)
        give_size(self, 1120, 700)

    def _connect(self) -> None:
        self.page.data_requested.connect(self.ask)
        self.page.looked.connect(self._show_marks)
        self.marks.changed.connect(self._on_marks)
        self.kind.activated.connect(self._on_kind)
        self.reader.activated.connect(lambda _at: self._read())
        self._glance.timeout.connect(self._show_progress)
        self.buttons.rejected.connect(self.reject)
        self.confirm.clicked.connect(lambda _on=False: self.created.emit(self.proposed))
        self.adopt.clicked.connect(self._use)

    # What a person says

    def ask(self, reference: DataReference, changed: str = "") -> None:
        """Read the data in another way; ``changed`` names the setting of the form that says so."""
        if reference != self.reference:
            self.reference, self._changed = reference, changed
            self.told.setText("")
            self._read()

    def look_at(self, text: str) -> None:
        """Show another file or folder, that was dropped, instead; one that cannot be is told, and nothing
        changes.
        """
        before = self.path.name
        try:
            path = dropped_path(text)
            if path.suffix == SUFFIX:
                raise DataError(IS_PROJECT.format(name=path.name))
            kind = source_of(path).id
            if path == self.path:
                raise DataError("That is the same one.")
        except DataError as error:
            self.told.setText(f"Still looking at '{before}'. {error}")
            return
        self.path = path
        self._show_file()
        # Of the file before.
        self.network.setText("")
        self._guesses = True
        self.ask(DataReference(kind, {"path": str(path)}))
        self.told.setText(f"'{path.name}' is shown now instead of '{before}', of which nothing was made.")

    def _show_file(self) -> None:
        self.setWindowTitle(f"Your data: {self.path.name}")
        self._show_why("")
        # Enter must not change what is open, unless that waits for it.
        is_awaited = self._project is not None and self._project.lacks(self.path)
        (self.adopt if is_awaited else self.confirm).setDefault(True)
        self.kind.clear()
        for source in possible_sources(self.path):
            self.kind.addItem(source.title, source.id)

    def _show_why(self, sentence: str) -> None:
        """Say why the file is taken for what it is."""
        self.why.setText(in_window(sentence))
        self.why.setVisible(bool(sentence))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.look_at(dropped(event))

    def _on_kind(self, _index: int) -> None:
        if self.kind.currentData() != self.reference.kind:
            self._show_why("")
            self._guesses = False
            self.ask(DataReference(self.kind.currentData(), {"path": str(self.path)}))

    def _on_option(self, name: str, value: object) -> None:
        options = self.reference.options
        # Who passes a field by changes nothing.
        if value != {**sources[self.reference.kind].defaults(), **options}[name]:
            self.ask(DataReference(self.reference.kind, {**options, name: value}), name)

    def _on_marks(self, said: Mapping[str, str]) -> None:
        self.ask(DataReference(self.reference.kind, {**self.reference.options, **said}))

    def _use(self) -> None:
        self.accept()
        self.used.emit(self.reference)

    def take(self, proposed: FromData) -> bool:
        """Close with what is proposed; False where that is no longer wanted."""
        if self.proposed is not proposed:
            return False
        self.accept()
        return True

    # Reading

    def _read(self) -> None:
        """Read the data and propose a network on another thread; what is being read is given up."""
        self._give_up()
        self._show_settings()
        self.page.show_reference(self.reference, self._file)
        reading, reference, path = Reading(), self.reference, self.path
        guesses, reader, self._reading = self._guesses, self.reader.reader, reading
        before = self._project.document.data if self._project is not None else None
        self._show_proposal(None, is_coming=True)
        self._show_progress()
        self._glance.start()

        def done(proposed: FromData) -> None:
            if not reading.is_over:
                self._give_up()
                # Where it could not be read, its kind is guessed once that is mended.
                self._guesses = False
                self._take_way(reading)
                self._show_proposal(proposed)
                self.page.show_loaded(proposed.data, readings=reading.readings)

        def fail(error: Exception) -> None:
            if not reading.is_over:
                self._give_up()
                self._take_way(reading)
                self._show_problem(sentence_on(error))

        self._look_up(lambda: reading.propose(path, reference, guesses, before, reader), done, fail)

    def _take_way(self, reading: Reading) -> None:
        """Go on with the way in which it was read, and say why; offer what the file holds to choose from,
        such as sheets, once it is known.
        """
        if reading.way is not None and reading.way[0] != self.reference:
            self.reference, why = reading.way
            self._show_why(why)
            self._show_settings()
            self.page.show_reference(self.reference, self._file)
        source, path, form = sources[self.reference.kind], self.path, self.form

        def show(offered: Mapping[str, tuple[str, ...]]) -> None:
            if form is not None and form is self.form and path == self.path:
                offer_listed(form, offered, self.reference.options)

        # Whoever reads the file says what is wrong with it.
        self._look_up(lambda: source.listed_in(path), show, lambda _error: None)

    def _show_problem(self, sentence: str) -> None:
        """Say why data cannot be read, beside the setting that a person changed where it was one."""
        self._show_proposal(None)
        if self.form is not None and self._changed in self.form.editors:
            self.form.show_problem(self._changed, in_window(sentence))
            sentence = REFUSED.format(title=self.form.names[self._changed])
        self.page.show_loaded(None, sentence)

    def _file(self) -> Path:
        return self.path

    def _give_up(self) -> None:
        """Nobody waits any longer for what is being read."""
        self._glance.stop()
        self.progress.hide()
        if self._reading is not None:
            self._reading.is_over = True
            self._reading = None

    def _show_progress(self) -> None:
        share = self._reading.share if self._reading is not None else None
        self.progress.setRange(0, STEPS if share else 0)
        self.progress.setValue(round(STEPS * (share or 0)))
        self.progress.show()

    def _show_settings(self) -> None:
        source = sources[self.reference.kind]
        if self.form is None or self.form.property("kind") != source.id:
            options = [option for option in source.form_options if option.name not in AT_THE_COLUMNS]
            form = Form(options, CHOICES, names=TITLES, listed=source.listed_options, words=in_window)
            show_hints(form)
            form.setProperty("kind", source.id)
            form.changed.connect(self._on_option)
            for edit in form.findChildren(QLineEdit):
                # A file is for the assistant: its path is no value of an option.
                edit.setAcceptDrops(False)
            replace_form(self.rows, self.form, form, self.rows.indexOf(self.kind_row) + 1)
            self.kind_label.setMinimumWidth(max(LABEL_WIDTH, form.label_width))
            form.follow(self.kind)
            self.form = form
            QWidget.setTabOrder([*form.editors.values()][-1] if form.editors else self.kind, self.marks.list)
            QWidget.setTabOrder(self.marks.list, self.marks.own)
            self._show_marks(None)
        with QSignalBlocker(self.kind):
            self.kind.setCurrentIndex(self.kind.findData(source.id))
        self.form.show_values({**source.defaults(), **self.reference.options})
        self.form.show_problem("", "")

    def _show_marks(self, look: TableLook | SeriesLook | None) -> None:
        """Show what stands for missing values; while nothing is known of it, what was known."""
        source = sources[self.reference.kind]
        has_marks = source.has_option("missing_marks")
        for widget in (self.marks_heading, self.marks):
            widget.setVisible(has_marks)
        if look is not None:
            self.marks.show_marks(look.marks)

    def _show_proposal(self, proposed: FromData | None, is_coming: bool = False) -> None:
        """Show a network, or that there is none; where one ``is_coming``, that before it stays, greyed."""
        self.proposed = proposed
        for label in (self.network, self.reason):
            label.setEnabled(not is_coming)
        for button in (self.confirm, self.adopt):
            button.setEnabled(proposed is not None)
        if is_coming and self.network.text():
            return
        self.network.setVisible(proposed is not None)
        self.reader.setVisible(proposed is not None and proposed.data.text is not None)
        if proposed is None:
            self.network.setText("")
            self.reason.setText(NO_NETWORK)
            return
        self.network.setText(" → ".join(node.name for node in proposed.proposal.graph.nodes))
        self.reason.setText(proposed.proposal.reason)

    def done(self, result: int) -> None:
        """Close; what is being read is given up."""
        self._give_up()
        self.page.stop_reading()
        self.proposed = self.form = None
        super().done(result)


def _heading(text: str) -> QLabel:
    label = PlainLabel(text)
    label.setObjectName("heading")
    return label
