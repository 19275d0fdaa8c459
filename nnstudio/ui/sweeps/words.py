"""Sentences on sweeps in the words of the window, and what a sweep will cost."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnstudio.data.terms import REAL_RIGHT
from nnstudio.model.quantity import counted, in_digits, in_percent
from nnstudio.sweep.plan import Metric, Plan
from nnstudio.sweep.space import Between, Listed
from nnstudio.training.estimate import show_seconds
from nnstudio.training.pace import show_left

METRICS: Mapping[Metric, str] = {
    Metric.VAL_LOSS: "validation loss",
    Metric.VAL_ACCURACY: "validation accuracy",
}
REAL = f"validation: {REAL_RIGHT}"
# Beyond the trainings themselves, see docs/sweeps.md: to start the processes, and what each training costs
# there, to keep it included.
START_SECONDS, EACH_SECONDS = 3.0, 0.055
# What is said where that was not measured here, and of trainings that may end early then.
NOT_MEASURED = "how long processes take to start is not measured here yet"
LESS = "less where trainings end early"
# What trainings are expected to take as long as, where a sweep told.
BEFORE, SO_FAR = "those of the sweep before", "those so far"
# What all beside is called, and the share of a sweep from which on it is named.
BESIDE, NAMED_SHARE = "to start processes and keep runs", 0.5
# What is typed on a command line, and what is done in the window instead.
TYPED = {
    "Take --metric val_accuracy, or leave it out.": "Compare by validation accuracy, or do not vary it.",
    "Take --metric val_loss.": "Compare by validation loss.",
    "Choose a share for validation, such as --option validation_ratio=0.15, or vary the fold: "
    "--vary fold=1..5.": "Choose a share for validation under Data, or take several folds.",
    "Say how many settings --method": "Say how many settings the method",
}

# A name, perhaps with its values; the names that decide how something is measured.
NAMED, DECIDES = re.compile(r"([^\s=:]+)(?:=\S*)?: "), " decides how"


def title_of(metric: Metric, only_real: bool) -> str:
    """What a metric is called; ``only_real``: the accuracy counts real samples alone."""
    return REAL if only_real and metric == Metric.VAL_ACCURACY else METRICS[metric]


def in_window(sentence: str, titles: Mapping[str, str] | None = None, only_real: bool = False) -> str:
    """A sentence of a sweep that says what to do in the window; options by their ``titles`` where these are
    given, metrics as `title_of` has them.
    """
    if titles:
        sentence = _with_titles(sentence, titles)
    for typed, done in TYPED.items():
        sentence = sentence.replace(typed, done)
    for metric in METRICS:
        sentence = sentence.replace(str(metric), title_of(metric, only_real))
    return sentence


def _with_titles(sentence: str, titles: Mapping[str, str]) -> str:
    """Names stand at the beginning: of what cannot be, or of what decides something."""
    if match := NAMED.match(sentence):
        return f"{titles.get(match[1], match[1])}: {sentence[match.end() :]}"
    names, decides, rest = sentence.partition(DECIDES)
    if not decides:
        return sentence
    return " and ".join(titles.get(name, name) for name in names.split(" and ")) + decides + rest


def in_words(metric: Metric, value: float) -> str:
    """What a setting reached, as the window writes it."""
    return in_percent(value) if metric == Metric.VAL_ACCURACY else in_digits(value)


def cost_of(
    plan: Plan, epochs: int, epoch_seconds: float | None, workers: int | None, measured: str = "",
    start_seconds: float | None = None, may_stop: bool = False,
) -> str:  # fmt: skip
    """How much is trained, and about how long that takes.

    ``epochs`` of the project; ``epoch_seconds`` of its network as it is now, None where not known, and
    ``measured`` which trainings of a sweep told that, if any did; ``workers`` are processes of this machine,
    None for those of others, whose speed nobody knows. ``start_seconds`` until they train, as it was measured
    here, None where it was not: then nothing is "at most". ``may_stop``: trainings may end before all their
    epochs.
    """
    settings, repeats = plan.total, len(plan.space.repeats)
    trainings = settings * repeats
    text = counted(settings, "setting")
    if repeats > 1:
        text += f", each trained {repeats:,} times: {counted(trainings, 'training')}"
    if workers is None:
        return f"{text}. How long it takes depends on the scheduler's workers."
    if epoch_seconds is None:
        return f"{text}. How long it takes is known once the network can run."
    most = _most_epochs(plan, epochs)
    # As many rounds as the busiest process has.
    rounds = -(-trainings // workers)
    like = measured or "this network"
    may_stop = may_stop or any(varied.name == "patience" for varied in plan.space.searched)
    may_be_less = plan.halving or may_stop or most is not None
    about = "At most about" if may_be_less and start_seconds is not None else "About"
    start = START_SECONDS if start_seconds is None else start_seconds
    seconds = start + rounds * (epoch_seconds * (most or epochs) + EACH_SECONDS)
    together = "one after the other on one core" if workers == 1 else f"{workers:,} at a time on a core each"
    beside = start + rounds * EACH_SECONDS
    # Of short trainings it is most of it, and would seem to contradict what these say that they took.
    named = f", of which {show_seconds(beside)} {BESIDE}" if beside > seconds * NAMED_SHARE else ""
    whole = f"{text}. {about} {show_seconds(seconds)}{named}, {together}, if all take as long as {like}"
    if start_seconds is not None:
        return f"{whole}."
    return f"{whole}; {f'{LESS}; ' if may_be_less else ''}{NOT_MEASURED}."


def start_of(seconds: float, trained: float, trainings: int, workers: int) -> float:
    """Seconds that a sweep of this machine took beside its trainings: it was over after so many ``seconds``,
    of which its trainings took ``trained`` together.
    """
    return max(seconds - (trained + trainings * EACH_SECONDS) / workers, 0.0)


def _most_epochs(plan: Plan, epochs: int) -> int | None:
    """The largest number of epochs that is tried, where that is varied."""
    domain = next((varied.domain for varied in plan.space.searched if varied.name == "epochs"), None)
    if isinstance(domain, Listed):
        return int(max(domain.values))
    return int(domain.high) if isinstance(domain, Between) else None


def awaited(scheduler: str) -> str:
    """What a sweep that has just begun waits for; ``scheduler`` is an address, or ""."""
    if scheduler:
        return f"Waiting for the scheduler at {scheduler} and its workers …"
    return "Starting the processes that train …"


def standing(
    total: int, through: int, trainings: int, best: str, seconds: float = 0.0, took: float = 0.0,
    whole: float = 0.0,
) -> str:  # fmt: skip
    """How far a sweep is: ``trainings`` that reported something, 0 once it is over; ``best`` is a sentence on
    the best setting, or ""; ``seconds`` that those took that are through, 0 where they say nothing of others;
    ``took`` that all its trainings computed together, ``whole`` until it was over, 0 while not known.
    """
    told = f"{through:,} of {counted(total, 'setting')} done"
    if trainings:
        told += f", {counted(trainings, 'training')} begun"
    if trainings and seconds and 0 < through < total:
        told += f", {show_left(seconds / through * (total - through))} left"
    cost = f"Its trainings computed for {show_seconds(took)} together" if took else ""
    if cost:
        cost += f"; with starting processes and keeping runs it took {show_seconds(whole)}." if whole else "."
    return " ".join(filter(None, (f"{told}.", best, cost)))
