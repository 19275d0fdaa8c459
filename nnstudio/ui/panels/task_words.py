"""What is learned from what, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.data.imitation import ORIGINS
from nnstudio.model.quantity import counted

if TYPE_CHECKING:
    from nnstudio.data.dataset import Dataset

# So many columns are called by their names, of so many letters together at the most.
MOST_NAMED, LETTERS = 4, 60


def task_in_words(data: Dataset, parameters: int, makes_samples: bool = False) -> str:
    """What enters and what is predicted, how many numbers are learned, and from how many samples; where the
    network ``makes_samples`` itself, what each of both players is to do.
    """
    learned = f", with {counted(parameters, 'parameter')}" if parameters else ""
    if makes_samples and data.classes == ORIGINS:
        entering, both = _entering(data), " in both" if learned else ""
        samples = entering[0].lower() + entering[1:]
        return (
            f"Two players: out of noise, the generator makes {samples}, for the judge to take for real; the "
            f"judge tells real from generated{learned}{both}. Samples: {data.sizes}."
        )
    return f"{_entering(data)} → {_predicted(data)}{learned}. Samples: {data.sizes}."


def _entering(data: Dataset) -> str:
    shape = data.input_shape
    if len(shape) == 3:
        return f"A picture of {shape[0]} × {shape[1]} pixels"
    if len(shape) == 2:
        return f"{counted(shape[0], 'step')} of {counted(shape[1], 'number')}"
    if data.text is not None:
        return counted(shape[0], data.text.singular)
    return f"{counted(shape[0], 'number')}{_named(data.features)}"


def _predicted(data: Dataset) -> str:
    count = data.y_train.shape[1]
    if data.classes == ORIGINS and count == 1:
        return " or ".join(reversed(ORIGINS))
    if data.draws_pictures:
        return "the same picture, drawn again"
    if not data.classes:
        return f"{'a number' if count == 1 else counted(count, 'number')}{_named(data.targets)}"
    if count == 1:
        return f"one of {len(data.classes):,} classes"
    if data.text is not None:
        return f"one of {len(data.classes):,} classes for each of them"
    return f"{len(data.classes):,} classes, {counted(count, 'answer')} for each sample"


def _named(names: tuple[str, ...]) -> str:
    told = ", ".join(names)
    return f" ({told})" if names and len(names) <= MOST_NAMED and len(told) <= LETTERS else ""
