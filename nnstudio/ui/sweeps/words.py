"""Sentences on sweeps in the words of the window, and what a sweep will cost."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnstudio.model.quantity import counted, in_digits, in_percent
from nnstudio.sweep.plan import Metric, Plan
from nnstudio.sweep.space import Between, Listed
from nnstudio.training.estimate import show_seconds

METRICS: Mapping[Metric, str] = {
    Metric.VAL_LOSS: "validation loss",
    Metric.VAL_ACCURACY: "validation accuracy",
}
# Beyond the trainings themselves, see docs/sweeps.md: to start the processes, and what each training costs
# there, to keep it included.
START_SECONDS, EACH_SECONDS = 3.0, 0.055
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


def in_window(sentence: str, titles: Mapping[str, str] | None = None) -> str:
    """A sentence of a sweep that says what to do in the window; options by their ``titles`` where these are
    given.
    """
    if titles:
        sentence = _with_titles(sentence, titles)
    for typed, done in TYPED.items():
        sentence = sentence.replace(typed, done)
    for metric, title in METRICS.items():
        sentence = sentence.replace(str(metric), title)
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
    plan: Plan, epochs: int, epoch_seconds: float | None, workers: int | None, is_measured: bool = False
) -> str:
    """How much is trained, and about how long that takes.

    ``epochs`` of the project; ``epoch_seconds`` of its network as it is now, None where not known, and
    ``is_measured`` where a sweep of it told that; ``workers`` are processes of this machine, None for those
    of others, whose speed nobody knows.
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
    like = "those of the sweep before" if is_measured else "this network"
    about = "At most about" if plan.halving or most is not None else "About"
    seconds = START_SECONDS + rounds * (epoch_seconds * (most or epochs) + EACH_SECONDS)
    together = "one after the other on one core" if workers == 1 else f"{workers:,} at a time on a core each"
    return f"{text}. {about} {show_seconds(seconds)}, {together}, if all take as long as {like}."


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


def standing(total: int, through: int, trainings: int, best: str) -> str:
    """How far a sweep is: ``trainings`` that reported something, 0 once it is over; ``best`` is a sentence on
    the best setting, or "".
    """
    told = f"{through:,} of {counted(total, 'setting')} done"
    if trainings:
        told += f", {counted(trainings, 'training')} begun"
    return f"{told}. {best}".strip()
