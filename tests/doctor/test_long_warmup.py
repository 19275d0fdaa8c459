"""A warm-up that takes the whole run is told before the run, and no longer once it is mended or over."""

from __future__ import annotations

import pytest
from doctor.corpus.building import dense, project

from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient
from nnstudio.model.document import DataReference

BINARY = {"loss": "binary_cross_entropy"}


def circle(**settings):
    layers = dense(8), "tanh", dense(1), "sigmoid"
    return project(DataReference("circle"), *layers, **BINARY, learning_rate=0.01, **settings)


def told(session):
    return {d.finding: d for d in examined(Patient.of(session, {}), may_try=False).diagnoses}


def test_it_says_what_of_the_rate_is_reached_and_is_no_low_rate():
    session = circle(warmup_steps=3200, epochs=40).session()
    steps = session.steps_per_epoch * 40
    for _ in session.slices(10):
        pass
    (seen,) = told(session).values()
    assert (
        f"first 3,200 steps, and the run has {steps:,} steps" in seen.text and seen.finding == "long_warmup"
    )
    assert dict(seen.numbers)["At the end of the run"] == f"{0.01 * steps / 3200:.3g}"


@pytest.mark.parametrize("warmup", [0, 100])
def test_a_short_one_is_not_told(warmup):
    assert told(circle(warmup_steps=warmup, epochs=40).session()) == {}


def test_each_remedy_mends_it_and_a_longer_run_does_too():
    built = circle(warmup_steps=3200, epochs=40)
    document = built.document
    for remedy in told(built.session())["long_warmup"].remedies:
        document.history.push(remedy.make(document, document.graph))
        assert told(built.session()) == {}
        document.history.undo()
    document.settings = document.settings.with_option("epochs", 4000)
    assert told(built.session()) == {}
