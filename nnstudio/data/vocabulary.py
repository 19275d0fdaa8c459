"""The tokens of a text, characters or words: what they are called, how they are read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from nnstudio.model.quantity import counted

if TYPE_CHECKING:
    from nnstudio.data.dataset import Dataset

# A word with the apostrophes in it, or a single mark.
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
NAMES = {" ": "space", "\n": "line end", "\t": "tab"}
# No character and no word is called so.
UNKNOWN = "(unknown)"
# Words are written with a space between, but for marks that stand close to what is before or behind them.
NO_SPACE_BEFORE, NO_SPACE_BEHIND = frozenset(".,;:!?)]}…%"), frozenset("([{")
# What may stand before a beginning that is too short: in most texts a new line or sentence begins behind it.
FILLERS = ("line end", "space", ".", UNKNOWN)
# So many tokens that are not known are named.
NAMED = 8


class Unit(StrEnum):
    """What a text is a sequence of."""

    CHARACTERS = auto()
    WORDS = auto()

    @property
    def singular(self) -> str:
        return self.value.removesuffix("s")

    def tokens(self, text: str) -> Sequence[str]:
        """The characters, or the words and marks without what is between them."""
        return text if self is Unit.CHARACTERS else WORD.findall(text)


class Beginning(NamedTuple):
    """A text as a network reads it.

    Attributes:
        numbers: of all tokens that are known.
        window: the last of them, as many as the network reads, filled up from the left.
        notes: what was left out or replaced, as sentences.
        given: how many of the window are of the text itself.
        is_known: whether nothing was left out or replaced.
        filler: name of the token that the window is filled up with.
    """

    numbers: tuple[int, ...]
    window: tuple[int, ...]
    given: int
    notes: tuple[str, ...]
    is_known: bool
    filler: str = ""

    def filling(self, count: int, unit: Unit) -> str:
        """In a sentence, that the filler is read so many times before the text; "" for none."""
        if not count:
            return ""
        if count + self.given < len(self.window):
            return f"Begun with '{self.filler}', as something must be read first."
        length, times = counted(len(self.window), unit.singular), counted(count, "time")
        return f"Filled up to {length}: '{self.filler}' is read {times} before it."


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by number: ``names`` are the classes of the data, as `name_of` calls them."""

    unit: Unit
    names: tuple[str, ...]

    @classmethod
    def of(cls, data: Dataset) -> Vocabulary | None:
        """That of data whose samples are windows of a text; None of other data."""
        return None if data.text is None else cls(data.text, data.classes)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def numbers_of(self, tokens: Iterable[str]) -> tuple[list[int], tuple[str, ...]]:
        """Numbers of those tokens that have one, and the names of the others, sorted.

        Where the vocabulary has a number for tokens that are not told apart, the others get that one.
        """
        known, unknown = self._numbers, self._numbers.get(UNKNOWN)
        numbers, strange = [], set()
        for token in tokens:
            name = name_of(token)
            number = known.get(name, unknown)
            if name not in known:
                strange.add(name)
            if number is not None:
                numbers.append(number)
        return numbers, tuple(sorted(strange))

    def begin(self, text: str, length: int) -> Beginning:
        """A text that a network which reads ``length`` tokens is to go on from."""
        # What was written with tokens that are not told apart can be gone on from.
        parts = text.split(UNKNOWN) if UNKNOWN in self._numbers else [text]
        tokens = [token for part in parts for token in (UNKNOWN, *self.unit.tokens(part))][1:]
        numbers, strange = self.numbers_of(tokens)
        notes = []
        if strange:
            named = ", ".join(f"'{name}'" for name in strange[:NAMED]) + (
                " …" if len(strange) > NAMED else ""
            )
            notes.append(
                f"Not known to the network, and taken for {UNKNOWN}: {named}."
                if UNKNOWN in self._numbers
                else f"Left out, as not in the text learned from: {named}."
            )
        missing, given = max(length - len(numbers), 0), min(length, len(numbers))
        filler = next((name for name in FILLERS if name in self._numbers), self.names[0])
        window = [self._numbers[filler]] * missing + numbers[-length:]
        return Beginning(tuple(numbers), tuple(window), given, tuple(notes), not strange, filler)

    def text_of(self, numbers: Iterable[int]) -> str:
        """The text of tokens. Between words stands a space, whatever stood there in the text learned from."""
        names = [self.names[number] for number in numbers]
        if self.unit is Unit.CHARACTERS:
            return "".join(_NAMED.get(name) or _shown(name) for name in names)
        text, before = "", ""
        for token in map(_shown, names):
            close = not text or token in NO_SPACE_BEFORE or before in NO_SPACE_BEHIND
            text += token if close else f" {token}"
            before = token
        return text


def name_of(token: str) -> str:
    """The token, or a name where nothing would be seen of it; no two are called alike."""
    if token in NAMES:
        return NAMES[token]
    return token if len(token) > 1 or (token.isprintable() and token != "\xad") else f"U+{ord(token):04X}"


def _shown(name: str) -> str:
    """The token of a name that tells its code; no word has a plus sign in it. Others are their own names."""
    return chr(int(name[2:], 16)) if _CODE.fullmatch(name) else name


_CODE = re.compile(r"U\+[0-9A-F]{4,6}")
# Of characters: a word may be called so.
_NAMED = {name: token for token, name in NAMES.items()}
