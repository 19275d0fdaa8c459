"""The error of a series is one number in the unit of its table, whatever terms it is predicted in."""

from __future__ import annotations

import numpy as np
import pytest
from small_series import SALES, series_of, sum_of

from nnstudio.data.dataset import Split
from nnstudio.data.table_unit import in_table, in_table_called
from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.backtest import Way, backtested
from nnstudio.explain.metrics import along
from nnstudio.explain.outcome import score
from nnstudio.explain.results import ResultsProbe
from nnstudio.explain.scores import scores_of
from nnstudio.export.quality import quality
from nnstudio.model.quantity import error_in_digits, in_digits
from nnstudio.ui.live.curve_lines import quantities_for
from nnstudio.ui.live.results import told_explained as explained_in_window

TERMS = [{}, {"log": True}, {"change_from": "row before"}, {"log": True, "change_from": "season before"}]


@pytest.fixture(params=TERMS, ids=["values", "logarithms", "changes", "changes of logarithms"])
def session(request, tmp_path):
    return sum_of(series_of(tmp_path, test_ratio=0.3, **request.param))


def errors_by_hand(session, part: Split) -> np.ndarray:
    """Predicted less true sales of a part, row by row from the numbers that the table was written with."""
    data, options = session.data, session.data.series.scale
    outputs = session.predict(data.part(part)[0]).ravel()
    errors = []
    for row, output in zip(data.series.ends[part], outputs, strict=True):
        told = float(output) * float(np.ravel(data.y_scale)[0]) + float(np.ravel(data.y_shift)[0])
        before = SALES[row - options.lag]
        if options.log:
            value = np.exp(told) * (before if options.lag else 1)
        else:
            value = told + (before if options.lag else 0)
        errors.append(value - SALES[row])
    return np.array(errors)


@pytest.mark.parametrize("part", [Split.VALIDATION, Split.TEST])
def test_all_tell_the_same_error(session, part):
    errors = errors_by_hand(session, part)
    mean, square = np.abs(errors).mean(), np.sqrt((errors**2).mean())
    scores = scores_of(session, part)
    assert scores.mean_absolute_error == pytest.approx(mean, rel=1e-5)
    assert f"mean absolute error {in_digits(scores.mean_absolute_error, 6)} of 'sales'" in scores.sentence
    results = [r for r in ResultsProbe(part).run(session) if r is not None][-1]
    assert results.mean_absolute == pytest.approx(mean, rel=1e-5)
    assert results.root_mean_square == pytest.approx(square, rel=1e-5)
    assert np.abs(results.predicted - results.truth).mean() == pytest.approx(mean, rel=1e-5)
    told = score(results, session.data)
    assert f"the mean absolute error of 'sales', 1 month ahead, is {error_in_digits(mean)}" in told
    rows = SALES[session.data.series.ends[part]]
    explained = 1 - (errors**2).sum() / ((rows - rows.mean()) ** 2).sum()
    assert results.explained == pytest.approx(explained, rel=1e-4)
    assert scores.r2 == pytest.approx(explained, rel=1e-4)
    # What is predicted is another number than the one whose R² is told.
    is_other = session.data.targets != ("sales",)
    told = [scores.sentence, score(results, session.data), explained_in_window(results)]
    assert ["R² of the values " in text for text in told] == [is_other] * 3
    (label,) = [quantity.label for quantity in quantities_for(session.data) if quantity.id == "r2"]
    assert label == ("R² of the values" if is_other else "R²")


def test_curves_the_backtest_and_rounded_files_tell_it_too(session):
    validation, test = (np.abs(errors_by_hand(session, p)).mean() for p in (Split.VALIDATION, Split.TEST))
    curve = [c for c in along(session, "mae") if c is not None][-1]
    assert curve.validation[-1] == pytest.approx(validation, rel=1e-5)
    work = backtested(session, session.parameters.copy(), 1)
    while True:
        try:
            next(work)
        except StopIteration as done:
            figures = done.value.by_step(Way.NETWORK)
            break
    assert figures.mean_absolute[0] == pytest.approx(test, rel=1e-5)
    x = session.data.part(session.data.judging)[0]
    assert quality(session, x, session.predict(x)).engine == pytest.approx(test, rel=1e-5)


def test_samples_that_are_drawn_keep_their_rows(session):
    part, which = Split.TRAINING, np.array([5, 0, 9])
    truth = session.data.part(part)[1][which] * session.data.y_scale + session.data.y_shift
    rows = session.data.series.ends[part][which]
    assert in_table(session.data, part, truth, which).ravel() == pytest.approx(SALES[rows], rel=1e-5)
    assert in_table_called(session.data) == ("sales",)


def test_a_sample_is_told_as_a_value_and_one_of_ones_own_as_what_is_predicted(session):
    _x, _y, part = session.samples()
    (told,) = ActivationProbe("d", 3).run(session)
    row = session.data.series.ends[part][3]
    true = SALES[row]
    assert told.label == in_digits(true)
    assert told.prediction == in_digits(true + errors_by_hand(session, part)[3])
    own = tuple(np.ravel(session.samples()[0][3]).tolist())
    (told,) = ActivationProbe("d", 3, own).run(session)
    named = session.data.targets[0]
    assert told.prediction.endswith(f" ({named})") == (named != "sales")
