"""Metrics beside loss and accuracy: how good predictions are, by one number.

They are measured at the checkpoints that a run keeps, so that a curve can be asked for at any time and costs
the training nothing before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.table_unit import in_table
from nnstudio.explain.activations import probabilities
from nnstudio.explain.answers import answers
from nnstudio.explain.results import among_best, roc_of
from nnstudio.training.by_output import by_output, outputs_of
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.in_pieces import run
from nnstudio.training.session import Session

# So many samples of each part are looked at, drawn by lot; of fewer all.
SAMPLES = 1000
# A call with predictions and truth: probabilities (n, classes) and class numbers (n,), or numbers in the unit
# of the table, (n, targets) both.
Measure = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Metric:
    """``classes``: how few and how many it takes, none for numbers; ``highest``: its best value, if any."""

    id: str
    title: str
    label: str
    measure: Measure
    classes: tuple[int, int] = (0, 0)
    highest: float | None = None


@dataclass(frozen=True)
class OutputMetric:
    """Values of a metric of one Output, by its identifier; both arrays as in `MetricCurve`."""

    output: str
    training: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class MetricCurve:
    """Values of a metric along a run.

    Attributes:
        metric: its identifier.
        steps, epochs: where it was measured, (n,); epochs with fractions.
        training, validation: values, (n,); NaN without such samples, and where a prediction is not finite. Of
            several Outputs they are of the first.
        outputs: those of each, where there are several.
        awaited: how many kept checkpoints are still to be measured.
    """

    metric: str
    steps: np.ndarray
    epochs: np.ndarray
    training: np.ndarray
    validation: np.ndarray
    outputs: tuple[OutputMetric, ...] = ()
    awaited: int = 0


def _counts(probabilities: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By class: right predictions, predictions, samples."""
    chosen, classes = probabilities.argmax(1), probabilities.shape[1]
    right = np.bincount(truth[chosen == truth], minlength=classes)
    return right, np.bincount(chosen, minlength=classes), np.bincount(truth, minlength=classes)


