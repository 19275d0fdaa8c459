"""What a network must beat: the loss of the best answer that is the same for every sample."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Takes, TargetKind, losses, size_of
from nnkernels.spec.class_weights import read_class_weights
from nnkernels.target import Target
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
    layout = session.layout
    if len(layout.targets) != 1 or layout.targets[0].columns is not None:
        return None
    return constant_losses(session, layout.targets[0], y)


def constant_losses(session: Evaluation, target: Target, y: np.ndarray | None = None) -> np.ndarray | None:
    """The same for one Output of several, of some training samples where ``y`` is None; None where it is not
    known. Weights of outputs do not count.
    """
    known, answer = _samples(session), best_constant(session, target)
    if answer is None:
        return None
    return _losses(session, target, answer, known if y is None else np.asarray(y, np.float64))


def best_constant(session: Evaluation, target: Target) -> np.ndarray | None:
    """The constant answer (width,) of which the loss of an Output is the least, or nearly so; None where it
    is not known.
    """
    known = _samples(session)
    answers = _constants(session, target, _wanted(target, known))
    return min(
        answers, key=lambda answer: float(_losses(session, target, answer, known).mean()), default=None
    )


def name_of_constant(session: Evaluation) -> str:
    """What the best constant answer to the first Output is called, in words."""
    target, known = session.layout.targets[0], _samples(session)
    answer = best_constant(session, target)
    if answer is not None and losses[target.loss].takes == Takes.NUMBERS:
        wanted = _wanted(target, known)
        for name, constant in (("mean", wanted.mean(0)), ("median", np.median(wanted, axis=0))):
            if np.array_equal(answer, constant):
                return f"the {name} of the target"
        return "the same number"
    return "the same answer"


def _losses(session: Evaluation, target: Target, answer: np.ndarray, y: np.ndarray) -> np.ndarray:
    loss, wanted = losses[target.loss], _wanted(target, y)
    options = loss.complete({k: v for k, v in session.loss_options.items() if loss.has_option(k)})
    with np.errstate(all="ignore"):
        return np.asarray(loss.reference(options, np.tile(answer, (len(wanted), 1)), wanted))


def _wanted(target: Target, y: np.ndarray) -> np.ndarray:
    """What the Output is compared with, of targets y (n, t)."""
    if target.constant is not None:
        return np.full((len(y), 1), target.constant)
    return y if target.columns is None else y[:, list(target.columns)]


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
    return np.array(read_class_weights(text, len(session.data.classes))) if text.strip() else None


def _constants(session: Evaluation, target: Target, y: np.ndarray) -> list[np.ndarray]:
    """Constant answers (width,) of which one is the best, or near to it."""
    loss, classes = losses[target.loss], len(session.data.classes)
    width = size_of(session.layout.nodes[target.logits].shape)
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
