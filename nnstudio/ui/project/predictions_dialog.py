"""Shows what was predicted, what a person must know of it, and where it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.predict_command import Answers
from nnstudio.ui.project.file_names import completed
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.file_dialogs import ask_save
from nnstudio.ui.widgets.folder_button import FolderButton
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
ROLE = Qt.ItemDataRole
# Lines of notes that are seen without scrolling.
MOST_NOTES = 5


class AnswersModel(QAbstractTableModel):
    """The rows as they are written."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.answers.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.answers.header)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        text = self.answers.rows[index.row()][index.column()]
        if role in (ROLE.DisplayRole, ROLE.AccessibleTextRole):
            return text or "no prediction"
        if role == ROLE.ForegroundRole and not text:
            return QColor(theme.colours.muted)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if role != ROLE.DisplayRole:
            return None
        return (
            self.answers.header[section] if orientation == Qt.Orientation.Horizontal else f"{section + 1:,}"
        )


class PredictionsDialog(QDialog):
    """``trouble`` says why nothing was written to ``out``, or is empty; ``remark`` is on the weights."""

    def __init__(
        self, parent: QWidget, source: Path, answers: Answers, out: Path, trouble: str, remark: str
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Predictions for {source.name}")
        self.answers, self.out = answers, out
        self.table = QTableView()
        self.table.setAccessibleName("Predictions")
        self.table.setModel(AnswersModel(answers))
        # Children go with it.
        self.table.model().setParent(self.table)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.notes = QListWidget()
        self.notes.setAccessibleName("Notes")
        self.notes.setWordWrap(True)
        self.notes.addItems(list(answers.notes))
        self.notes.setVisible(bool(answers.notes))
        line = self.notes.fontMetrics().lineSpacing()
        self.notes.setMaximumHeight(3 * line * min(len(answers.notes), MOST_NOTES) + line)
        where = trouble or f"Written to {out}."
        self.said = PlainLabel(f"{_counted(answers)} {where}{remark}")
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.folder = FolderButton()
        self.folder.show_path(None if trouble else out)
        save, close = QPushButton("Save as…"), QPushButton("Close")
        save.clicked.connect(self._on_save)
        close.clicked.connect(self.close)
        close.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.folder, save, close):
            buttons.addWidget(button)
        rows = QVBoxLayout(self)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.notes)
        rows.addWidget(self.said)
        rows.addLayout(buttons)
        give_size(self, 640, 480)

    def _on_save(self) -> None:
        chosen, _ = ask_save(self, "Save the predictions", str(self.out), "CSV (*.csv)")
        target = completed(self, chosen, ".csv")
        if target is None:
            return
        try:
            write_atomically(target, self.answers.as_csv().encode())
        except FileError as error:
            self.said.setText(str(error))
            return
        self.said.setText(f"Written to {target}.")
        self.folder.show_path(target)


def _counted(answers: Answers) -> str:
    unanswered = sum(not row[-1] for row in answers.rows)
    lacking = f", {unanswered:,} of them without a prediction" if unanswered else ""
    return f"{len(answers.rows):,} {'row' if len(answers.rows) == 1 else 'rows'}{lacking}."
