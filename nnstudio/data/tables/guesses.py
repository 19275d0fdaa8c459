"""Notes on what a column of texts was taken for, which hold only until a person says what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnstudio.data.tables.settings import ColumnSetting, ColumnType

OF_TEXTS = (None, ColumnType.CATEGORY, ColumnType.ORDERED)


@dataclass(frozen=True)
class Guess:
    """A note that tells what a column was taken for.

    Attributes:
        is_of_texts: whether it is true of whatever is taken as texts, be that said or guessed.
    """

    column: str
    note: str
    is_of_texts: bool = False

    def holds(self, said: ColumnSetting) -> bool:
        """Whether the note is still true."""
        return said.type in OF_TEXTS if self.is_of_texts else said.type is None


def notes_that_hold(
    notes: Iterable[str], guesses: Iterable[Guess], settings: Mapping[str, ColumnSetting]
) -> tuple[str, ...]:
    """The notes but for those on guesses that a person took back."""
    stale = {guess.note for guess in guesses if not guess.holds(settings.get(guess.column, ColumnSetting()))}
    return tuple(note for note in notes if note not in stale)
