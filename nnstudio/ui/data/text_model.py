"""Samples of a text as a person reads them: what the network reads, and what it is to guess."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from nnstudio.data.dataset import Dataset
from nnstudio.data.tables.look import TableLook
from nnstudio.data.vocabulary import Unit, Vocabulary
from nnstudio.ui.data.table_models import NO_PARENT, ROLE, FileModel, Index, PreparationModel, SamplesModel

# Wider samples are no table that a person reads.
MOST_INPUTS = 2000
HEADS = ("The network reads", "It guesses")
# A line of the table has no ends of lines in it.
SEEN = str.maketrans({"\n": "↵", "\t": "⇥"})


class TextModel(SamplesModel):
    """A window of the text in each row; where it is guessed at every step, what follows is a text, too."""

    # Letters that a column has room for, and its most pixels.
    ROOM = (256, 900)

    def __init__(self, data: Dataset, vocabulary: Vocabulary) -> None:
        super().__init__(data)
        self._vocabulary = vocabulary

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(HEADS)

    def value(self, row: int, column: int) -> str:
        """The text of a sample, or of what follows it."""
        numbers = self.sample(row)[column].astype(int)
        if numbers.size == 1 and self._vocabulary.unit is Unit.CHARACTERS:
            # By its name: of a space alone nothing would be seen.
            return self._vocabulary.names[int(numbers[0])]
        return self._vocabulary.text_of(numbers.tolist()).translate(SEEN)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        if role == ROLE.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return super().data(index, role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == ROLE.DisplayRole:
            return HEADS[section]
        return super().headerData(section, orientation, role)


# What the table can show.
Shown = FileModel | PreparationModel | SamplesModel


def samples_of(data: Dataset, look: TableLook | None) -> SamplesModel | None:
    """Samples as a person reads them; None where one has too many numbers."""
    vocabulary = Vocabulary.of(data)
    if vocabulary is not None:
        return TextModel(data, vocabulary)
    return SamplesModel(data, look) if data.x_train[0].size <= MOST_INPUTS else None
