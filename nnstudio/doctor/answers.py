"""What a network answers to some samples of a part, and the loss of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.explain.activations import probabilities
from nnstudio.training.by_output import by_output
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation

# Samples of a part that are looked at, at the most: whole batches, so that one program serves all.
MOST = 2 * EVALUATION_BATCH


@dataclass(frozen=True, eq=False)
class Answers:
    """Of one part.

    Attributes:
        rows: which samples of the part, int64 (n,), rising.
        losses: float64 (n,); NaN where they cannot be told sample by sample.
        labels, likely: of classes, one for each sample: the true ones (n,) and the probabilities (n,
            classes); else empty.
        outputs: of several Outputs, all this of each behind its identifier. There is nothing of all together.
    """

    part: Split
    rows: np.ndarray
    losses: np.ndarray
    labels: np.ndarray
    likely: np.ndarray
    outputs: tuple[tuple[str, Answers], ...] = ()

    @property
    def chosen(self) -> np.ndarray:
        """The class that is predicted, int64 (n,); empty where there are no classes."""
        return self.likely.argmax(1) if self.likely.size else np.zeros(0, np.int64)

    @property
    def accuracy(self) -> float:
        """NaN where there are no classes."""
        return float((self.chosen == self.labels).mean()) if self.likely.size else float("nan")


def rows_of(count: int, most: int = MOST) -> np.ndarray:
    """So many of a part's rows at the most, drawn by lot but always the same ones."""
    wanted = min(count, most)
    if wanted > EVALUATION_BATCH:
        wanted -= wanted % EVALUATION_BATCH
    return np.sort(np.random.default_rng(0).choice(count, wanted, replace=False))


def gather(session: Evaluation, part: Split) -> Iterator[Answers | None]:
    """The answers to some of a part, piece by piece: None after each but the last."""
    each = by_output(session)
    if len(each) == 1:
        yield from _gather(each[0], part)
        return
    told = []
    for seen in each:
        for answers in _gather(seen, part):
            yield None
            if answers is not None:
                told.append((seen.layout.output, answers))
    rows = told[0][1].rows
    nothing = np.full(len(rows), np.nan), np.zeros(0, np.int64), np.zeros((0, 0))
    yield Answers(part, rows, *nothing, tuple(told))


def _gather(session: Evaluation, part: Split) -> Iterator[Answers | None]:
    """Of a network with a single Output for all targets, but for those that are no data's."""
    x, y = session.data.part(part)
    rows, layout = rows_of(len(x)), session.layout
    nodes = (layout.logits, layout.output)
    pieces: list[tuple[np.ndarray, ...]] = []
    for start in range(0, len(rows), EVALUATION_BATCH):
        chosen = np.ascontiguousarray(x[rows[start : start + EVALUATION_BATCH]])
        values = session.predict_all(chosen, nodes)
        pieces.append(tuple(values[name].reshape(len(chosen), -1) for name in nodes))
        yield None
    logits, outputs = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    targets = np.asarray(y[rows], np.float64)
    labels, likely = np.zeros(0, np.int64), np.zeros((0, 0))
    if session.data.classes and targets.shape[1] == 1 and len(layout.targets) == 1:
        labels, likely = targets[:, 0].astype(np.int64), probabilities(session, outputs)
        likely = np.nan_to_num(likely, nan=0.0)
    yield Answers(part, rows, _losses(session, logits, targets), labels, likely)


def _losses(session: Evaluation, logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    if len(session.layout.targets) != 1 or session.layout.targets[0].columns is not None:
        return np.full(len(logits), np.nan)
    with np.errstate(all="ignore"):
        options = session.loss.complete(session.loss_options)
        return np.asarray(session.loss.reference(options, logits.astype(np.float64), targets))
