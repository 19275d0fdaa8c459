"""How much a file of rounded weights loses: how often it is right, or how far off, beside the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.data.imitation import holds_only_real
from nnstudio.data.table_unit import in_table
from nnstudio.data.terms import REAL_RIGHT, right_called
from nnstudio.training.evaluation import Evaluation

# Samples of the judging part that are predicted, at the most.
SCORED = 2000
# How much accuracy may be lost, and by which share an error may grow; below that share of the targets' spread
# nobody sees an error.
ACCURACY_LOST, ERROR_GROWN, UNSEEN = 0.02, 0.1, 0.01
# The share of random samples that may get another class: more of them than of real ones lie between classes.
DISAGREED = 0.1
AGREEMENT, DIFFERENCE = "agreement", "mean absolute difference"


@dataclass(frozen=True)
class Quality:
    """A score of the same samples by the engine and by a file.

    Attributes:
        name: "accuracy", or REAL_RIGHT where a judge is asked of real samples alone, or "mean absolute
            error", which is in the unit of the table; where the right answers are not known, "agreement" and
            "mean absolute difference" with the engine.
        limit: what the file must reach, or must not exceed.
    """

    name: str
    samples: int
    engine: float
    file: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.file >= self.limit if self.is_share else self.file <= self.limit

    @property
    def is_share(self) -> bool:
        return self.name in ("accuracy", REAL_RIGHT, AGREEMENT)

    @property
    def sentence(self) -> str:
        form = ".1%" if self.is_share else ".4g"
        if self.name in (AGREEMENT, DIFFERENCE):
            return f"{self.name} with nnstudio {self.file:{form}} over {self.samples:,} samples"
        return (
            f"{self.name} {self.file:{form}} by the file, {self.engine:{form}} by nnstudio, "
            f"over {self.samples:,} samples"
        )


def quality(trained: Evaluation, x: np.ndarray, theirs: np.ndarray) -> Quality | None:
    """Of what a file gives for inputs ``x``, before number targets are scaled back: the first samples of the
    judging part, or where the data has none any others, for which the engine's answers count as right.

    None where outputs are no values or classes that targets can be compared with.
    """
    data, columns = trained.data, trained.layout.targets[0].columns
    ours, theirs = (v.reshape(len(x), -1).astype(np.float64) for v in (trained.predict(x), theirs))
    if not (data.parts and trained.answers_known):
        return _agreement(trained, ours, theirs)
    y = data.part(data.judging)[1][: len(x)]
    targets = y if columns is None else y[:, list(columns)]
    if data.classes:
        labels = targets.ravel()
        pairs = [(_chosen(trained, v) == labels)[labels >= 0] for v in (ours, theirs)]
        right = [float(pair.mean()) for pair in pairs]
        # One sample of few is more than the share that may be lost.
        lost = max(ACCURACY_LOST, 1 / len(x))
        called = right_called("accuracy", holds_only_real(data))
        return Quality(called, len(x), right[0], right[1], right[0] - lost - 1e-9)
    if not ours.shape == theirs.shape == targets.shape:
        return None
    if columns is None:
        shift = np.asarray(data.y_shift, np.float64)
        told = (in_table(data, data.judging, v * data.y_scale + shift) for v in (ours, theirs, targets))
    else:
        told = (v * _scale(trained) for v in (ours, theirs, targets))
    ours, theirs, targets = told
    errors = [float(np.abs(v - targets).mean()) for v in (ours, theirs)]
    spread = float(np.abs(targets - targets.mean(0)).mean())
    return Quality(
        "mean absolute error", len(x), errors[0], errors[1], errors[0] * (1 + ERROR_GROWN) + UNSEEN * spread
    )


def _agreement(trained: Evaluation, ours: np.ndarray, theirs: np.ndarray) -> Quality | None:
    """How near a file comes to the engine, where nobody knows what is right."""
    if trained.data.classes:
        share = float((_chosen(trained, ours) == _chosen(trained, theirs)).mean())
        return Quality(AGREEMENT, len(ours), 1.0, share, 1.0 - DISAGREED)
    if ours.shape != theirs.shape:
        return None
    each = _scale(trained)
    error = float((np.abs(theirs - ours) * each).mean())
    spread = float((np.abs(ours - ours.mean(0)) * each).mean())
    return Quality(DIFFERENCE, len(ours), 0.0, error, ERROR_GROWN * spread)


def _scale(trained: Evaluation) -> np.ndarray:
    """How many units of the data a 1 is, of each target or of all."""
    scale, columns = np.asarray(trained.data.y_scale, np.float64).ravel(), trained.layout.targets[0].columns
    return scale if columns is None or scale.size == 1 else scale[list(columns)]


def _chosen(trained: Evaluation, outputs: np.ndarray) -> np.ndarray:
    """Class numbers, of samples with several labels one after the other."""
    outputs = outputs.reshape(-1, trained.layout.nodes[trained.layout.output].shape[-1])
    if outputs.shape[1] > 1:
        chosen: np.ndarray = outputs.argmax(1)
        return chosen
    layout = trained.layout
    are_logits = layout.logits == layout.nodes[layout.output].inputs[0]
    return (outputs[:, 0] > (0.0 if are_logits else 0.5)).astype(int)
