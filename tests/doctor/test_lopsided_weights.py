"""Class weights that leave other classes next to nothing are told, unless they do no harm."""

from __future__ import annotations

import pytest
from doctor.corpus.blind import weighed

from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient


def told(built, epochs=0):
    session = built.session()
    for _ in session.slices(epochs) if epochs else ():
        pass
    return {d.finding: d for d in examined(Patient.of(session, {}), may_try=False).diagnoses}


def test_it_says_what_of_the_loss_is_of_one_class_and_each_remedy_mends_it(tmp_path):
    built = weighed("heavy", 1, "1, 1, 98")(tmp_path)
    seen = told(built)["lopsided_weights"]
    assert "'c' makes up 97.99% of the loss" in seen.text
    assert dict(seen.numbers)["Class weights"] == "1, 1, 98"
    document = built.document
    for remedy in seen.remedies:
        document.history.push(remedy.make(document, document.graph))
        assert told(built) == {}
        document.history.undo()


@pytest.mark.parametrize("weights", ["", "balanced", "2", "1, 10, 1", "1, 0, 1"])
def test_weights_that_leave_others_something_are_not_told(tmp_path, weights):
    assert "lopsided_weights" not in told(weighed("light", 1, weights)(tmp_path))


def test_it_goes_where_all_classes_are_learned_all_the_same(tmp_path):
    built = weighed("apart", 138, "1, 1, 100", 9.0)(tmp_path)
    assert "lopsided_weights" in told(built) and "lopsided_weights" not in told(built, 60)
