"""A few values far beyond all others: which ones, what is told of them, and what mends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from doctor.corpus.blind import in_grams, numbers, one_sensor_off, slipped, two_classes, without_values

from nnstudio.doctor.examination import examined
from nnstudio.doctor.far import far_ones
from nnstudio.doctor.patient import Patient

NORMAL = np.random.default_rng(0).normal(0, 1, 300)


def told(built):
    return {d.finding: d for d in examined(Patient.of(built.session(), {}), may_try=False).diagnoses}


def test_those_are_far_beside_which_the_others_hardly_differ():
    values = NORMAL.copy()
    values[[3, 7]] = 5e4, -2e5
    assert list(np.flatnonzero(far_ones(values))) == [3, 7]


@pytest.mark.parametrize(
    "values",
    [
        NORMAL,
        np.exp(1.5 * NORMAL),
        np.append(NORMAL, 40.0),
        np.where(np.arange(300) % 50, 0.0, 1e6),
        np.append(NORMAL[:20], 1e6),
        np.append(NORMAL, np.inf),
        np.full(60, 3.0),
    ],
    ids=[
        "normal",
        "heavy tails",
        "one beside which they differ",
        "nearly all alike",
        "few",
        "infinite",
        "same",
    ],
)
def test_none_are_far(values):
    assert not far_ones(values).any()


def test_a_mark_of_no_value_is_named_and_can_be_counted_as_missing(tmp_path):
    built = two_classes("marks", 3, without_values)(tmp_path)
    seen = told(built)["far_inputs"]
    assert "'x1', 'x2', 'x3' and 1 other input have a few values far beyond" in seen.text
    assert "People write -999 where there is no value" in seen.text and seen.remedies == ()
    (correction,) = seen.corrections
    assert correction.title == "Count -999 as missing"
    built.document.history.push(correction.make(built.document, built.document.graph))
    assert told(built) == {}
    built.document.history.undo()
    assert "far_inputs" in told(built)


def test_other_far_values_are_shown_and_can_be_clipped(tmp_path):
    built = two_classes("slips", 7, slipped)(tmp_path)
    seen = told(built)["far_inputs"]
    assert seen.corrections == () and seen.text.endswith("; if not, clip them.")
    x = built.session().data.x_train[list(seen.shown)]
    assert len(x) and (np.abs(x[:, :2]).max(1) > 1).all()
    (remedy,) = seen.remedies
    assert remedy.title == "Clip 'x1', 'x2' to where 98% of the training values lie"
    built.document.history.push(remedy.make(built.document, built.document.graph))
    assert told(built) == {}


def test_what_clipping_leaves_far_is_not_offered_to_be_clipped(tmp_path):
    seen = told(two_classes("some", 121, slipped)(tmp_path))["far_inputs"]
    assert [r.title for r in seen.remedies] == ["Clip 'x1' to where 98% of the training values lie"]
    assert "'x1', 'x2' have a few values" in seen.text and seen.text.endswith("correct them in the file.")


def test_one_input_is_named_alone(tmp_path):
    seen = told(two_classes("alone", 5, one_sensor_off)(tmp_path))["far_inputs"]
    assert (
        seen.text.startswith("'x3' has a few values") and dict(seen.numbers)["Farthest of 'x3'"] == "99,999"
    )


def test_far_targets_are_counted_and_shown_where_errors_are_squared(tmp_path):
    built = numbers("grams", 6, in_grams)(tmp_path)
    seen, y = told(built)["far_targets"], built.session().data.y_train[:, 0]
    assert f"{len(seen.shown)} of {len(y)} training targets of 'kilograms' lie far beyond" in seen.text
    assert y[list(seen.shown)].min() > np.delete(y, seen.shown).max()
    (correction,) = seen.corrections
    built.document.history.push(correction.make(built.document, built.document.graph))
    assert built.document.settings.loss == "mae" and told(built) == {}


def test_of_a_column_that_enters_as_it_is_nothing_is_squeezed(tmp_path):
    built = two_classes("raw", 5, one_sensor_off)(tmp_path)
    data = built.document.data
    built.document.data = replace(data, options={**data.options, "columns": "x3: as it is"})
    assert "far_inputs" not in told(built)