def f1(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean over the classes of the harmonic mean of precision and recall; classes never met are left out."""
    right, predictions, samples = _counts(probabilities, truth)
    met = predictions + samples > 0
    return float((2 * right[met] / (predictions + samples)[met]).mean())


def recall(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean of the classes' recalls: each class counts the same, however rare."""
    right, _, samples = _counts(probabilities, truth)
    return float((right[samples > 0] / samples[samples > 0]).mean())


def precision(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean over the classes that were predicted of the share of those predictions that are right."""
    right, predictions, _ = _counts(probabilities, truth)
    return float((right[predictions > 0] / predictions[predictions > 0]).mean())


def top(count: int) -> Measure:
    """Share of samples whose class is among the ``count`` most probable, as `among_best` counts them."""
    return lambda probabilities, truth: float(among_best(probabilities, truth, count).mean())


def roc_area(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve of the second of two classes, 0 .. 1; NaN where one of them is missing."""
    return roc_of(probabilities[:, 1], truth == 1)[1]


def mean_absolute(predictions: np.ndarray, truth: np.ndarray) -> float:
    """Mean size of the error, in the unit of the data."""
    return float(np.abs(predictions - truth).mean())


def root_mean_square(predictions: np.ndarray, truth: np.ndarray) -> float:
    """Root of the mean squared error, in the unit of the data."""
    return float(np.sqrt(((predictions - truth) ** 2).mean()))


def explained(predictions: np.ndarray, truth: np.ndarray) -> float:
    """R²: share of the variance that the predictions explain; NaN where there is none."""
    spread = float(((truth - truth.mean(0)) ** 2).sum())
    return 1 - float(((predictions - truth) ** 2).sum()) / spread if spread > 0 else float("nan")


MANY = 1_000_000
METRICS = (
    Metric("f1", "F1 (mean over classes)", "F1", f1, (2, MANY), 1.0),
    Metric("precision", "Precision (mean over classes)", "precision", precision, (2, MANY), 1.0),
    Metric("recall", "Recall (mean over classes)", "recall", recall, (2, MANY), 1.0),
    Metric("top3", "Top-3 accuracy", "top 3", top(3), (4, MANY), 1.0),
    Metric("top5", "Top-5 accuracy", "top 5", top(5), (6, MANY), 1.0),
    Metric("roc", "Area under the ROC curve", "area", roc_area, (2, 2), 1.0),
    Metric("mae", "Mean absolute error", "error", mean_absolute),
    Metric("rmse", "Root mean square error", "error", root_mean_square),
    Metric("r2", "R² (coefficient of determination)", "R²", explained, highest=1.0),
)


def fitting(classes: int) -> list[Metric]:
    """Metrics that suit data of so many classes; 0 where the targets are numbers."""
    return [metric for metric in METRICS if metric.classes[0] <= classes <= metric.classes[1]]


def has_accuracy(data: Dataset) -> bool:
    """Whether predictions for such data are right or wrong, not near or far."""
    return bool(data.classes) or data.are_labels


def along(session: Session, name: str) -> Iterator[MetricCurve | None]:
    """Values at all kept checkpoints of a run, and of the best epoch where it went back to that one: coarse
    first, from what was measured before; None in between.

    What is measured is remembered by the session, also of checkpoints that are thinned out later.
    """
    metric = next((m for m in fitting(len(session.data.classes)) if m.id == name), None)
    if metric is None:
        return
    # At each step, of each Output in training and in validation.
    known: dict[int, list[float]] = session.remembered.setdefault(("metric", name), {})
    checkpoints = session.journal.checkpoints[:]
    kept: dict[int, Callable[[], np.ndarray]] = {
        step: partial(checkpoints.__getitem__, i) for i, step in enumerate(session.journal.steps)
    }
    # The weights that it has, which other views tell of, may be none of the kept ones; once one was set by
    # hand, they are not those of that step.
    is_back = session.returned_to is not None and not session.alterations.any
    best = [session.returned_to.step] if session.returned_to is not None and is_back else []
    kept |= dict.fromkeys(best, session.parameters.copy)
    unknown = [s for s in dict.fromkeys([*best, *_coarse_first(sorted(kept))]) if s not in known]
    for done, step in enumerate(unknown, 1):
        values, parameters = [], kept[step]()
        for seen, (part, which, x, y) in product(by_output(session), _parts(session)):
            predictions = []
            for start in range(0, len(x), EVALUATION_BATCH):
                predictions.append(_predict(seen, parameters, x[start : start + EVALUATION_BATCH]))
                yield None
            # Where there are no samples, targets need not have all columns.
            targets = y[:, list(seen.columns)] if seen is not session and len(y) else y
            outputs = np.concatenate(predictions) if predictions else None
            values.append(
                np.nan if outputs is None else _measured(seen, metric, outputs, targets, part, which)
            )
        known[step] = values
        yield _curve(session, name, known, len(unknown) - done)
    yield _curve(session, name, known)


def _curve(session: Session, name: str, known: dict[int, list[float]], awaited: int = 0) -> MetricCurve:
    steps, outputs = np.array(sorted(known)), outputs_of(session)
    count = max(len(outputs), 1)
    values = np.array([known[s] for s in steps.tolist()], float).reshape(-1, count, 2)
    each = (OutputMetric(output, values[:, at, 0], values[:, at, 1]) for at, output in enumerate(outputs))
    epochs = steps / session.steps_per_epoch
    return MetricCurve(name, steps, epochs, values[:, 0, 0], values[:, 0, 1], tuple(each), awaited)


def _coarse_first(steps: list[int]) -> list[int]:
    """The last, then ever finer between the first and it."""
    order: dict[int, None] = dict.fromkeys(steps[-1:])
    stride = len(steps)
    while stride:
        order.update(dict.fromkeys(steps[::stride]))
        stride //= 2
    return list(order)


def _parts(session: Session) -> list[tuple[Split, np.ndarray, np.ndarray, np.ndarray]]:
    """The training part and the one that training watches: numbers of samples (n,), inputs and targets of
    these, the same each time.
    """
    data, parts = session.data, []
    watched = Split.VALIDATION if data.watched == Split.TRAINING else data.watched
    for part in (Split.TRAINING, watched):
        x, y = data.part(part)
        chosen = np.random.default_rng(0).permutation(len(x))[:SAMPLES]
        parts.append((part, chosen, x[chosen], y[chosen]))
    return parts


def _predict(session: Evaluation, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Outputs (n, width) with these parameters."""
    program = session.evaluator(EVALUATION_BATCH, own_parameters=True)
    program.set_parameters(parameters)
    program.set_data(x, np.zeros((len(x), session.data.target_width), np.float32), np.arange(len(x)))
    run(program, session.threads)
    return program.activation(session.layout.output, len(x)).reshape(len(x), -1).copy()


def _measured(
    session: Evaluation, metric: Metric, outputs: np.ndarray, y: np.ndarray, part: Split, which: np.ndarray
) -> float:
    """Of the samples ``which`` of a part, with targets y."""
    if not np.isfinite(outputs).all():
        return float("nan")
    data = session.data
    if data.classes:
        labels = y.ravel().astype(int)
        return metric.measure(probabilities(session, outputs)[labels >= 0], labels[labels >= 0])
    told = (answers(session, outputs), y * data.y_scale + data.y_shift)
    predicted, truth = (in_table(data, part, numbers, which) for numbers in told)
    return metric.measure(predicted, truth) if np.isfinite(predicted).all() else float("nan")
