"""What a network must beat: the loss of the best answer that is the same for every sample."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Takes, TargetKind, size_of
from nnkernels.spec.class_weights import read_class_weights
from nnstudio.training.evaluation import Evaluation

# Samples that tell what is usual; a class of which fewer share than this is as rare.
MOST, RAREST = 2000, 1e-6
# Answers that are tried from the mean to the median.
BETWEEN = 9


def baseline(session: Evaluation) -> float | None:
    """Mean loss over training samples of one constant answer; None where the network has several Outputs, or
    its loss does not say what it takes.
    """
    y = _samples(session)
    each = losses_of_constant(session, y)
    if each is None:
        return None
    mean = mean_loss(session, each, y)
    return mean * session.layout.targets[0].weight if mean is not None and np.isfinite(mean) else None


def losses_of_constant(session: Evaluation, y: np.ndarray) -> np.ndarray | None:
    """Loss of each target y (n, t) where the answer is always the one that is best for training samples,
    float64 (n,), without weights of classes; None as in `baseline`.
    """
    answer = best_constant(session)
    return None if answer is None else _losses(session, answer, np.asarray(y, np.float64))


def best_constant(session: Evaluation) -> np.ndarray | None:
    """The constant answer (width,) of which the loss of training samples is the least, or nearly so; None as
    in `baseline`.
    """
    layout, known = session.layout, _samples(session)
    if len(layout.targets) != 1 or layout.targets[0].columns is not None:
        return None
    answers = _constants(session, known, size_of(layout.nodes[layout.logits].shape))
    return min(answers, key=lambda answer: float(_losses(session, answer, known).mean()), default=None)


def name_of_constant(session: Evaluation) -> str:
    """What the best constant answer is called, in words."""
    known, answer = _samples(session), best_constant(session)
    if answer is None or session.loss.takes != Takes.NUMBERS:
        return "the same answer"
    for name, constant in (("mean", known.mean(0)), ("median", np.median(known, axis=0))):
        if np.array_equal(answer, constant):
            return f"the {name} of the target"
    return "the same number"


def _losses(session: Evaluation, answer: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Loss of each target y (n, t) where this is the answer."""
    loss = session.loss
    with np.errstate(all="ignore"):
        answers = np.tile(answer, (len(y), 1))
        return np.asarray(loss.reference(loss.complete(session.loss_options), answers, y))


def mean_loss(session: Evaluation, each: np.ndarray, y: np.ndarray) -> float | None:
    """Mean of the losses ``each`` (n,) of targets y (n, t), in which a class counts as it does in training.

    None where a sample has several classes that count differently: its loss does not tell them apart.
    """
    weights = _class_weights(session)
    if weights is None:
        return float(each.mean())
    if y.shape[1] != 1:
        return None
    counts = np.where(y[:, 0] >= 0, weights[np.maximum(y[:, 0].astype(int), 0)], 0.0)
    return float((each * counts).sum() / counts.sum()) if counts.any() else None


def _samples(session: Evaluation) -> np.ndarray:
    """Targets of training samples that tell what is usual."""
    y = session.data.y_train
    return np.asarray(y[:: max(1, len(y) // MOST)], np.float64)


def _class_weights(session: Evaluation) -> np.ndarray | None:
    """How much each class counts, float64 (classes,); None where all count alike."""
    text = str(session.loss_options.get("class_weights") or "")
    classes = len(session.data.classes)
    # One weight stands for all classes.
    return np.broadcast_to(read_class_weights(text, classes), classes) if text.strip() else None


def _constants(session: Evaluation, y: np.ndarray, width: int) -> list[np.ndarray]:
    """Constant answers (width,) of which one is the best, or near to it."""
    loss, classes = session.loss, len(session.data.classes)
    if loss.takes == Takes.NUMBERS and y.shape[1] == width:
        # What lies between the two is best for a loss that is squared near 0 only.
        mean, median = y.mean(0), np.median(y, axis=0)
        return [mean, median, *(mean + s * (median - mean) for s in np.linspace(0, 1, BETWEEN)[1:-1])]
    if loss.takes == Takes.LOGITS and loss.target == TargetKind.CLASS:
        labels = y[y >= 0].astype(int)
        weights = _class_weights(session)
        count = np.bincount(labels, minlength=classes) * (1.0 if weights is None else weights)
        shares = np.maximum(count / max(float(count.sum()), 1e-12), RAREST)
        if loss.folds == "sigmoid" and width == 1 and classes == 2:
            return [np.log(shares[1:] / shares[:1])]
        return [np.tile(np.log(shares), width // classes)] if classes and width % classes == 0 else []
    if loss.takes == Takes.LOGITS and y.shape[1] == width:
        mean = np.clip(y.mean(0), RAREST, 1 - RAREST)
        return [np.log(mean / (1 - mean)) if loss.folds == "sigmoid" else np.log(mean)]
    return [np.zeros(width)] if loss.takes == Takes.SCORES else []
