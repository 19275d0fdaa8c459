"""Columns that enter as they are: scaling them is one step, and a trial sees the data as it would be read."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.blind import slipped, two_classes
from doctor.corpus.building import clouds, columns_of, dense, project, table
from doctor.corpus.sick import scaled, unscaled_target

from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.scaling import clipped_inputs, scaled_inputs, scaled_target
from nnstudio.doctor.trying import try_all
from nnstudio.model.document import DataReference

BINARY = {"loss": "binary_cross_entropy"}
ARRAYS = ("x_train", "x_validation", "x_test", "y_train", "y_validation", "y_test")


def finished(pieces):
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def sizes(folder):
    return project(scaled(folder, "sizes", (1, 1, 5000)), dense(4), "relu", dense(1), "sigmoid", **BINARY)


@pytest.mark.parametrize(
    "build, propose",
    [
        (sizes, scaled_inputs),
        (unscaled_target, scaled_target),
        (two_classes("cells", 121, slipped), lambda patient: clipped_inputs(patient, ["x1", "x2"])),
    ],
    ids=["inputs", "target", "clipped inputs"],
)
def test_the_data_of_a_trial_is_the_data_that_would_be_read(tmp_path, build, propose):
    built = build(tmp_path)
    document, session = built.document, built.session()
    before = document.data
    (remedy,) = propose(Patient.of(session, {}))
    document.history.push(remedy.make(document, document.graph))
    assert document.history.last.title == remedy.title and document.data != before
    tried, read = remedy.rescaled(session.data), built.load_data()
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(tried, name), getattr(read, name), rtol=1e-4, atol=1e-5)
    for name in ("x_shift", "x_scale", "y_shift", "y_scale"):
        np.testing.assert_allclose(getattr(tried, name), getattr(read, name), rtol=1e-4, atol=1e-5)
    document.history.undo()
    assert document.data == before


def test_a_scaled_target_is_told_by_how_far_it_is_below_a_constant_answer(tmp_path):
    """Losses of other units cannot be compared."""
    built = unscaled_target(tmp_path)
    session = built.session()
    remedies = scaled_target(Patient.of(session, {}))
    diagnosis = Diagnosis("x", "X", "", "A. B.", (("n", "1"),), 0, remedies=remedies)
    (trial,) = finished(try_all(built.document.copying(), session, diagnosis))
    assert trial.helps and "training loss over that of a constant answer" in trial.text
    assert remedies[0].title == "Scale the target 'price' (standardise)"


def test_only_what_is_left_as_it_is_can_be_scaled(tmp_path):
    x, y = clouds(60, seed=1)
    cells = columns_of(x, flag=y)
    plain = project(table(tmp_path, "plain", cells, task="number"), dense(1), loss="mse")
    one = project(table(tmp_path, "one", cells, task="number", columns="x1: as it is"), dense(1), loss="mse")
    drawn = project(DataReference("celsius"), dense(1), loss="mse")
    for built, inputs in ((plain, 0), (one, 1), (drawn, 0)):
        patient = Patient.of(built.session(), {})
        assert len(scaled_inputs(patient)) == inputs and scaled_target(patient) == ()


def test_what_is_clipped_already_or_is_no_number_is_not_offered_to_be_clipped(tmp_path):
    x, y = clouds(60, features=2)
    columns = {"x1": x[:, 0], "x2": x[:, 1], "town": ["a", "b"] * 30, "kind": np.where(y == 1, "u", "v")}
    data = table(tmp_path, "clipped", columns, columns="x1: clip")
    patient = Patient.of(project(data, dense(1), "sigmoid", **BINARY).session(), {})
    assert clipped_inputs(patient, ["x1", "town=a"]) == ()
    assert "'x2'" in clipped_inputs(patient, ["x1", "x2", "town=a"])[0].title
