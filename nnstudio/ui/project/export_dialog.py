"""Choose a format and a file for the trained network; see who judged the result, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.export.format import Format, formats
from nnstudio.export.network_part import Part
from nnstudio.export.parity import Parity
from nnstudio.model.atomic_file import refusal
from nnstudio.ui.project.file_names import may_replace
from nnstudio.ui.project.usage import Busy, Usage
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.file_dialogs import ask_folder, ask_save
from nnstudio.ui.widgets.folder_button import FolderButton
from nnstudio.ui.widgets.forms import Form, replace_form
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle

# Starts an export: the file, the format's identifier, what is told how it went, the format's options, and the
# part of the network. Returns what cancels it.
Start = Callable[[Path, str, Callable[[Parity | str], None], Mapping[str, Any], Part], Callable[[], None]]
PART_TIP = (
    "The generator alone takes random numbers and gives samples; the judge alone says how likely a sample is "
    "real. Each is checked as a network of its own."
)

# Of the dialog, in pixels; it grows for a report.
WIDTH, EMPTY, FILLED = 860, 420, 640


class ExportDialog(QDialog):
    """``start`` exports on the worker. The dialog stays open, so that the report can be read. ``parts`` of
    the network are offered where there are several.
    """

    def __init__(
        self, parent: QWidget, start: Start, folder: Path, name: str, parts: Sequence[Part] = (Part.WHOLE,)
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export the trained network")
        self._start, self._name, self._typed = start, name, False
        self._is_open = True
        # What the export that was started last writes.
        self._written: Path | None = None
        # What was chosen of each format's options, by its identifier; kept while others are looked at.
        self._chosen: dict[str, dict[str, Any]] = {}
        self.options: Form | None = None
        self.finished.connect(self._on_finished)
        self.list = QListWidget()
        self.list.setAccessibleName("Formats")
        self.list.setSpacing(3)
        for form in formats:
            item = QListWidgetItem(form.title)
            item.setData(Qt.ItemDataRole.UserRole, form.id)
            self.list.addItem(item)
        # All titles whole.
        edges = 2 * self.list.frameWidth() + self.list.verticalScrollBar().sizeHint().width()
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + edges)
        self.help, self.judge, self.said, self.note = (self._text() for _ in range(4))
        self.part = ChoiceBox()
        self.part.setAccessibleName("Part of the network")
        self.part.setToolTip(PART_TIP)
        for part in parts:
            self.part.addItem(part.label, part)
        self.part.activated.connect(lambda _at: self._name_file())
        self.part.setVisible(len(parts) > 1)
        self.path = QLineEdit()
        self.path.setAccessibleName("File or folder")
        self.path.setMinimumWidth(320)
        self.path.textEdited.connect(self._on_typed)
        self.browse = QPushButton("Browse…")
        self.browse.clicked.connect(self._on_browse)
        self.export = QPushButton("Export")
        self.export.setDefault(True)
        self.export.clicked.connect(self._on_export)
        self.where = QLabel()
        self.where.setBuddy(self.path)
        self.busy = Busy()
        self.usage = Usage()
        self.report = QFrame()
        self.report_rows = QFormLayout(self.report)
        self.report_rows.setContentsMargins(0, 0, 0, 0)
        self._folder, self.folder = folder, FolderButton()
        self._arrange()
        self.list.currentRowChanged.connect(self._on_format)
        self.list.setCurrentRow(0)

    @staticmethod
    def _text(text: str = "") -> PlainLabel:
        label = PlainLabel(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return label

    def _arrange(self) -> None:
        where = QHBoxLayout()
        where.addWidget(self.where)
        where.addWidget(self.path, 1)
        where.addWidget(self.browse)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self.export)
        right = self._column = QVBoxLayout()
        right.setSpacing(10)
        for widget in (self.help, self.judge):
            right.addWidget(widget)
        right.addWidget(self.part)
        right.addLayout(where)
        right.addWidget(self.said)
        right.addWidget(self.note)
        right.addWidget(self.busy)
        right.addWidget(self.report)
        right.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self.usage, 1)
        # Less than that of what is shown.
        right.addStretch(0)
        right.addLayout(buttons)
        columns = QHBoxLayout(self)
        columns.setSpacing(16)
        columns.addWidget(self.list)
        columns.addLayout(right, 1)
        self.resize(WIDTH, EMPTY)

    @property
    def format(self) -> Format:
        """The chosen one."""
        return formats[self.list.currentItem().data(Qt.ItemDataRole.UserRole)]

    def _on_format(self) -> None:
        form = self.format
        self.help.setText(form.help)
        judge = form.judge()
        install = f" `pip install nnstudio[{form.extra}]` brings one." if form.extra else ""
        self.judge.setText(
            f"Checked by {judge}." if judge else f"No program here opens it to check it.{install}"
        )
        self._offer_options(form)
        self.where.setText("&File" if form.suffix else "&Folder")
        self._name_file()

    def _name_file(self) -> None:
        """Name a file for the format and the part that are chosen, unless a person named one."""
        form, part = self.format, self.part.currentData()
        if not self._typed:
            name = self._name if part == Part.WHOLE else f"{self._name}-{part}"
            self.path.setText(str(self._folder / f"{name}{ending(form)}"))
        elif self.path.text().strip():
            self.path.setText(str(fitting(Path(self.path.text().strip()), form)))
        self._show(None)

    def _offer_options(self, form: Format) -> None:
        """A form of the options that a format has, between what it is for and where it goes."""
        options = Form(form.options, tells=True) if form.options else None
        replace_form(self._column, self.options, options, self._column.indexOf(self.judge) + 1)
        self.options = options
        if options is not None:
            options.changed.connect(self._on_option)
            options.follow(self.list)
            self._show_options()

    def _on_option(self, name: str, value: object) -> None:
        self._chosen.setdefault(self.format.id, {})[name] = value
        self._show_options()

    def _show_options(self) -> None:
        if self.options is not None:
            defaults = {option.name: option.default for option in self.format.options}
            self.options.show_values({**defaults, **self._chosen.get(self.format.id, {})})

    def _on_typed(self) -> None:
        self._typed = True

    def _on_browse(self) -> None:
        form, now = self.format, self.path.text()
        if form.suffix:
            chosen, _ = ask_save(
                self, "Export", now, f"{form.title} (*{form.suffix})",
                options=QFileDialog.Option.DontConfirmOverwrite,
            )  # fmt: skip
        else:
            chosen = ask_folder(self, "Export into a folder", now)
        if chosen:
            self.path.setText(chosen)
            self._on_typed()

    def _on_export(self) -> None:
        form = self.format
        text = self.path.text().strip()
        if not text:
            self._show("Choose a file first.")
            return
        path = Path(text)
        if form.suffix and not path.name.lower().endswith(form.suffix):
            path = fitting(path, form)
            self.path.setText(str(path))
        try:
            is_held = path.is_file() or (not form.suffix and path.is_dir() and any(path.iterdir()))
        # Such as where the name is too long.
        except OSError as error:
            self._show(str(refusal(path, error)))
            return
        if is_held and not may_replace(self, path):
            return
        self._show(None)
        self.said.show()
        self.said.setText("Exporting, and comparing what the result predicts …")
        self.export.setEnabled(False)
        self._written = path
        self.busy.show()
        options, part = self._chosen.get(form.id, {}), Part(self.part.currentData())
        self.busy.cancel = self._start(path, form.id, self._on_end, options, part)

    def _on_end(self, result: Parity | str) -> None:
        if not self._is_open:
            return
        self.export.setEnabled(True)
        self.busy.hide()
        self._show(result)

    def _on_finished(self) -> None:
        self._is_open = False

    def _show(self, result: Parity | str | None) -> None:
        """The report of an export, or why there is none."""
        while self.report_rows.rowCount():
            self.report_rows.removeRow(0)
        self.said.setText(result if isinstance(result, str) else "" if result is None else result.verdict)
        self.folder.show_path(self._written if isinstance(result, Parity) else None)
        notes = (result.remark, result.caution) if isinstance(result, Parity) else ()
        self.note.setText(" ".join(filter(None, notes)))
        for label in (self.said, self.note):
            label.setVisible(bool(label.text()))
        restyle(self.said, "error" if isinstance(result, str) else "done" if result is not None else "")
        self.usage.say(result.usage if isinstance(result, Parity) else "")
        if result is not None:
            self.resize(self.width(), max(self.height(), FILLED))
        self.folder.show_path(self._written if isinstance(result, Parity) else None)
        if isinstance(result, Parity):
            for title, text in _rows(result).items():
                self.report_rows.addRow(PlainLabel(title), self._text(text))


def ending(form: Format) -> str:
    """How names of its files, or of its folders, end."""
    return form.suffix or f"-{form.id}"


def fitting(path: Path, form: Format) -> Path:
    """The name for another format: how names of a format end is replaced, and nothing else behind a dot."""
    ends = [end for end in map(ending, formats) if path.name.lower().endswith(end)]
    name = path.name[: -len(max(ends, key=len))] if ends else path.name
    # A folder may have any name.
    return path.with_name(name + ending(form)) if name and (ends or form.suffix) else path


def _rows(parity: Parity) -> dict[str, str]:
    """What the report says, by title."""
    rows = {"Report": f"{parity.file}.parity.json", "SHA-256": f"{parity.sha256[:16]}…"}
    if parity.largest_difference is None or parity.mean_difference is None:
        return rows
    whose = parity.data if parity.caution else f"of {parity.data}"
    return {
        "Samples": f"{parity.samples} {whose}, {', '.join(map(str, parity.batches))} at a time",
        "Largest difference": f"{parity.largest_difference:.1e} (tolerance {parity.tolerance:.0e})",
        "Mean difference": f"{parity.mean_difference:.1e}",
        **rows,
    }
