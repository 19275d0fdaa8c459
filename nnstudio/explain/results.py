"""How good the network is on samples that it did not learn from: where it errs, and how sure it is.

Classes: confusion matrix, precision and recall, the worst mistakes, calibration (Guo et al. 2017), and
for two classes the ROC curve. Numbers: predicted against true, and the usual errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.table_unit import in_table, in_table_called, is_in_other_form
from nnstudio.explain.activations import probabilities
from nnstudio.explain.answers import answers
from nnstudio.explain.backtest import Backtest, backtested, pieces_of_backtest, why_none
from nnstudio.explain.by_group import ByGroup, by_groups
from nnstudio.explain.data_units import in_words
from nnstudio.explain.forecast import usual_steps
from nnstudio.explain.label_results import HOLDS, LabelResults, label_results
from nnstudio.explain.picture_pairs import PicturePair, pairs_of
from nnstudio.explain.text_scores import TextScores, nats_of, text_scores
from nnstudio.training.by_output import at_output, outputs_of
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import run
from nnstudio.training.session import Session
from nnstudio.training.underway import Underway, told_by_pieces

# Samples that are predicted before training goes on, mistakes that are shown, bins of the calibration.
PIECE, WORST, BINS = 256, 12, 10
# Classes that a prediction may name until it counts as wrong, where one would be asking much.
TOP = 5
# More samples than this, or numbers that a network gives for them, are not looked at.
MOST, MOST_NUMBERS = 10_000, 20_000_000
# Pairs of predicted and true numbers that are handed on, and bins of their differences.
PAIRS, RESIDUAL_BINS = 4000, 40


@dataclass(frozen=True)
class Mistake:
    """A sample with a wrong prediction: its number, itself, the truth, the prediction and how sure it was.

    ``told`` are its values with their names, in the units of the data. Of a sample with several labels it is
    the one ``position`` in it, counted from 1; else that is 0.
    """

    index: int
    sample: np.ndarray
    truth: str
    prediction: str
    share: float
    told: str = ""
    position: int = 0


@dataclass(frozen=True)
class ClassResults:
    """Predictions of a classifier, at a step, on a part: ``count`` labels, of samples one each or several.

    Attributes:
        matrix: (classes, classes) counts, the truth down, the prediction across.
        precision, recall: by class; NaN where there is nothing to divide by.
        mistakes: those where the true class got the least likely, worst first.
        calibration: (bins, 3): mean likely of the prediction, share that was right, count.
        roc: (points, 2) false and true positive rates for two classes, or None.
        area: under the ROC curve, or NaN.
        non_finite: samples whose prediction was not finite.
        groups: the accuracy of each group, by each column that parts the samples.
        top5: share of labels that are among the five most probable classes; NaN of five classes or fewer.
        tied: of how many labels only the share of `among_best` counts there.
        text: what the labels cost where the data is a text.
        output, outputs: the Output that predicts, and all of them, by identifier; none where there is one.
        only_real: the data has no generated samples for a judge, see `holds_only_real`.
        chose: the epoch that early stopping chose by these very samples, 0 where they chose none.
    """

    step: int
    part: Split
    count: int
    classes: tuple[str, ...]
    matrix: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    mistakes: tuple[Mistake, ...]
    calibration: np.ndarray
    roc: np.ndarray | None
    area: float
    non_finite: int
    top5: float = float("nan")
    groups: tuple[ByGroup, ...] = ()
    tied: int = 0
    text: TextScores | None = None
    output: str = ""
    outputs: tuple[str, ...] = ()
    only_real: bool = False
    chose: int = 0

    @property
    def accuracy(self) -> float:
        """Share of right predictions; a prediction that is not finite is wrong."""
        return float(np.trace(self.matrix)) / max(self.count, 1)


@dataclass(frozen=True)
class NumberResults:
    """Predictions of numbers in the unit of the table, see `in_table`, on ``count`` samples.

    Attributes:
        truth, predicted: finite pairs, flat; PAIRS at the most, drawn by lot from all of them.
        total: pairs there are in all, of which ``non_finite`` are not finite.
        residuals: how many differences, predicted less true, lie in each bin; (bins,) over all finite ones.
        edges: of the bins, (bins + 1,).
        mean_absolute, root_mean_square, explained: errors over all, NaN where one is no number.
        pictures: some, beside what was drawn, where the target is a picture.
        groups: the mean absolute error of each group, by each column that parts the samples.
        backtest: of a time series, how far off forecasts are, where that was asked for.
        why_none: why there is none.
        of_values: whether errors and R² are of values of which something else is predicted, see
            `is_in_other_form`.
        labels_right: share of right ones where the targets are labels, each of which holds or not; else NaN.
        labels: more on these; None where the targets are none. Groups then have the share of right ones.
        targets: the names of what is predicted.
        ahead: of a time series, how far, such as "1 month ahead"; else "".
        output, outputs, chose: as in `ClassResults`.
    """

    step: int
    part: Split
    count: int
    truth: np.ndarray
    predicted: np.ndarray
    total: int
    non_finite: int
    residuals: np.ndarray
    edges: np.ndarray
    mean_absolute: float
    root_mean_square: float
    explained: float
    pictures: tuple[PicturePair, ...] = ()
    groups: tuple[ByGroup, ...] = ()
    backtest: Backtest | None = None
    why_none: str = ""
    of_values: bool = False
    labels_right: float = float("nan")
    labels: LabelResults | None = None
    targets: tuple[str, ...] = ()
    ahead: str = ""
    output: str = ""
    outputs: tuple[str, ...] = ()
    chose: int = 0


Results = ClassResults | NumberResults


def are_shares(results: Results) -> bool:
    """Whether the figures of groups are shares of what is predicted right, and not errors."""
    return isinstance(results, ClassResults) or results.labels is not None


@dataclass(frozen=True)
class ResultsProbe:
    """The network's predictions to a part of the data, or to the one that training watches.

    ``forecasts``: of a time series, so many at the most are made of the last part, to judge them; 0 for none.
    ``output``: of several Outputs the one that predicts, else the first; forecasts are of all.
    """

    part: Split | None = None
    forecasts: int = 0
    output: str = ""

    def run(self, session: Evaluation) -> Iterator[Results | Underway | None]:
        seen, outputs = at_output(session, self.output), outputs_of(session)
        output = seen.layout.output if outputs else ""
        returned = session.returned_to if isinstance(session, Session) else None
        for result in self._of(seen, session):
            if result is None or isinstance(result, Underway):
                yield result
                continue
            is_judge = result.part == session.data.watched != Split.TRAINING
            chose = returned.epoch if is_judge and returned is not None else 0
            yield replace(result, output=output, outputs=outputs, chose=chose)

    def _of(self, session: Evaluation, whole: Evaluation) -> Iterator[Results | Underway | None]:
        """By one Output of the whole network."""
        data, step = session.data, session.steps
        part = self.part if self.part in data.parts else data.watched
        x, y = (values[: most_of(data)] for values in data.part(part))
        # All predictions come from the network as it is now, though it learns between the pieces. Other
        # probes may use the same program, so the weights are put in anew for each.
        weights = session.parameters.copy()
        program = session.evaluator(PIECE, own_parameters=True)
        targets = np.zeros((PIECE, data.target_width), np.float32)
        predictions = []
        for start in range(0, len(x), PIECE):
            piece = x[start : start + PIECE]
            program.set_parameters(weights)
            program.set_data(piece, targets[: len(piece)], np.arange(len(piece)))
            run(program, session.threads)
            predictions.append(
                program.activation(session.layout.output, len(piece)).reshape(len(piece), -1).copy()
            )
            yield None
        outputs = np.concatenate(predictions)
        if not data.classes:
            numbers, why = of_numbers(session, step, part, x, y, outputs), why_none(data)
            if self.forecasts and not why:
                ahead, most = usual_steps(data), self.forecasts
                backtest = yield from told_by_pieces(
                    backtested(whole, weights, ahead, most), pieces_of_backtest(data, ahead, most)
                )
                numbers = replace(numbers, backtest=backtest)
            yield replace(numbers, why_none=why)
            return
        results = of_classes(session, step, part, x, y, outputs)
        if data.text is None:
            yield results
            return
        nats = nats_of(probabilities(session, outputs), y.ravel().astype(int))
        for scores in text_scores(data, part, x, y, nats):
            yield None if scores is None else replace(results, text=scores)


def most_of(data: Dataset) -> int:
    """So many samples of a part are looked at, the first ones: fewer where each gets many numbers."""
    return max(1, min(MOST, MOST_NUMBERS // (data.target_width * max(len(data.classes), 1))))


def of_classes(
    session: Evaluation, step: int, part: Split, x: np.ndarray, y: np.ndarray, outputs: np.ndarray
) -> ClassResults:
    """Results of a classifier from its outputs (n, width) for samples x with targets y (n, labels)."""
    names, labels = session.data.classes, y.ravel().astype(int)
    rows = np.flatnonzero(labels >= 0)
    truth, likely = labels[rows], probabilities(session, outputs)[rows]
    finite = np.isfinite(likely).all(1)
    likely = np.where(finite[:, None], likely, 1 / len(names))
    chosen = likely.argmax(1)
    matrix = np.zeros((len(names), len(names)), int)
    np.add.at(matrix, (truth[finite], chosen[finite]), 1)
    with np.errstate(invalid="ignore"):
        precision = np.diag(matrix) / matrix.sum(0)
        recall = np.diag(matrix) / np.bincount(truth, minlength=len(names))
    wrong = np.flatnonzero(finite & (chosen != truth))
    worst = wrong[np.argsort(likely[wrong, truth[wrong]], kind="stable")][:WORST]
    each = y.shape[1]
    samples = [(int(i), int(rows[i]) // each) for i in worst]
    mistakes = tuple(
        Mistake(
            n, x[n], names[truth[i]], names[chosen[i]], float(likely[i, chosen[i]]),
            in_words(session.data, x[n]), int(rows[i]) % each + 1 if each > 1 else 0,
        )
        for i, n in samples
    )  # fmt: skip
    roc, area = (None, float("nan"))
    if len(names) == 2 and finite.any():
        roc, area = roc_of(likely[finite, 1], truth[finite] == 1)
    # A prediction that is not finite is wrong here, too.
    among = among_best(likely[finite], truth[finite], TOP)
    top5 = float(among.sum()) / max(len(rows), 1) if len(names) > TOP else float("nan")
    return ClassResults(
        step, part, len(rows), names, matrix, precision, recall, mistakes,
        calibration_of(likely[finite].max(1), chosen[finite] == truth[finite]), roc, area,
        int((~finite).sum()), top5,
        by_groups(session.data.groupings, part, rows // each, finite & (chosen == truth)),
        int(((among > 0) & (among < 1)).sum()), only_real=holds_only_real(session.data),
    )  # fmt: skip


def among_best(likely: np.ndarray, truth: np.ndarray, count: int) -> np.ndarray:
    """Whether samples have their class among the ``count`` most probable, 0 or 1, (n,).

    Where others are exactly as probable, by which share: as often as it would be drawn among them. A network
    that gives every class the same would know everything else.
    """
    own = likely[np.arange(len(truth)), truth][:, None]
    better, alike = (likely > own).sum(1), (likely == own).sum(1)
    among: np.ndarray = np.clip((count - better) / alike, 0.0, 1.0)
    return among


def calibration_of(sure: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Bins of equal width between 0 and 1: mean likely, share that was right, count; (BINS, 3)."""
    which = np.clip((sure * BINS).astype(int), 0, BINS - 1)
    count = np.bincount(which, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(which, sure, BINS) / count
        share = np.bincount(which, right, BINS) / count
    return np.stack([mean, share, count], 1)


def roc_of(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, float]:
    """False and true positive rates (points, 2) as the threshold falls, and the area below (trapezoids).

    Of scores (n,) of samples, which are ``positive`` or not; NaN is the area where all are, or none.
    """
    order = np.argsort(-scores, kind="stable")
    scores, positive = scores[order], positive[order]
    # Equal scores are passed together.
    ends = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    hits, misses = np.cumsum(positive)[ends], np.cumsum(~positive)[ends]
    if not hits[-1] or not misses[-1]:
        return np.array([[0.0, 0.0], [1.0, 1.0]]), float("nan")
    points = np.stack([misses / misses[-1], hits / hits[-1]], 1)
    points = np.concatenate([[[0.0, 0.0]], points])
    return points, float(np.trapezoid(points[:, 1], points[:, 0]))


def _right_labels(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Which labels (n, labels) are more probable than not where they hold, and less where not."""
    right: np.ndarray = np.isfinite(predicted) & ((predicted > HOLDS) == (truth > HOLDS))
    return right


def of_numbers(
    session: Evaluation, step: int, part: Split, x: np.ndarray, y: np.ndarray, outputs: np.ndarray
) -> NumberResults:
    """Results of a network that predicts numbers, in the unit of the table, for the first samples
    x (n, ...) of a part, targets y (n, t) and outputs (n, ...), all three scaled as the network has them.
    """
    data = session.data
    truth = in_table(data, part, y.astype(np.float64) * data.y_scale + data.y_shift)
    predicted = in_table(data, part, answers(session, outputs))
    error = predicted - truth
    spread = float(((truth - truth.mean(0)) ** 2).sum())
    explained = 1 - float((error**2).sum()) / spread if spread > 0 else float("nan")
    finite = np.isfinite(predicted)
    truths, predictions = truth[finite], predicted[finite]
    # Drawn by lot: even steps through pictures would meet the same few pixels again and again.
    drawn = np.random.default_rng(0).choice(
        len(truths), min(PAIRS, len(truths)), replace=False, shuffle=False
    )
    residuals, edges = np.histogram(predictions - truths, RESIDUAL_BINS)
    labels, scores = None, np.abs(error).mean(1)
    if session.loss.for_labels:
        labels = label_results(data.targets, truth, predicted)
        scores = _right_labels(truth, predicted).mean(1)
    return NumberResults(
        step, part, len(y), truths[drawn], predictions[drawn], finite.size, int((~finite).sum()), residuals,
        edges, float(np.abs(error).mean()), float(np.sqrt((error**2).mean())), explained,
        pairs_of(data, x, truth, predicted),
        by_groups(data.groupings, part, np.arange(len(y)), scores),
        labels_right=float(scores.mean()) if labels is not None else float("nan"), labels=labels,
        targets=in_table_called(data), of_values=is_in_other_form(data),
        ahead="" if data.series is None else data.series.ahead(data.series.horizon),
    )  # fmt: skip
