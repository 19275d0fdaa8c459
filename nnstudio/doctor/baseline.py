"""What a network must beat: the loss of the best answer that is the same for every sample."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Takes, TargetKind, size_of
from nnstudio.training.evaluation import Evaluation

# Samples that tell what is usual; a class of which fewer share than this is as rare.
MOST, RAREST = 2000, 1e-6


def baseline(session: Evaluation) -> float | None:
    """Mean loss over training samples of one constant answer; None where the network has several Outputs, or
    its loss does not say what it takes.
    """
    layout, loss = session.layout, session.loss
    if len(layout.targets) != 1 or layout.targets[0].columns is not None:
        return None
    y = np.asarray(session.data.y_train[:: max(1, len(session.data.y_train) // MOST)], np.float64)
    width = size_of(layout.nodes[layout.logits].shape)
    options = loss.complete(session.loss_options)
    answers = _constants(session, y, width)
    if not answers:
        return None
    with np.errstate(all="ignore"):
        losses = [
            float(np.mean(loss.reference(options, np.tile(answer, (len(y), 1)), y))) for answer in answers
        ]
    best = min(losses)
    return best * layout.targets[0].weight if np.isfinite(best) else None


def _constants(session: Evaluation, y: np.ndarray, width: int) -> list[np.ndarray]:
    """Constant answers (width,) of which one is the best, or near to it."""
    loss, classes = session.loss, len(session.data.classes)
    if loss.takes == Takes.NUMBERS and y.shape[1] == width:
        return [y.mean(0), np.median(y, axis=0)]
    if loss.takes == Takes.LOGITS and loss.target == TargetKind.CLASS:
        labels = y[y >= 0].astype(int)
        shares = np.maximum(np.bincount(labels, minlength=classes) / max(len(labels), 1), RAREST)
        if loss.folds == "sigmoid" and width == 1 and classes == 2:
            return [np.log(shares[1:] / shares[:1])]
        return [np.tile(np.log(shares), width // classes)] if classes and width % classes == 0 else []
    if loss.takes == Takes.LOGITS and y.shape[1] == width:
        mean = np.clip(y.mean(0), RAREST, 1 - RAREST)
        return [np.log(mean / (1 - mean)) if loss.folds == "sigmoid" else np.log(mean)]
    return [np.zeros(width)] if loss.takes == Takes.SCORES else []
