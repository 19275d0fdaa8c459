"""What came out of a run, in words: how it ended, and how well it predicts the validation part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, sqrt

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.imitation import ORIGINS
from nnstudio.data.table_unit import OF_VALUES, in_table_called
from nnstudio.explain.results import ClassResults, Results, ResultsProbe, most_of
from nnstudio.model.quantity import counted, error_in_digits, in_digits
from nnstudio.training.by_output import at_output, called, outputs_of
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.underway import Underway

NO_VALIDATION = (
    "No samples are for validation, so how well it predicts new ones is not known yet; "
    "a validation part can be set on the page Data."
)
# A last loss so many times the best one is far worse, where it is so by this share of the first epoch's.
FAR_WORSE, SHARE = 3.0, 0.1
# A loss on the training samples lower by this factor is told, unless the other is below this share of the
# first epoch's; and an accuracy that is higher by more than so many standard deviations of chance.
APART, NEXT_TO_NOTHING, DEVIATIONS = 2.0, 0.05, 2.0
TEST_ASIDE = "No samples are for validation; Results tells how well it predicts those for testing."


@dataclass(frozen=True)
class Scored:
    """How well a part is predicted at a step, in a sentence for each Output, behind its identifier; "" for
    one that is alone.
    """

    step: int
    told: tuple[tuple[str, str], ...]

    def sentence(self, names: Mapping[str, str]) -> str:
        """All of them; ``names`` are what people call nodes, by identifier."""
        return " ".join(f"{called(output, names)}: {text}" if output else text for output, text in self.told)


@dataclass(frozen=True)
class OutcomeProbe:
    """How well all Outputs predict a part."""

    part: Split

    def run(self, session: Evaluation) -> Iterator[Scored | None]:
        step, told = session.steps, []
        for output in outputs_of(session) or ("",):
            for results in ResultsProbe(self.part, output=output).run(session):
                yield None
                if results is not None and not isinstance(results, Underway):
                    told.append((output, score(results, at_output(session, output).data)))
        yield Scored(step, tuple(told))


def chosen_by(data: Dataset) -> str:
    """What a score is worth on the samples by which early stopping chose the weights."""
    rest = " Test, in Results, had no say." if Split.TEST in data.parts else ""
    return f"These samples chose the epoch: a little too good.{rest}"


def shown_in(data: Dataset) -> tuple[str, str]:
    """The view, by name and title, that shows what came out of training on such data."""
    if data.classes != ORIGINS:
        return "results", "Results"
    if data.is_plane:
        return "generator", "Generated points"
    return "generated_pictures", "Generated pictures"


def overfitted(watched: Split) -> str:
    """What the doctor found at the end of a run, in a sentence."""
    return f"It overfits: the {watched} loss has risen while the training loss still fell."


def was_best(rows: Curve, since: int, watched: Split) -> str:
    """A sentence on the best epoch of a run whose last one is far worse, or nothing.

    Rows up to step ``since`` are of another network, other data or settings, and do not count.
    """
    watches = [(row.watched, row.epoch) for row in rows if row.steps > since]
    if len(watches) < 2 or not all(isfinite(loss) for loss, _epoch in watches):
        return ""
    (least, epoch), last, first = min(watches), watches[-1][0], watches[0][0]
    if least < 0 or last < FAR_WORSE * least or last - least < SHARE * first:
        return ""
    part = Split.TRAINING if rows[-1].val_loss is None else watched
    return f"The {part} loss is {in_digits(last)}; it was best at epoch {epoch:,}: {in_digits(least)}."


def beside_training(
    training: tuple[float, float | None], row: Epoch, first: float, samples: tuple[int, int]
) -> str:
    """A sentence on training samples that the same weights know far better than those for validation: by
    more than chance, or with a loss that is lower by a factor of `APART`. Empty where they do not.

    ``training`` are loss and accuracy on ``samples[0]`` training samples, ``row`` has those on ``samples[1]``
    others; ``first``: the watched loss of the first epoch, which tells what is next to nothing.
    """
    loss, right = training
    other, share = row.val_loss, row.val_accuracy
    if other is None or not (isfinite(loss) and isfinite(other)):
        return ""
    told = ""
    if right is not None and share is not None and _is_beyond_chance(right, share, samples):
        told = f"on the training samples it is {right:.1%}"
    if 0 <= APART * loss <= other and other >= NEXT_TO_NOTHING * first:
        losses = f"{in_digits(loss, 3)} on the training samples, {in_digits(other, 3)} on these"
        if told:
            losses = f"{in_digits(loss, 3)}, not {in_digits(other, 3)}"
        told = f"{told}, and the loss {losses}" if told else f"the loss is {losses}"
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def _is_beyond_chance(training: float, other: float, samples: tuple[int, int]) -> bool:
    """Whether the first share is higher by more than shares of so many samples differ by chance."""
    if min(samples) < 1:
        return False
    both = (training * samples[0] + other * samples[1]) / sum(samples)
    spread = sqrt(both * (1 - both) * (1 / samples[0] + 1 / samples[1]))
    return training - other > DEVIATIONS * spread


LOST = "What was learned was lost again."


def no_help(watched: Split) -> str:
    """The same of a network that is no help on other samples, as far as these tell."""
    return (
        f"It is no clear help on new samples: its {watched} loss is hardly below that of a constant answer."
    )


UNSEEN = "Part of what it is judged by is never seen in training, because of how the rows are divided."
SORTED = "The target seems to have been sorted apart from its rows, so that no input tells it."


def of_imitation(data: Dataset) -> str:
    """Where to look at what a generator makes: its judge's accuracy says little, and is best at one half.

    Empty where the data is not there to be imitated.
    """
    if data.classes != ORIGINS:
        return ""
    return (
        f"{shown_in(data)[1]} shows how good the samples are; no loss tells it: neither a judge that is "
        "always right nor a falling sum of losses is the goal."
    )


def without_validation(data: Dataset) -> str:
    """Why there is no score: the test part is for the end, and for who asks for it."""
    return TEST_ASIDE if Split.TEST in data.parts else NO_VALIDATION


def score(results: Results, data: Dataset) -> str:
    """How well the samples of a part are predicted: accuracy, or the error in the target's own unit.

    The data is that of the Output which the results are of.
    """
    total, at_steps = len(data.part(results.part)[0]), bool(data.classes) and data.target_width > 1
    seen = min(total, most_of(data)) if at_steps else results.count
    count = f"{total:,}" if seen == total else f"the first {seen:,} of {total:,}"
    is_one = count == "1"
    samples, are = f"{results.part} sample{'s' * (not is_one)}", "is" if is_one else "are"
    if isinstance(results, ClassResults) and at_steps:
        each = data.text.singular if data.text is not None else "label"
        labels = counted(results.count, each)
        told = f"{results.accuracy:.1%} of the {labels} in {count} {samples} are predicted correctly"
    elif isinstance(results, ClassResults) and results.only_real:
        told = f"Of {count} {samples}, {results.accuracy:.1%} {are} real and called real"
    elif isinstance(results, ClassResults):
        told = f"{results.accuracy:.1%} of {count} {samples} {are} predicted correctly"
    elif isfinite(results.labels_right):
        labels = counted(results.count * data.target_width, "label")
        told = f"{results.labels_right:.1%} of the {labels} in {count} {samples} are predicted correctly"
    elif results.non_finite:
        told = f"On {count} {samples} there is no error to tell"
    else:
        names = in_table_called(data)
        of = f" of '{names[0]}'" if len(names) == 1 else f" over {len(names):,} targets"
        error = error_in_digits(results.mean_absolute)
        # How far off forecasts are further ahead is another number.
        ahead = f", {results.ahead}," if results.ahead else ""
        told = f"On {count} {samples} the mean absolute error{of}{ahead} is {error}"
        # Of targets that are all alike there is nothing to explain.
        of = OF_VALUES if results.of_values else ""
        told += f" (R²{of} {results.explained:.2f})" if isfinite(results.explained) else ""
    bad = f"; {results.non_finite:,} predictions are not finite" if results.non_finite else ""
    return f"{told}{bad}."
