"""How much a file of rounded weights loses: how often it is right, or how far off, beside the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.training.evaluation import Evaluation

# Samples of the judging part that are predicted, at the most.
SCORED = 2000
# How much accuracy may be lost, and by which share an error may grow; below that share of the targets' spread
# nobody sees an error.
ACCURACY_LOST, ERROR_GROWN, UNSEEN = 0.02, 0.1, 0.01


@dataclass(frozen=True)
class Quality:
    """A score of the same samples by the engine and by a file.

    Attributes:
        name: "accuracy", or "mean absolute error", which is in the units of the target.
        limit: what the file must reach, or must not exceed.
    """

    name: str
    samples: int
    engine: float
    file: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.file >= self.limit if self.name == "accuracy" else self.file <= self.limit

    @property
    def sentence(self) -> str:
        form = ".1%" if self.name == "accuracy" else ".4g"
        return (
            f"{self.name} {self.file:{form}} by the file, {self.engine:{form}} by nnstudio, "
            f"over {self.samples:,} samples"
        )


def quality(trained: Evaluation, theirs: np.ndarray) -> Quality | None:
    """Of what a file gives for the first samples of the judging part, before number targets are scaled back.

    None where outputs are no values or classes that targets can be compared with.
    """
    x, y = (values[: len(theirs)] for values in trained.data.part(trained.data.judging))
    columns = trained.layout.targets[0].columns
    targets = y if columns is None else y[:, list(columns)]
    ours, theirs = (v.reshape(len(x), -1).astype(np.float64) for v in (trained.predict(x), theirs))
    if trained.data.classes:
        labels = targets.ravel()
        pairs = [(_chosen(trained, v) == labels)[labels >= 0] for v in (ours, theirs)]
        right = [float(pair.mean()) for pair in pairs]
        # One sample of few is more than the share that may be lost.
        lost = max(ACCURACY_LOST, 1 / len(x))
        return Quality("accuracy", len(x), right[0], right[1], right[0] - lost - 1e-9)
    if not ours.shape == theirs.shape == targets.shape:
        return None
    scale = np.asarray(trained.data.y_scale, np.float64).ravel()
    each = scale if columns is None or scale.size == 1 else scale[list(columns)]
    errors = [float(np.abs((v - targets) * each).mean()) for v in (ours, theirs)]
    spread = float((np.abs(targets - targets.mean(0)) * each).mean())
    return Quality(
        "mean absolute error", len(x), errors[0], errors[1], errors[0] * (1 + ERROR_GROWN) + UNSEEN * spread
    )


def _chosen(trained: Evaluation, outputs: np.ndarray) -> np.ndarray:
    """Class numbers, of samples with several labels one after the other."""
    outputs = outputs.reshape(-1, trained.layout.nodes[trained.layout.output].shape[-1])
    if outputs.shape[1] > 1:
        chosen: np.ndarray = outputs.argmax(1)
        return chosen
    layout = trained.layout
    are_logits = layout.logits == layout.nodes[layout.output].inputs[0]
    return (outputs[:, 0] > (0.0 if are_logits else 0.5)).astype(int)
