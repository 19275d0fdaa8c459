"""What the run bar says in little room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnstudio.model.quantity import in_digits

if TYPE_CHECKING:
    from nnstudio.model.settings import TrainingSettings

# How what is left of a run ends and begins, and where a sentence becomes an explanation.
LEFT, ABOUT, MORE = " left.", "About ", " ("
OWN_RATES = "Each group of layers has a learning rate of its own: see Training."


def shorter(sentence: str) -> tuple[str, ...]:
    """What may stand in place of a sentence on time, longest first: a part of a word says nothing."""
    first = sentence.split(MORE)[0]
    ways = [] if first == sentence else [f"{first}."]
    if sentence.endswith(LEFT):
        time = sentence.removesuffix(LEFT)
        bare = time.removeprefix(ABOUT)
        ways = [time, bare[:1].upper() + bare[1:]]
    return (*ways, "")


def rates_in_words(settings: TrainingSettings | None, groups: Sequence[str]) -> tuple[str, str]:
    """How many learning rates there are, and which group learns with which."""
    if settings is None or not groups:
        return "", OWN_RATES
    rates = {group: settings.group(group).hyperparameters()["learning_rate"] for group in groups}
    count = len(set(rates.values()))
    told = "; ".join(f"{group}: {in_digits(rate)}" for group, rate in rates.items())
    one = in_digits(next(iter(rates.values())))
    return (
        f"{count} rates" if count > 1 else one,
        f"Learning rates, by group of layers: {told}. See Training.",
    )
