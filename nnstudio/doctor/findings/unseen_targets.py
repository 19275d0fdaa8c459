"""Targets of the other parts that the training part does not have, by the way that rows were divided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.splits import SplitKind
from nnstudio.doctor.charts import bars
from nnstudio.doctor.corrections import divided_by_lot, is_in_time
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.model.quantity import in_digits, in_percent

# Of a class, the training part has this share of what its size lets expect, or less, and so many standard
# errors fewer samples; it has so many in all.
HARDLY, SURE, FEWEST = 0.1, 4.0, 8
# Numbers are far outside by so much of the training part's range; and this share of the other parts is.
BEYOND, MOSTLY = 0.05, 0.5
# Of neighbouring rows, this share is in the order of the target where the file is sorted by it.
SORTED = 0.98
# Classes that a person is told of by name.
NAMED = 4


@findings.register
class UnseenTargets(Finding):
    """Classes that are hardly in the training part, or numbers of the others outside of its range."""

    id = "unseen_targets"
    title = "Targets that training never sees"
    order = 3
    sees = (Sees.DATA,)
    explains = (
        "overfitting", "nothing_learned", "class_never_predicted", "group_gap", "imbalance",
        "learning_rate_high", "rising_loss",
    )  # fmt: skip
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        data = patient.data
        others = [part for part in data.parts if part != Split.TRAINING]
        # Characters of a text and points that a person sets come as they come.
        if not others or data.text is not None or data.set_by_hand:
            return
        if data.classes and data.target_width == 1:
            yield from _classes(data, others)
        elif not data.classes and data.series is None and not data.are_labels:
            yield from _numbers(data, others)


def _classes(data: Dataset, others: Sequence[Split]) -> Iterator[Case]:
    counts = {part: _counts(data, part) for part in (Split.TRAINING, *others)}
    trained, total = counts[Split.TRAINING], np.sum(list(counts.values()), axis=0)
    share = trained.sum() / max(total.sum(), 1)
    expected = share * total
    missing = (total >= FEWEST) & (trained <= HARDLY * expected)
    missing &= expected - trained > SURE * np.sqrt(expected * (1 - share))
    if not missing.any():
        return
    names = [f"'{data.classes[at]}'" for at in np.flatnonzero(missing)]
    none = not trained[missing].any()
    few = "no samples" if none else "hardly any samples"
    told = ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
    labels = _in_rows(data)[:, 0]
    is_sorted = int(np.count_nonzero(np.diff(labels))) <= (1 - SORTED) * len(labels)
    yield Case(
        "",
        f"The training part has {few} of {told}, but the other parts do. {_why(data, is_sorted)}"
        f"The network cannot learn a class that it never sees. {_instead(data)}",
        tuple(
            (f"'{data.classes[at]}'", ", ".join(f"{counts[part][at]:,} for {part}" for part in counts))
            for at in np.flatnonzero(missing)[:NAMED]
        ),
        bars(trained.tolist(), "classes in their order", "training samples"),
        corrections=divided_by_lot(data),
    )


def _counts(data: Dataset, part: Split) -> np.ndarray:
    labels = np.asarray(data.part(part)[1]).ravel().astype(int)
    return np.bincount(labels[labels >= 0], minlength=len(data.classes))


def _numbers(data: Dataset, others: Sequence[Split]) -> Iterator[Case]:
    known = np.asarray(data.y_train)
    rest = np.concatenate([np.asarray(data.part(part)[1]) for part in others])
    low, high = known.min(0).astype(np.float64), known.max(0).astype(np.float64)
    beyond = BEYOND * (high - low)
    outside = ((rest < low - beyond) | (rest > high + beyond)).mean(0)
    at = int(outside.argmax())
    # A share that is above the half by no chance.
    if outside[at] - SURE / 2 * sqrt(0.25 / len(rest)) < MOSTLY or len(rest) < FEWEST:
        return
    shift, scale = (
        np.broadcast_to(np.asarray(v, np.float64), len(low))[at] for v in (data.y_shift, data.y_scale)
    )
    name = data.targets[at] if len(data.targets) == len(low) else "the target"
    rows = np.diff(_in_rows(data)[:, at])
    is_sorted = max((rows >= 0).mean(), (rows <= 0).mean()) >= SORTED
    share = in_percent(round(float(outside[at]), 2))

    def span(a: float, b: float) -> str:
        return f"{in_digits(float(a * scale + shift), 3)} to {in_digits(float(b * scale + shift), 3)}"

    yield Case(
        "",
        f"{share} of the samples of the other parts have a '{name}' far outside of the range that the "
        f"training part has. {_why(data, is_sorted)}The network is judged by numbers that it never sees. "
        f"{_instead(data)}",
        (
            (f"'{name}' for training", span(low[at], high[at])),
            ("In the other parts", span(rest[:, at].min(), rest[:, at].max())),
            ("Far outside", share),
        ),
        corrections=divided_by_lot(data),
    )  # fmt: skip


def _in_rows(data: Dataset) -> np.ndarray:
    """Targets (n, t), in the order of the rows where they are divided in order."""
    return np.asarray(data.all_targets(), np.float64)


def _is_in_order(data: Dataset) -> bool:
    return data.split_settings.get("split") == SplitKind.IN_ORDER


def _why(data: Dataset, is_sorted: bool) -> str:
    """How the rows came into their parts."""
    if data.own_parts or not (_is_in_order(data) or is_in_time(data)):
        return ""
    if is_in_time(data):
        return "The parts follow each other in time. "
    how = "the rows are sorted by the target, and " if is_sorted else ""
    return f"{how[:1].upper()}{how[1:]}{'the' if how else 'The'} last rows are those of the other parts. "


def _instead(data: Dataset) -> str:
    """What a person can do."""
    if is_in_time(data):
        return (
            "Rows drawn by lot would let it look into the future: what helps is to learn from a longer time."
        )
    if divided_by_lot(data):
        return "Unless the order of the rows is one of time, let the parts be drawn by lot."
    return "Choose other samples for the parts."
