"""How bad something is, in the same three words wherever it is told."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from nnstudio.model.quantity import counted


class Severity(StrEnum):
    """The worst first."""

    FAULT = "fault"
    WARNING = "warning"
    NOTE = "note"

    @property
    def meaning(self) -> str:
        """What it says of the network."""
        return MEANINGS[self]

    @property
    def told(self) -> str:
        """The word and what it says, in a sentence."""
        return f"{self.capitalize()}: {self.meaning}"


MEANINGS = {
    Severity.FAULT: "it keeps the network from learning, or from running at all.",
    Severity.WARNING: "the network learns, but worse than it could, or than its figures say.",
    Severity.NOTE: "good to know; there is nothing to fix.",
}


def severity_of(is_serious: bool, is_note: bool = False) -> Severity:
    """The word for a finding or a problem."""
    return Severity.FAULT if is_serious else Severity.NOTE if is_note else Severity.WARNING


def tally(severities: Iterable[Severity]) -> str:
    """How many there are of each, such as ``1 fault, 2 warnings``; "" for none."""
    given = list(severities)
    counts = ((each, given.count(each)) for each in Severity)
    return ", ".join(counted(count, str(each)) for each, count in counts if count)
